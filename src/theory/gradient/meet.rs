//! Meet in the middle: exact counts from the sorted sums of two halves of the weights.

use super::folded::{character, fold};
use super::grid::Grid;
use super::steps::{Steps, Sums};
use std::ops::{Add, Sub};

/// The largest number of weights other than 0: two lists of 2²² sums of up to 32 bytes, 0.4 GB with
/// the scratch for sorting.
pub(super) const MOST: usize = 44;

/// The coefficients of steps, by counting.
///
/// For every sum of the first half, the signed number of sums of the second half that make the
/// total exceed the threshold is a difference of two places in a sorted list, and both lists are
/// traversed once. All sums are of integers, all counts are below 2⁵³, and so exact.
pub(super) fn meet(steps: &Steps, grid: &Grid) -> Sums {
    let most = grid.thresholds.iter().map(|t| t.abs()).max().unwrap_or(0);
    if grid.reach() + most + grid.slack < 1 << 62 {
        meet_in(steps, grid, |sum| sum as i64)
    } else {
        meet_in(steps, grid, |sum| sum)
    }
}

/// An integer that sums fit in.
trait Integer: Copy + Ord + Default + Add<Output = Self> + Sub<Output = Self> {}
impl Integer for i64 {}
impl Integer for i128 {}

fn meet_in<I: Integer>(steps: &Steps, grid: &Grid, integer: impl Fn(i128) -> I) -> Sums {
    let (n, inside) = (grid.weights.len(), &steps.neuron.inside);
    let weights: Vec<I> = grid.weights.iter().map(|&p| integer(p)).collect();
    let middle = n / 2;
    let first = Half::new(&weights[..middle], &inside[..middle]);
    let second = Half::new(&weights[middle..], &inside[middle..]);
    let mut counts = [vec![0.0; first.sums.len()], vec![0.0; second.sums.len()]];
    let (mut moved, mut error) = (0.0, 0.0);
    let scale = 1.0 / (1_u64 << n) as f64;
    for (kink, &threshold) in steps.kinks.iter().zip(&grid.thresholds) {
        let at = first.count(&second, integer(threshold), kink.jump, &mut counts[0]);
        second.count(&first, integer(threshold), kink.jump, &mut counts[1]);
        moved += kink.jump * kink.at * (at * scale);
        if grid.slack > 0 {
            let beyond = |t| first.pairs(&second, integer(t)) as f64;
            let (low, high) = (threshold - grid.slack - 1, threshold + grid.slack + 1);
            error += kink.jump.abs() * (beyond(low) - beyond(high)) * scale;
        }
    }
    let mut around = vec![0.0; n];
    let (left, right) = around.split_at_mut(middle);
    let at = first.fold(&mut counts[0], left);
    second.fold(&mut counts[1], right);
    around.iter_mut().for_each(|c| *c *= scale);
    // Jumps that are small integers leave every sum exact; others are rounded.
    let whole = steps
        .kinks
        .iter()
        .all(|kink| kink.jump == kink.jump.trunc());
    let exact = whole && steps.size() * (1_u64 << n) as f64 <= (1_u64 << 53) as f64;
    if !exact {
        error += steps.size() * f64::EPSILON * (steps.kinks.len() + 2 * n) as f64;
    }
    Sums {
        at: at * scale,
        moved,
        around,
        error,
    }
}

/// All signed sums of half of the weights, ascending, each with the set of weights that are
/// negative.
struct Half<I> {
    sums: Vec<(I, u32)>,
    /// The coordinates of the support.
    support: u32,
}

impl<I: Integer> Half<I> {
    /// Two sorted lists are merged for each weight: 2·2ⁿ operations.
    fn new(weights: &[I], inside: &[bool]) -> Self {
        let mut sums = vec![(I::default(), 0)];
        let mut support = 0;
        for (bit, (&weight, &inside)) in weights.iter().zip(inside).enumerate() {
            support |= u32::from(inside) << bit;
            sums = merged(&sums, weight, 1 << bit);
        }
        Half { sums, support }
    }

    /// Adds to `counts`, in the place of each set of negative weights, `jump` times the signed number
    /// of sums of the other half that exceed `threshold` together with its sum; returns the signed
    /// number of pairs.
    fn count(&self, other: &Half<I>, threshold: I, jump: f64, counts: &mut [f64]) -> f64 {
        let mut rest = other.sums.iter().rev().peekable();
        let (mut signed, mut pairs) = (0.0, 0.0);
        for &(sum, row) in &self.sums {
            // The larger this sum, the more sums of the other half are enough.
            while let Some(&(_, set)) = rest.next_if(|&&(s, _)| s > threshold - sum) {
                signed += character(other.support, set);
            }
            counts[row as usize] += jump * signed;
            pairs += character(self.support, row) * signed;
        }
        pairs
    }

    /// The number of pairs whose sum exceeds `threshold`.
    fn pairs(&self, other: &Half<I>, threshold: I) -> u64 {
        let mut rest = other.sums.iter().rev().peekable();
        let (mut reached, mut pairs) = (0, 0);
        for &(sum, _) in &self.sums {
            while rest.next_if(|&&(s, _)| s > threshold - sum).is_some() {
                reached += 1;
            }
            pairs += reached;
        }
        pairs
    }

    /// The sums of counts·χ_S, and of these with each further coordinate.
    fn fold(&self, counts: &mut [f64], single: &mut [f64]) -> f64 {
        for (row, count) in (0..).zip(counts.iter_mut()) {
            *count *= character(self.support, row);
        }
        fold(counts, single)
    }
}

/// The sums with the next weight added or subtracted, ascending.
fn merged<I: Integer>(sums: &[(I, u32)], weight: I, bit: u32) -> Vec<(I, u32)> {
    let mut merged = Vec::with_capacity(2 * sums.len());
    let mut minus = sums
        .iter()
        .map(|&(s, set)| (s - weight, set | bit))
        .peekable();
    for &(sum, set) in sums {
        let plus = sum + weight;
        while let Some(lower) = minus.next_if(|&(s, _)| s < plus) {
            merged.push(lower);
        }
        merged.push((plus, set));
    }
    merged.extend(minus);
    merged
}
