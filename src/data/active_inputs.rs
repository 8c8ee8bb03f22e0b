use super::Inputs;
use super::inputs::assert_dim;
use super::multitask::{TASK, TASKS};
use super::multitask_inputs::select;
use crate::error::{Error, MOST_COORDINATES, Result, at_most, positive};
use crate::seeds::LabRng;
use crate::signs::Signs;
use rand::Rng;

/// The distribution of inputs that select several tasks of a [`Multitask`](super::Multitask) at once. The controls of these tasks are −1
/// and all others are +1; the task coordinates are uniform.
///
/// The label is then the product of the parities of all selected tasks, a parity of its own: a composition of tasks, which a
/// network may learn by the tasks or by itself. (Michaud, Parker-Sartori and Tegmark, *On the creation of narrow AI: hierarchy and
/// nonlocality of neural network skills*, 2025, [arXiv 2505.15811](https://arxiv.org/abs/2505.15811).) A [`Mixture`](super::Mixture) has compositions beside single tasks.
///
/// [`Multitask::active`](super::Multitask::active) makes those of a target.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let tasks = Multitask::random(3, 20, 2, &mut seeds.stream(Purpose::Support))?;
/// // Two tasks together in half of the inputs, and one of three in the others.
/// let inputs = Mixture::new(tasks.active(&[0, 2])?, 0.5, tasks.zipf(0.0)?)?;
/// let mut stream = Online::new(Labelled::new(inputs, tasks)?, &seeds);
/// stream.fill(&mut Batch::<f32>::new(64, 23)?);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Stored", try_from = "Stored")
)]
pub struct ActiveInputs {
    tasks: usize,
    n: usize,
    /// The selected tasks, ascending.
    active: Vec<usize>,
}

/// The serialised form.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    tasks: usize,
    n: usize,
    active: Vec<usize>,
}

#[cfg(feature = "serde")]
impl From<ActiveInputs> for Stored {
    fn from(ActiveInputs { tasks, n, active }: ActiveInputs) -> Self {
        Stored { tasks, n, active }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for ActiveInputs {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        ActiveInputs::new(stored.tasks, stored.n, &stored.active)
    }
}

impl ActiveInputs {
    /// Inputs with `tasks` controls and n task coordinates that always select the tasks `active`, counted from 0.
    ///
    /// # Errors
    /// [`Error::Zero`] without tasks or coordinates or if no task is selected, [`Error::TooLarge`] for a task that does not exist and for more
    /// than 2²⁷ tasks and coordinates, [`Error::Conflict`] for a task that is listed twice.
    pub fn new(tasks: usize, n: usize, active: &[usize]) -> Result<Self> {
        positive(TASKS, tasks)?;
        positive("the number of task coordinates", n)?;
        let what = "the number of coordinates";
        at_most(what, n.saturating_add(tasks), MOST_COORDINATES)?;
        positive("the number of selected tasks", active.len())?;
        let mut active = active.to_vec();
        active.sort_unstable();
        at_most(TASK, active[active.len() - 1], tasks - 1)?;
        if active.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::Conflict {
                one: "a selected task",
                other: "the same task again",
                reason: "it is selected once or not at all",
            });
        }
        Ok(ActiveInputs { tasks, n, active })
    }

    /// The selected tasks, ascending.
    pub fn active(&self) -> &[usize] {
        &self.active
    }
}

/// As of [`MultitaskInputs`](super::MultitaskInputs): after the matrix a word is taken for each row, though there is nothing to draw, so that
/// equal seeds give equal task coordinates.
impl Inputs for ActiveInputs {
    fn dim(&self) -> usize {
        self.tasks + self.n
    }

    fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
        assert_dim(self, x);
        x.randomize(rng);
        for row in 0..x.rows() {
            let _: u64 = rng.random();
            let mut active = self.active.iter().peekable();
            select(x, row, self.tasks, |control| {
                active.next_if_eq(&&control).is_some()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::inputs::tests::bits;
    use super::*;
    use crate::data::{Batch, Multitask, Parity};
    use crate::seeds::{Purpose, Seeds};

    fn three() -> Multitask {
        let parity = |s: &[usize]| Parity::new(5, s).unwrap();
        Multitask::new(vec![parity(&[0, 1]), parity(&[1, 4]), parity(&[2])]).unwrap()
    }

    /// Two matrices, one after the other.
    fn drawn(inputs: &impl Inputs) -> [Signs; 2] {
        let rng = &mut Seeds::from(1).stream(Purpose::Train);
        [(); 2].map(|()| {
            let mut x = Signs::ones(100, inputs.dim()).unwrap();
            inputs.draw(rng, &mut x);
            x
        })
    }

    #[test]
    fn labels_are_products_of_the_parities_of_the_selected_tasks() {
        let multitask = three();
        for active in [&[0, 1][..], &[2, 0], &[1], &[0, 1, 2]] {
            let inputs = multitask.active(active).unwrap();
            let rng = &mut Seeds::from(3).stream(Purpose::Eval);
            let batch = Batch::<f64>::clean(&inputs, &multitask, 200, rng).unwrap();
            let x = batch.x.to_array::<f64>();
            for (row, &y) in x.rows().into_iter().zip(&batch.y) {
                for control in 0..3 {
                    assert_eq!(row[control] < 0.0, active.contains(&control));
                }
                let supports = active.iter().map(|&t| multitask.tasks()[t].support());
                let product: f64 = supports.flatten().map(|i| row[3 + i]).product();
                assert_eq!(y, product);
            }
        }
    }

    #[test]
    fn one_task_has_the_inputs_of_that_task_alone() {
        let multitask = three();
        for task in 0..3 {
            let alone = drawn(&multitask.only(task).unwrap());
            assert_eq!(drawn(&multitask.active(&[task]).unwrap()), alone);
        }
    }

    #[test]
    fn task_coordinates_are_those_of_all_other_inputs() {
        let multitask = three();
        let [several, mixed] = [
            drawn(&multitask.active(&[1, 2]).unwrap()),
            drawn(&multitask.zipf(0.5).unwrap()),
        ];
        for (a, b) in several.iter().zip(&mixed) {
            let rows = (0..100).flat_map(|row| (3..8).map(move |i| (row, i)));
            for (row, i) in rows {
                assert_eq!(a.is_negative(row, i), b.is_negative(row, i));
            }
        }
    }

    #[test]
    fn the_first_rows_of_a_seed_never_change() {
        let [x, _] = drawn(&three().active(&[2, 0]).unwrap());
        let pinned = [
            [1, 0, 1, 1, 1, 1, 1, 1],
            [1, 0, 1, 0, 0, 1, 1, 0],
            [1, 0, 1, 0, 1, 1, 1, 1],
        ];
        assert_eq!(bits(&x)[..3], pinned);
    }
}
