use super::Inputs;
use super::inputs::assert_dim;
use super::multitask::TASKS;
use crate::error::{MOST_COORDINATES, Result, above_zero, at_most, non_negative, positive};
use crate::seeds::LabRng;
use crate::signs::Signs;
use rand::Rng;

/// The distribution of the inputs of a [`Multitask`](super::Multitask). One task is drawn in proportion
/// to its weight: its control is −1 and all others are +1. The task coordinates are uniform.
///
/// [`Multitask::zipf`](super::Multitask::zipf) and [`Multitask::only`](super::Multitask::only) make the
/// usual ones of a target.
///
/// ```
/// use sparse_parity::data::{Inputs, MultitaskInputs};
/// use sparse_parity::seeds::{Purpose, Seeds};
/// use sparse_parity::signs::Signs;
///
/// let distribution = MultitaskInputs::new(20, &[2.0, 1.0, 1.0])?;
/// assert_eq!((distribution.dim(), distribution.frequency(0)), (23, 0.5));
/// let mut x = Signs::ones(8, 23)?;
/// distribution.draw(&mut Seeds::from(1).stream(Purpose::Train), &mut x);
/// assert_eq!((0..3).filter(|&task| x.is_negative(0, task)).count(), 1);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Stored", try_from = "Stored")
)]
pub struct MultitaskInputs {
    n: usize,
    weights: Vec<f64>,
    total: f64,
    /// For each task the probability that it or an earlier one is drawn; the last is 1.
    cumulative: Vec<f64>,
}

/// The serialised form.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    n: usize,
    weights: Vec<f64>,
}

#[cfg(feature = "serde")]
impl From<MultitaskInputs> for Stored {
    fn from(distribution: MultitaskInputs) -> Self {
        let MultitaskInputs { n, weights, .. } = distribution;
        Stored { n, weights }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for MultitaskInputs {
    type Error = crate::Error;

    fn try_from(stored: Stored) -> Result<Self> {
        MultitaskInputs::new(stored.n, &stored.weights)
    }
}

impl MultitaskInputs {
    /// Inputs with n task coordinates and one task per weight, drawn in proportion to the weights.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) without coordinates or tasks,
    /// [`Error::TooLarge`](crate::Error::TooLarge) for more than 2²⁷ of them,
    /// [`Error::Negative`](crate::Error::Negative) for a weight that is not finite and ≥ 0,
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless their sum is finite and positive.
    pub fn new(n: usize, weights: &[f64]) -> Result<Self> {
        positive("the number of task coordinates", n)?;
        positive(TASKS, weights.len())?;
        let what = "the number of coordinates";
        at_most(what, n.saturating_add(weights.len()), MOST_COORDINATES)?;
        let (mut total, mut sums) = (0.0, Vec::with_capacity(weights.len()));
        for &weight in weights {
            total += non_negative("the weight of a task", weight)?;
            sums.push(total);
        }
        Ok(MultitaskInputs {
            n,
            weights: weights.to_vec(),
            total: above_zero("the sum of the weights of the tasks", total)?,
            cumulative: sums.into_iter().map(|sum| sum / total).collect(),
        })
    }

    /// The probability that a task is drawn.
    ///
    /// # Panics
    /// If the task does not exist.
    pub fn frequency(&self, task: usize) -> f64 {
        self.weights[task] / self.total
    }

    /// The probabilities of all tasks, in their order.
    pub fn frequencies(&self) -> Vec<f64> {
        (0..self.weights.len())
            .map(|task| self.frequency(task))
            .collect()
    }

    fn draw_task(&self, rng: &mut LabRng) -> usize {
        let place = rng.random::<f64>();
        self.cumulative.partition_point(|&end| end <= place)
    }
}

/// The whole matrix is drawn as by [`Signs::randomize`]. Then, row after row, a 64-bit word of the
/// generator selects the task, and the controls are overwritten.
impl Inputs for MultitaskInputs {
    fn dim(&self) -> usize {
        self.weights.len() + self.n
    }

    fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
        assert_dim(self, x);
        x.randomize(rng);
        for row in 0..x.rows() {
            let task = self.draw_task(rng);
            select(x, row, self.weights.len(), |control| control == task);
        }
    }
}

/// Makes the controls of a row −1 where their tasks are selected, and +1 elsewhere.
pub(super) fn select(
    x: &mut Signs,
    row: usize,
    tasks: usize,
    mut is_selected: impl FnMut(usize) -> bool,
) {
    for control in 0..tasks {
        if x.is_negative(row, control) != is_selected(control) {
            x.flip(row, control);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::inputs::tests::bits;
    use super::*;
    use crate::data::Multitask;
    use crate::seeds::{Purpose, Seeds};

    fn draw(distribution: &MultitaskInputs, rows: usize) -> Signs {
        let mut x = Signs::ones(rows, distribution.dim()).unwrap();
        distribution.draw(&mut Seeds::from(1).stream(Purpose::Train), &mut x);
        x
    }

    fn multitask(tasks: usize, n: usize) -> Multitask {
        Multitask::random(tasks, n, 1, &mut Seeds::from(1).stream(Purpose::Support)).unwrap()
    }

    /// The one task asked for in a row.
    fn task(x: &Signs, row: usize, tasks: usize) -> usize {
        let asked: Vec<_> = (0..tasks).filter(|&t| x.is_negative(row, t)).collect();
        assert_eq!(asked.len(), 1, "row {row} asks for {asked:?}");
        asked[0]
    }

    #[test]
    fn tasks_are_as_frequent_as_their_ranks_say() {
        for alpha in [0.0, 0.4, 2.0] {
            let distribution = multitask(6, 3).zipf(alpha).unwrap();
            let x = draw(&distribution, 10_000);
            let mut counts = [0; 6];
            (0..10_000).for_each(|row| counts[task(&x, row, 6)] += 1);
            let weight = |t: usize| f64::powf(t as f64 + 1.0, -(alpha + 1.0));
            let total: f64 = (0..6).map(weight).sum();
            let all = distribution.frequencies();
            assert!((0..6).all(|t| all[t] == distribution.frequency(t)) && all.len() == 6);
            for (t, &count) in counts.iter().enumerate() {
                let p = weight(t) / total;
                assert!((distribution.frequency(t) - p).abs() < 1e-12);
                // Five deviations; a chance below 1e-4 in all.
                let deviation = (p * (1.0 - p) / 1e4).sqrt();
                let share = f64::from(count) / 1e4;
                assert!((share - p).abs() < 5.0 * deviation, "{t}: {share}, not {p}");
            }
        }
    }

    #[test]
    fn task_coordinates_are_fair_and_the_same_for_every_frequency() {
        let multitask = multitask(4, 70);
        let (mixed, last) = (multitask.zipf(0.5).unwrap(), multitask.only(3).unwrap());
        let (a, b) = (draw(&mixed, 10_000), draw(&last, 10_000));
        let mut negative = [0_i32; 70];
        for row in 0..10_000 {
            assert_eq!(task(&b, row, 4), 3);
            for (i, count) in negative.iter_mut().enumerate() {
                assert_eq!(a.is_negative(row, 4 + i), b.is_negative(row, 4 + i));
                *count += i32::from(a.is_negative(row, 4 + i));
            }
        }
        // 5000 ± 50 each; five deviations, a chance below 1e-4 in all.
        assert!(negative.iter().all(|count| (count - 5000).abs() < 250));
    }

    #[test]
    fn tasks_of_weight_zero_are_never_asked_for() {
        let distribution = MultitaskInputs::new(2, &[0.0, 1.0, 0.0, 3.0, 0.0]).unwrap();
        let x = draw(&distribution, 1000);
        assert!((0..1000).all(|row| [1, 3].contains(&task(&x, row, 5))));
        // Nor is anything else wrong where weights lose their precision.
        let tiny = MultitaskInputs::new(2, &[5e-324, 0.0]).unwrap();
        let x = draw(&tiny, 1000);
        assert!((0..1000).all(|row| task(&x, row, 2) == 0));
    }

    #[test]
    fn the_first_rows_of_a_seed_never_change() {
        let x = draw(&multitask(3, 4).zipf(0.5).unwrap(), 4);
        let pinned = [
            [1, 0, 0, 1, 1, 1, 1],
            [1, 0, 0, 0, 0, 0, 1],
            [1, 0, 0, 0, 0, 0, 1],
            [0, 0, 1, 1, 1, 0, 0],
        ];
        assert_eq!(bits(&x), pinned);
    }
}
