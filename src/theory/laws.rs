//! What holds of bounds and coefficients for any input: the documented error, or a number that is no NaN and in its range.

use super::attention::{HeadBounds, log_cover};
use super::conjunction::{agreement, growth, unique_at_least};
use super::gap::sufficient_samples;
use super::majority::{half_space_coefficient, majority_coefficient};
use super::skills::{Growth, Learning, Skills, strength_of_width};
use super::statistical_query::{queries_to_correlate, queries_to_identify};
use super::supports;
use super::theorem4::Construction;
use super::theorem5::{ntk_min_dim, ntk_worst_loss};
use super::theorem7::{restarts, sgd_steps};
use proptest::prelude::*;

/// Sizes small, large and as large as there are.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        0_usize..40,
        0_usize..5000,
        Just((1 << 36) + 1),
        Just(usize::MAX)
    ]
}

/// Positive numbers of all magnitudes, and others.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0..1.0_f64,
        (-1074_i32..1024).prop_map(|e| libm::ldexp(1.0, e)),
        any::<f64>(),
        Just(f64::MAX),
        Just(f64::from_bits(1)),
    ]
}

proptest! {
    #[test]
    fn any_bound_is_refused_or_no_less_than_zero(
        n in size(), k in 0_usize..3000, a in number(), b in number(), dim in size(),
    ) {
        let bounds = [
            supports(n, k),
            ntk_min_dim(n, k, a, b),
            queries_to_identify(n, k, a),
            queries_to_correlate(n, k, a),
            sgd_steps(n, k, a, b),
            restarts(a).map(f64::from),
            sufficient_samples(n, a, b).map(|m| m as f64),
        ];
        for (place, bound) in bounds.into_iter().enumerate() {
            if let Ok(bound) = bound {
                prop_assert!(bound >= 0.0, "bound {}: {}", place, bound);
            }
        }
        if let Ok(loss) = ntk_worst_loss(n, k, a, dim) {
            prop_assert!((0.0..=1.0).contains(&loss), "{}", loss);
        }
    }

    #[test]
    fn losses_of_skills_are_within_one_half(
        weights in prop::collection::vec(number(), 0..6), a in number(), b in number(), t in number(), n in size(), m in size(),
    ) {
        let Ok(skills) = Skills::new(&weights) else { return Ok(()) };
        let growth = Growth::new(a, b, t);
        let losses = [
            skills.loss_of_width(n, m),
            skills.loss_of_examples(n, m, Learning::Abrupt),
            skills.loss_of_examples(n, m, Learning::Gradual),
            growth.and_then(|growth| skills.loss_at(t, &growth.through(a, b)?)),
        ];
        for (place, loss) in losses.into_iter().enumerate() {
            if let Ok(loss) = loss {
                prop_assert!((0.0..=0.5 + 1e-12).contains(&loss), "loss {}: {}", place, loss);
            }
        }
        if let Ok(strength) = strength_of_width(n, m, weights.len()) {
            prop_assert!((0.0..=1.0).contains(&strength));
        }
    }

    #[test]
    fn coefficients_of_majorities_are_within_one(n in size(), q in size()) {
        if let Ok(xi) = majority_coefficient(n, q) {
            prop_assert!(xi.abs() <= 1.0);
            prop_assert!((0.0..=1.0).contains(&half_space_coefficient(n, q).unwrap().abs()));
        }
    }

    #[test]
    fn sizes_of_the_construction_are_refused_or_at_least_one(
        n in 1_usize..3000, k in 0_usize..200, a in number(), b in number(),
    ) {
        if let Ok(n) = Construction::least_n(k, a) {
            prop_assert!(n > k);
        }
        let Ok(construction) = Construction::new(n | 1, k) else {
            return Ok(());
        };
        prop_assert!((0.0..=1.0).contains(&construction.ideal_error()));
        if let Ok(width) = construction.width(a) {
            prop_assert!(width >= 2.0, "{}", width);
        }
        if let Ok(Some(batch)) = construction.batch(a, b) {
            prop_assert!(batch >= 1.0, "{}", batch);
        }
        if let Ok(second) = construction.second_phase(n, a) {
            prop_assert!(second.steps >= 1.0 && second.rate >= 0.0, "{:?}", second);
        }
    }

    #[test]
    fn conjunctions_and_covers_are_refused_or_in_their_ranges(
        n in size(), s in 0_usize..12, bias in number(), m in 0_u64..1000, b in number(), epsilon in number(),
    ) {
        for share in [agreement(s, 1, bias), unique_at_least(n, s, bias, m)].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&share), "{}", share);
        }
        if let Ok(growth) = growth(s, bias) {
            prop_assert!(growth > 0.0, "{}", growth);
        }
        let bounds = HeadBounds { inputs: b, value: bias, query: 1.0 };
        if let Ok(bits) = log_cover(s, n, bounds, epsilon) {
            prop_assert!(bits >= 0.0, "{}", bits);
        }
    }
}
