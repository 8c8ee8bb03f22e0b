use super::super::word::{Counted, counted};
use super::*;
use crate::access::{Access, Examples, Fixed, Fresh};
use crate::data::{Batch, ParityDistribution};
use crate::seeds::{Purpose, Seeds};
use crate::solver::instances::{law, problem};

/// All supports with at most so many wrong labels, by trying all subsets of coordinates.
fn brute_force(examples: &Examples, k: usize, most: usize) -> Vec<(usize, Vec<usize>)> {
    let n = examples.dim();
    let mut fits: Vec<(usize, Vec<usize>)> = (0_u32..1 << n)
        .filter(|set| set.count_ones() as usize == k)
        .map(|set| (0..n).filter(|i| set >> i & 1 == 1).collect::<Vec<_>>())
        .map(|support| (examples.wrong(&support), support))
        .filter(|(wrong, _)| *wrong <= most)
        .collect();
    fits.sort();
    fits
}

#[test]
fn every_operation_on_words_is_in_the_ledger_and_about_that_in_the_plan() {
    for p in [0.0, 0.1, 0.3] {
        for (n, k) in [
            (5, 1),
            (5, 5),
            (20, 2),
            (20, 4),
            (70, 3),
            (130, 2),
            (130, 3),
        ] {
            let problem = problem(n, k, p);
            let mut oracle = Fresh::new(law(n, k, p, 1), &Seeds::from(1));
            let solver = Exhaustive::default();
            let plan = Solver::<Fresh<ParityDistribution>>::plan(&solver, &problem).unwrap();
            let mut run = || solver.run::<Counted, _>(&problem, &mut oracle, Kernel::in_use());
            let (_, operations) = counted(|| run().unwrap());
            let ledger = oracle.ledger();
            assert_eq!(operations, ledger.words, "({n}, {k}), {p}");
            assert_eq!(ledger.candidates as f64, plan.candidates);
            assert_eq!(ledger.bytes, plan.bytes);
            // Bounds after the first are passed by fewer than the plan says.
            let ratio = ledger.words as f64 / plan.words;
            let slack = if p == 0.0 { 0.001 } else { 0.2 };
            // Of small problems the support and its block are a part that depends on where they lie.
            let few = (n * k) as f64 + 300.0;
            let excess = (ledger.words as f64 - plan.words).abs() - few;
            assert!(excess < slack * plan.words, "({n}, {k}), {p}: {ratio}");
        }
    }
}

#[test]
fn what_fits_is_what_trying_all_subsets_finds_whatever_the_size() {
    let n = 11;
    for (p, m) in [
        (0.0, 1),
        (0.0, 6),
        (0.0, 30),
        (0.2, 5),
        (0.2, 40),
        (0.4, 64),
        (0.4, 200),
    ] {
        for k in 1..=n {
            let seeds = Seeds::from(k as u64);
            let batch = Batch::<f32>::draw(&law(n, k, p, 3), m, &mut (&seeds).into()).unwrap();
            let examples = Examples::of(&batch).unwrap();
            let problem = problem(n, k, p);
            let solver = Exhaustive { exact: true };
            let rng = &mut seeds.stream(Purpose::Solver);
            let report = solver.solve(&problem, &mut Fixed::new(&examples), rng);
            let expected = brute_force(&examples, k, problem.accepted(m));
            let found = match report.unwrap().verdict {
                Verdict::Found(fit, Uniqueness::AmongSparse) => vec![fit],
                Verdict::Several(fits, count) => {
                    assert_eq!(count, fits.len() as u64);
                    fits
                }
                Verdict::NothingFits => Vec::new(),
                other => panic!("{other:?}"),
            };
            let found: Vec<_> = found
                .into_iter()
                .map(|fit| (fit.wrong, fit.support))
                .collect();
            assert_eq!(found, expected, "k = {k}, p = {p}, m = {m}");
        }
    }
}

#[test]
fn supports_are_found_at_the_edges_of_words_by_every_kernel_and_in_parts() {
    for n in [63, 64, 65, 127, 128, 130, 200] {
        for (k, p) in [(1, 0.0), (2, 0.2), (3, 0.0), (3, 0.1), (3, 0.35)] {
            let (law, problem) = (law(n, k, p, n as u64), problem(n, k, p));
            let problem = problem.with_failure(1e-5).unwrap();
            let mut reports = Vec::new();
            for kernel in Kernel::available() {
                let mut oracle = Fresh::new(law.clone(), &Seeds::from(2));
                let (_, verdict) = Exhaustive::default()
                    .run::<u64, _>(&problem, &mut oracle, kernel)
                    .unwrap();
                assert_eq!(
                    verdict.support(),
                    Some(law.parity().support()),
                    "{n}, {k}, {p}"
                );
                reports.push((verdict, oracle.ledger().clone()));
            }
            reports.dedup();
            assert_eq!(reports.len(), 1);
            // In parts, as threads have it.
            let oracle = &mut Fresh::new(law, &Seeds::from(2));
            let size = problem.sample_size().unwrap();
            let least = size.examples;
            let sample = Sample::<u64>::draw(NAME, least, least, &problem, oracle).unwrap();
            let search = Search {
                sample: &sample,
                kernel: Kernel::in_use(),
                most_wrong: size.wrong,
                layout: Layout::of(&problem, least, false),
            };
            let parts = search.run(k, f64::INFINITY);
            assert_eq!(parts.words, reports[0].1.words);
            let verdict = parts
                .fits
                .verdict(&problem, &sample, Uniqueness::AmongSparse);
            assert_eq!(verdict, reports[0].0);
        }
    }
}

#[test]
fn sizes_are_searched_together_and_none_is_taken_before_the_others() {
    let problem = Problem::with_degrees(30, 1..=4).unwrap();
    for k in 1..=4 {
        let law = law(30, k, 0.0, 4);
        let mut oracle = Fresh::new(law.clone(), &Seeds::from(4));
        let rng = &mut Seeds::from(4).stream(Purpose::Solver);
        let report = Exhaustive::default()
            .solve(&problem, &mut oracle, rng)
            .unwrap();
        assert_eq!(report.verdict.support(), Some(law.parity().support()));
        assert_eq!(report.ledger.candidates, 30 + 435 + 4060 + 27_405);
    }
}

#[test]
fn survivor_bounds_are_passed_by_the_shares_known() {
    // T₁ and its passing share by P[Bin(64, p) > T₁] ≤ δ/4, δ = 0.01.
    let expected = [
        (0.05, 9, 1.8e-9),
        (0.1, 14, 3.5e-6),
        (0.2, 22, 8.4e-3),
        (0.3, 30, 0.354),
        (0.4, 37, 0.915),
    ];
    for (p, bound, share) in expected {
        // Large enough a problem that the first bound is not T.
        let problem = problem(1000, 6, p);
        let layout = Layout::of(&problem, problem.sample_size().unwrap().examples, false);
        assert_eq!(layout.bounds[0], bound, "{p}");
        let passing = layout.passing(1);
        assert!((passing / share - 1.0).abs() < 0.03, "{p}: {passing}");
    }
}

#[test]
fn bounds_miss_the_support_as_rarely_as_they_say() {
    let (n, runs, mut missed) = (20, 300, 0);
    let problem = problem(n, 2, 0.3);
    for seed in 0..runs {
        let law = law(n, 2, 0.3, seed);
        let mut oracle = Fresh::new(law.clone(), &Seeds::from(seed));
        let rng = &mut Seeds::from(seed).stream(Purpose::Solver);
        let report = Exhaustive::default()
            .solve(&problem, &mut oracle, rng)
            .unwrap();
        missed += usize::from(report.verdict.support() != Some(law.parity().support()));
    }
    // At most δ/2 each by the threshold, by wrong supports and by bounds: 4.5 are expected at most.
    assert!(missed <= 12, "{missed}");
}

#[test]
fn bad_input_is_refused_before_anything_is_drawn() {
    let law = law(200, 6, 0.0, 1);
    let rng = &mut Seeds::from(1).stream(Purpose::Solver);
    let mut oracle = Fresh::new(law.clone(), &Seeds::from(1));
    let mut short = problem(200, 6, 0.0);
    short.limits.words = 1e9;
    let error = Exhaustive::default()
        .solve(&short, &mut oracle, rng)
        .unwrap_err();
    assert!(matches!(error, crate::Error::TooLong { .. }), "{error}");
    short.limits.words = 1e12;
    short.limits.bytes = 1000;
    let error = Exhaustive::default()
        .solve(&short, &mut oracle, rng)
        .unwrap_err();
    assert!(matches!(error, crate::Error::Room { .. }), "{error}");
    let error = Exhaustive::default()
        .solve(&problem(100, 2, 0.0), &mut oracle, rng)
        .unwrap_err();
    assert!(matches!(error, crate::Error::Mismatch { .. }), "{error}");
    assert_eq!(oracle.ledger().examples, 0);

    let batch = Batch::<f32>::draw(&law, 20, &mut (&Seeds::from(1)).into()).unwrap();
    let few = Examples::of(&batch).unwrap();
    for (solver, some, none) in [(false, 21, 21), (true, 0, 1)] {
        let solver = Exhaustive { exact: solver };
        let problem = problem(200, 2, 0.0);
        let result = solver.solve(&problem, &mut Fixed::new(&few), rng);
        match some {
            0 => assert!(matches!(
                result.unwrap().verdict,
                Verdict::NothingFits | Verdict::Several(..)
            )),
            _ => assert!(
                matches!(result, Err(crate::Error::TooFew { needed, found: 20, .. }) if needed == some)
            ),
        }
        let nothing = Examples::none(200).unwrap();
        let error = solver
            .solve(&problem, &mut Fixed::new(&nothing), rng)
            .unwrap_err();
        assert!(
            matches!(error, crate::Error::TooFew { needed, found: 0, .. } if needed == none),
            "{error}"
        );
    }
}
