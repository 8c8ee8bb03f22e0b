use super::{Broken, Subject};
use crate::loss::Loss;
use crate::model::Model;
use crate::params::Params;
use crate::seeds::{Purpose, Seeds};

/// Tests that models which behave differently have different identities.
///
/// Give it one model for every setting, changed in that setting alone. Any two of them behave
/// differently if their layouts, initial values included, their
/// [`rows_at_once`](crate::model::Architecture::rows_at_once), outputs or gradients differ. A setting
/// that [`identity`](crate::model::Architecture::identity) does not state is found that way: a
/// checkpoint would be resumed by another model.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = || PolyNet::new(7, 3);
/// let variants = [
///     model()?,
///     PolyNet::new(8, 3)?,
///     PolyNet::new(7, 2)?,
///     model()?.with_init(Init::Gaussian)?,
///     model()?.without_bias(),
///     model()?.with_output_bias(),
/// ];
/// sparse_parity::check::model_identities(&variants, 1).unwrap();
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// The law, if it is [`Broken`], with the identity that two models share.
pub fn model_identities<M: Model<f64>>(models: &[M], seed: u64) -> Result<(), Broken> {
    let behave_alike = |a: &M, b: &M| {
        if a.layout() != b.layout() || a.rows_at_once() != b.rows_at_once() {
            return false;
        }
        let rng = || Seeds::from(seed).stream(Purpose::Init);
        let answer = |model: &M| {
            let subject = Subject::random(model, &mut rng());
            let theta = Params::draw(model.layout(), &mut rng());
            let initial = Subject {
                theta,
                ..Subject::random(model, &mut rng())
            };
            [subject.answer(), initial.answer()]
        };
        a.dim() == b.dim() && answer(a) == answer(b)
    };
    different("models", models, M::identity, behave_alike)
}

/// Tests that losses which differ have different identities.
///
/// Give it one loss for every setting, changed in that setting alone. Two losses differ if a value
/// or a slope does, on a grid of outputs between −6 and 6.
///
/// ```
/// use sparse_parity::loss::Loss;
/// use sparse_parity::prelude::*;
///
/// let losses: [Box<dyn Loss<f64>>; 2] = [Box::new(Hinge), Box::new(Square)];
/// sparse_parity::check::loss_identities(&losses).unwrap();
/// ```
///
/// # Errors
/// The law, if it is [`Broken`], with the identity that two losses share.
pub fn loss_identities<L: Loss<f64>>(losses: &[L]) -> Result<(), Broken> {
    let values = |loss: &L| {
        let outputs = (-60..=60).map(|step| 0.1 * f64::from(step) + 0.033);
        let of_output = |f| [-1.0, 1.0].map(|y| (loss.value(y, f), loss.slope(y, f)));
        outputs.map(of_output).collect::<Vec<_>>()
    };
    different("losses", losses, L::identity, |a, b| values(a) == values(b))
}

/// Succeeds if any two subjects that are not alike have different identities.
fn different<T>(
    what: &str,
    subjects: &[T],
    identity: impl Fn(&T) -> String,
    are_alike: impl Fn(&T, &T) -> bool,
) -> Result<(), Broken> {
    for (place, a) in subjects.iter().enumerate() {
        for (before, b) in subjects[..place].iter().enumerate() {
            if identity(a) == identity(b) && !are_alike(a, b) {
                return Err(Broken {
                    law: "what differs has another identity",
                    detail: format!(
                        "{what} {before} and {place} behave differently, and both are called {}",
                        identity(a)
                    ),
                });
            }
        }
    }
    Ok(())
}
