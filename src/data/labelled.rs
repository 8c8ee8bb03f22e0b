use super::{Batch, DataRng, Inputs, Sampler, Target, Uniform, label};
use crate::error::{Error, Result};
use crate::real::Real;
use rand::Rng;

/// The distribution of (x, y) with x from a distribution of inputs and y = f(x) from a target, optionally
/// with label noise.
///
/// ```
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// let biased = Labelled::new(Biased::new(50, 0.1)?, Parity::new(50, &[1, 2, 3])?)?;
/// let noisy = biased.with_label_noise(0.1)?;
///
/// // Inputs and target may be chosen at run time.
/// let target: Arc<dyn Target> = Arc::new(Majority::new(50, &[1, 2, 3])?);
/// let inputs: Box<dyn Inputs> = Box::new(Uniform::new(50)?);
/// let mut stream = Online::new(Labelled::new(inputs, target)?, &Seeds::from(7));
/// let mut batch = Batch::<f32>::new(64, 50)?;
/// stream.fill(&mut batch);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "Stored<I, T>",
        bound(
            deserialize = "I: Inputs + serde::Deserialize<'de>, T: Target + serde::Deserialize<'de>"
        )
    )
)]
pub struct Labelled<I, T> {
    inputs: I,
    target: T,
    noise: f64,
}

/// The serialised form, whose fields are not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<I, T> {
    inputs: I,
    target: T,
    noise: f64,
}

#[cfg(feature = "serde")]
impl<I: Inputs, T: Target> TryFrom<Stored<I, T>> for Labelled<I, T> {
    type Error = Error;

    fn try_from(stored: Stored<I, T>) -> Result<Self> {
        Labelled::new(stored.inputs, stored.target)?.with_label_noise(stored.noise)
    }
}

impl<I: Inputs, T: Target> Labelled<I, T> {
    /// Inputs from `inputs` with the clean labels of `target`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the two have different dimensions.
    pub fn new(inputs: I, target: T) -> Result<Self> {
        same_dim(&inputs, &target)?;
        Ok(Labelled {
            inputs,
            target,
            noise: 0.0,
        })
    }

    /// The same distribution with every label's sign flipped independently with probability p.
    ///
    /// # Errors
    /// [`Error::Noise`] unless 0 ≤ p < 1/2.
    pub fn with_label_noise(self, p: f64) -> Result<Self> {
        if !(0.0..0.5).contains(&p) {
            return Err(Error::Noise { p });
        }
        Ok(Labelled { noise: p, ..self })
    }

    /// The distribution of the inputs.
    pub fn inputs(&self) -> &I {
        &self.inputs
    }

    /// The target that gives the clean labels.
    pub fn target(&self) -> &T {
        &self.target
    }

    /// The probability p that a label is flipped.
    pub fn label_noise(&self) -> f64 {
        self.noise
    }
}

impl<T: Target> Labelled<Uniform, T> {
    /// Uniform inputs with the clean labels of `target`.
    pub(super) fn uniform(target: T) -> Self {
        Labelled {
            inputs: Uniform { n: target.dim() },
            target,
            noise: 0.0,
        }
    }
}

/// Succeeds if the target and the inputs have the same dimension.
pub(super) fn same_dim(
    inputs: &(impl Inputs + ?Sized),
    target: &(impl Target + ?Sized),
) -> Result<()> {
    let (expected, found) = (inputs.dim(), target.dim());
    if expected != found {
        return Err(Error::Mismatch {
            what: "the dimension n of the target",
            expected,
            found,
            repair: "build inputs and target for the same n",
        });
    }
    Ok(())
}

impl<I: Inputs, T: Target> Sampler for Labelled<I, T> {
    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn identity(&self) -> String {
        format!(
            "inputs = {:?}\ntarget = {:?}\nlabel noise = {:?}",
            self.inputs, self.target, self.noise
        )
    }

    fn sample_into<F: Real>(&self, rng: &mut DataRng, batch: &mut Batch<F>) {
        self.inputs.draw(&mut rng.inputs, &mut batch.x);
        label(&self.target, &batch.x, &mut batch.y);
        if self.noise > 0.0 {
            for y in &mut batch.y {
                if rng.labels.random::<f64>() < self.noise {
                    *y = -*y;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Biased, Majority, Parity};
    use crate::seeds::Seeds;
    use std::sync::Arc;

    fn draw(distribution: &impl Sampler) -> Batch<f64> {
        Batch::draw(distribution, 10_000, &mut (&Seeds::from(4)).into()).unwrap()
    }

    #[test]
    fn noise_flips_the_stated_share_of_labels_and_no_input() {
        let clean = Labelled::new(
            Biased::new(20, 0.2).unwrap(),
            Majority::new(20, &[1, 2, 3]).unwrap(),
        );
        let clean = clean.unwrap();
        let noisy = clean.clone().with_label_noise(0.25).unwrap();
        let (a, b) = (draw(&clean), draw(&noisy));
        assert_eq!(a.x, b.x);
        let flips = a.y.iter().zip(&b.y).filter(|(a, b)| a != b).count();
        // 2500 ± 43; five deviations, a chance below 1e-6.
        assert!((2285..2715).contains(&flips), "{flips}");
    }

    #[test]
    fn parts_behind_pointers_give_the_same_examples() {
        let (inputs, target) = (
            Biased::new(6, 0.2).unwrap(),
            Parity::new(6, &[1, 4]).unwrap(),
        );
        let distribution = Labelled::new(inputs.clone(), target.clone()).unwrap();
        let boxed: Box<dyn Inputs> = Box::new(inputs.clone());
        let shared: Arc<dyn Target> = Arc::new(target.clone());
        assert_eq!(
            draw(&Labelled::new(boxed, shared).unwrap()),
            draw(&distribution)
        );
        let shared: Arc<dyn Inputs> = Arc::new(inputs);
        let boxed: Box<dyn Target> = Box::new(target);
        assert_eq!(
            draw(&Labelled::new(shared, boxed).unwrap()),
            draw(&distribution)
        );
    }

    #[cfg(feature = "serde")]
    #[test]
    fn impossible_laws_are_not_read_from_files() {
        let distribution =
            Labelled::new(Biased::new(2, 0.25).unwrap(), Parity::new(2, &[1]).unwrap());
        let distribution = distribution.unwrap().with_label_noise(0.125).unwrap();
        let text = serde_json::to_string(&distribution).unwrap();
        let read = |text: &str| serde_json::from_str::<Labelled<Biased, Parity>>(text);
        assert_eq!(read(&text).unwrap(), distribution);
        for (good, bad) in [
            ("0.125", "0.5"),
            ("[0.25,0.25]", "[0.25]"),
            ("0.25,", "1.25,"),
        ] {
            assert!(text.contains(good), "{text}");
            assert!(read(&text.replace(good, bad)).is_err(), "{bad}");
        }
    }
}
