use super::target::sign;
use super::{ActiveInputs, MultitaskInputs, Parity, Target};
use crate::error::{Error, Result, at_most, non_negative, positive};
use crate::signs::Signs;
use rand::Rng;

/// The multitask sparse parity: T parities of the same n coordinates, and T control coordinates
/// that select one of them.
///
/// An input has T + n coordinates: the first T are the controls, the others the task coordinates. Task t
/// has the support S_t among the task coordinates. Under [`MultitaskInputs`] exactly one control is −1,
/// and the label is the parity of its task; under [`ActiveInputs`] several are. On any input the label is the product of the parities of
/// all tasks whose control is −1, and +1 if there are none:
///
/// ```math
/// f(x) = \prod_{t < T :\, x_t = -1} \; \prod_{i \in S_t} x_{T + i}
/// ```
///
/// The problem is that of Michaud, Liu, Girit and Tegmark, *The quantization model of neural
/// scaling*, NeurIPS 2023, [arXiv 2303.13506](https://arxiv.org/abs/2303.13506), with bits b
/// written as (−1)ᵇ.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let tasks = Multitask::random(10, 20, 3, &mut seeds.stream(Purpose::Support))?;
/// let distribution = Labelled::new(tasks.zipf(0.4)?, tasks.clone())?;
/// let mut stream = Online::new(distribution, &seeds);
/// let mut batch = Batch::<f32>::new(64, 30)?;
/// stream.fill(&mut batch);
///
/// // The error of each task by itself.
/// let model = Mlp::new(30, 50, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// for task in 0..10 {
///     let rng = &mut seeds.stream(Purpose::Eval);
///     let examples = Batch::clean(&tasks.only(task)?, &tasks, 500, rng)?;
///     let mut error = ErrorRate::on(&format!("task {task}"), &model, examples)?;
///     println!("{task}: {}", error.of(&model, &theta));
/// }
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Vec<Parity>", try_from = "Vec<Parity>")
)]
pub struct Multitask {
    tasks: Vec<Parity>,
}

impl Multitask {
    /// The given tasks, parities of the same n task coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`] if there are no tasks, [`Error::Mismatch`] if their dimensions differ.
    pub fn new(tasks: Vec<Parity>) -> Result<Self> {
        positive(TASKS, tasks.len())?;
        let expected = tasks[0].n();
        if let Some(other) = tasks.iter().find(|task| task.n() != expected) {
            return Err(Error::Mismatch {
                what: "the dimension n of a task",
                expected,
                found: other.n(),
                repair: "build all tasks for the same n",
            });
        }
        Ok(Multitask { tasks })
    }

    /// Parities of k among n task coordinates; their supports are drawn independently and uniformly.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than 2²⁰ tasks; those of [`Parity::random`] and [`Multitask::new`].
    pub fn random<R: Rng + ?Sized>(tasks: usize, n: usize, k: usize, rng: &mut R) -> Result<Self> {
        let tasks = (0..at_most(TASKS, tasks, MOST_TASKS)?).map(|_| Parity::random(n, k, rng));
        Multitask::new(tasks.collect::<Result<_>>()?)
    }

    /// The tasks, as parities of the task coordinates.
    pub fn tasks(&self) -> &[Parity] {
        &self.tasks
    }

    /// Inputs that select task t = 0, 1, … with a probability proportional to (t + 1)^−(α + 1).
    ///
    /// # Errors
    /// [`Error::Negative`] unless α is finite and ≥ 0.
    pub fn zipf(&self, alpha: f64) -> Result<MultitaskInputs> {
        non_negative("the exponent alpha", alpha)?;
        let weight = |task| libm::pow(task as f64, -(alpha + 1.0));
        let weights: Vec<_> = (1..=self.tasks.len()).map(weight).collect();
        MultitaskInputs::new(self.n(), &weights)
    }

    /// Inputs that always select one task, counted from 0.
    ///
    /// With equal seeds their task coordinates are those of all other inputs of these tasks.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the task does not exist.
    pub fn only(&self, task: usize) -> Result<MultitaskInputs> {
        at_most(TASK, task, self.tasks.len() - 1)?;
        let weight = |t| if t == task { 1.0 } else { 0.0 };
        let weights: Vec<_> = (0..self.tasks.len()).map(weight).collect();
        MultitaskInputs::new(self.n(), &weights)
    }

    /// Inputs that always select these tasks, counted from 0, all at once.
    ///
    /// With equal seeds their task coordinates are those of all other inputs of these tasks, and those that select one task
    /// are [`only`](Multitask::only).
    ///
    /// # Errors
    /// [`Error::Zero`] if no task is selected, [`Error::TooLarge`] if one does not exist, [`Error::Conflict`] if one is listed twice.
    pub fn active(&self, tasks: &[usize]) -> Result<ActiveInputs> {
        ActiveInputs::new(self.tasks.len(), self.n(), tasks)
    }

    /// The number of task coordinates.
    fn n(&self) -> usize {
        self.tasks[0].n()
    }
}

pub(super) const TASK: &str = "the task, counted from 0,";
pub(super) const TASKS: &str = "the number of tasks";
/// The most tasks that are drawn, each with a support.
const MOST_TASKS: usize = 1 << 20;

impl From<Multitask> for Vec<Parity> {
    fn from(multitask: Multitask) -> Self {
        multitask.tasks
    }
}

impl TryFrom<Vec<Parity>> for Multitask {
    type Error = Error;

    fn try_from(tasks: Vec<Parity>) -> Result<Self> {
        Multitask::new(tasks)
    }
}

impl Target for Multitask {
    fn dim(&self) -> usize {
        self.tasks.len() + self.n()
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        assert_eq!(x.dim(), self.dim(), "the inputs have another dimension");
        let asked = self.tasks.iter().enumerate();
        let asked = asked.filter(|&(control, _)| x.is_negative(row, control));
        let negative = |&i: &usize| x.is_negative(row, self.tasks.len() + i);
        let odd = asked
            .flat_map(|(_, task)| task.support())
            .filter(|&i| negative(i))
            .count();
        sign(odd % 2 == 1)
    }

    /// All controls, and the supports of all tasks.
    fn support(&self) -> Vec<usize> {
        let controls = self.tasks.len();
        let coordinates = self.tasks.iter().flat_map(Parity::support);
        let coordinates = coordinates.map(|i| controls + i);
        let mut support: Vec<_> = (0..controls).chain(coordinates).collect();
        support.sort_unstable();
        support.dedup();
        support
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::tests::assert_labels;
    use super::*;
    use crate::data::Batch;
    use crate::seeds::{Purpose, Seeds};

    fn three() -> Multitask {
        let parity = |s: &[usize]| Parity::new(5, s).unwrap();
        Multitask::new(vec![parity(&[0, 1]), parity(&[1, 4]), parity(&[2])]).unwrap()
    }

    #[test]
    fn labels_are_products_of_the_parities_asked_for() {
        let asked = |control: f64, parity: f64| if control < 0.0 { parity } else { 1.0 };
        assert_labels(&three(), |x| {
            asked(x[0], x[3] * x[4]) * asked(x[1], x[4] * x[7]) * asked(x[2], x[5])
        });
    }

    #[test]
    fn inputs_of_one_task_are_labelled_by_its_parity() {
        let multitask = three();
        for (task, parity) in multitask.tasks().iter().enumerate() {
            let rng = &mut Seeds::from(3).stream(Purpose::Eval);
            let inputs = multitask.only(task).unwrap();
            let batch = Batch::<f64>::clean(&inputs, &multitask, 200, rng).unwrap();
            let x = batch.x.to_array::<f64>();
            for (row, &y) in x.rows().into_iter().zip(&batch.y) {
                let product: f64 = parity.support().iter().map(|i| row[3 + i]).product();
                assert_eq!(y, product);
            }
        }
    }
}
