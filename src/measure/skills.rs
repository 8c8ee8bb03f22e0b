use super::convergence::same_dim;
use super::validation::{Evaluation, chunk};
use crate::data::{Batch, Multitask, Target};
use crate::error::Result;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::seeds::{Purpose, Seeds};
use std::fmt;

/// How well a network has learned each skill of a [`Multitask`] target, on fixed examples of it.
///
/// The strength of task t is R_t = E[f(x) g_t(x)] over inputs that select it, g_t being its parity: 0 at chance and 1 where f = g_t. It is
/// the coefficient of f at the skill (Nam and others, *An exactly solvable model for emergence and scaling laws in the multitask sparse parity
/// problem*, NeurIPS 2024). All tasks have the same task coordinates. Their supports are not used beyond the labels.
///
/// ```
/// use sparse_parity::measure::SkillStrength;
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let tasks = Multitask::random(4, 12, 3, &mut seeds.stream(Purpose::Support))?;
/// let model = Mlp::new(16, 50, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let skills = SkillStrength::new(&model, &tasks, 1000, &seeds)?.of(&model, &theta);
/// assert_eq!(skills.len(), 4);
/// assert!(skills.iter().all(|skill| skill.strength.abs() < 0.1 && (skill.error - 0.5).abs() < 0.1));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct SkillStrength<F: Real, M: Model<F>> {
    /// The examples of each task.
    examples: Vec<Batch<F>>,
    evaluation: Evaluation<F, M::Cache>,
    chunk: usize,
}

/// What a network has learned of a task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skill {
    /// The strength R = E[f g].
    pub strength: f64,
    /// The loss ½ E[(g − f)²].
    pub loss: f64,
    /// The share of examples of which f has not the sign.
    pub error: f64,
}

impl<F: Real, M: Model<F>> SkillStrength<F, M> {
    /// That of a model, on so many examples of each task from the seeds' validation stream.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the target has another dimension than the model, [`Error::Zero`](crate::Error::Zero) without examples.
    pub fn new(model: &M, tasks: &Multitask, examples: usize, seeds: &Seeds) -> Result<Self> {
        same_dim(model.dim(), tasks.dim())?;
        let of = |task: usize| {
            let rng = &mut seeds.stream(Purpose::Eval);
            Batch::clean(&tasks.only(task)?, tasks, examples, rng)
        };
        Ok(SkillStrength {
            examples: (0..tasks.tasks().len()).map(of).collect::<Result<_>>()?,
            evaluation: Evaluation::new(model)?,
            chunk: chunk(model),
        })
    }

    /// The skills at the given parameters, in the order of the tasks.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of(&mut self, model: &M, theta: &Params<F>) -> Vec<Skill> {
        let SkillStrength {
            examples,
            evaluation,
            chunk,
        } = self;
        let of = |examples: &Batch<F>| {
            let (mut products, mut squares, mut wrong) = (0.0, 0.0, 0);
            let rows = 0..examples.len();
            evaluation.outputs(
                model,
                theta,
                examples,
                (*chunk, *chunk),
                rows,
                |row, out| {
                    let (y, out) = (examples.y[row].as_f64(), out.as_f64());
                    products += y * out;
                    squares += (y - out) * (y - out);
                    let is_right = y * out > 0.0;
                    wrong += usize::from(!is_right);
                    true
                },
            );
            let m = examples.len() as f64;
            Skill {
                strength: products / m,
                loss: squares / (2.0 * m),
                error: wrong as f64 / m,
            }
        };
        examples.iter().map(of).collect()
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for SkillStrength<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SkillStrength")
            .field("tasks", &self.examples.len())
            .field("examples", &self.examples[0].len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Power;
    use crate::error::Error;
    use crate::model::{Architecture, Mlp};

    #[test]
    fn a_coordinate_has_half_of_what_it_is_the_half_of() {
        // f = x₄/2 is half of the task {2} of coordinates 2, 3, 4, and nothing of the task {0}.
        let parity = |s: &[usize]| crate::data::Parity::new(3, s).unwrap();
        let tasks = Multitask::new(vec![parity(&[2]), parity(&[0])]).unwrap();
        let linear = Power::new(1).unwrap();
        let model = Mlp::new(5, 1, linear).unwrap();
        let mut theta = Params::<f64>::zeros(model.layout());
        let weights = theta.as_mut_slice();
        (weights[4], weights[6]) = (0.25, 2.0);
        let seeds = Seeds::from(2);
        let mut skills = SkillStrength::new(&model, &tasks, 500, &seeds).unwrap();
        let [own, other] = skills.of(&model, &theta)[..] else {
            panic!("two tasks")
        };
        assert_eq!((own.strength, own.loss, own.error), (0.5, 0.125, 0.0));
        // Products of ±½: the share of equal signs tells all.
        assert!((other.strength - (0.5 - other.error)).abs() < 1e-15);
        assert!((other.loss - (0.125 + other.error)).abs() < 1e-12);
        assert!((other.error - 0.5).abs() < 0.1);
        // What is not a number has no sign.
        theta.as_mut_slice()[4] = f64::NAN;
        assert_eq!(skills.of(&model, &theta)[0].error, 1.0);
        let wide = Mlp::new(6, 1, linear).unwrap();
        assert!(matches!(
            SkillStrength::<f64, _>::new(&wide, &tasks, 500, &seeds),
            Err(Error::Mismatch { .. })
        ));
        assert!(matches!(
            SkillStrength::<f64, _>::new(&model, &tasks, 0, &seeds),
            Err(Error::Zero { .. })
        ));
    }
}
