use super::Filter;
use crate::error::{Result, non_negative, positive, product, room};
use crate::params::{Layout, Params};
use crate::real::Real;
use std::sync::Arc;

/// Grokfast with a moving average (Lee, Kang, Kim and Lee, *Grokfast: Accelerated Grokking by
/// Amplifying Slow Gradients*, 2024, arXiv 2405.20233), with a window of w = 100 gradients and
/// λ = 5 unless changed.
///
/// With t counted from the first gradient that the filter sees,
///
/// ```math
/// g_t' = g_t + \frac{\lambda}{w} \sum_{i=0}^{w-1} g_{t-i} \quad (t \ge w - 1), \qquad
/// g_t' = g_t \quad (t < w - 1)
/// ```
///
/// It holds (w + 1) times as many numbers as there are parameters. Nothing is ever subtracted from
/// a sum, so that no rounding builds up and what left the window, were it infinite, leaves no
/// trace; a step costs a few additions a parameter on average, whatever w is.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(10, 3)?;
/// let mut filter = GrokfastMa::new(model.layout())?.with_window(2)?;
/// let changed = [2.0, 4.0].map(|g| {
///     let mut grad = Params::<f64>::zeros(model.layout());
///     grad.fill(g);
///     filter.apply(0, &mut grad);
///     grad.as_slice()[0]
/// });
/// assert_eq!(changed, [2.0, 4.0 + 5.0 * 3.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Stored<F>")
)]
pub struct GrokfastMa<F: Real> {
    lambda: f64,
    window: usize,
    /// Steps come in rounds of `window`: the place in this round, and whether it is not the first.
    place: usize,
    full: bool,
    /// The sum of the gradients of this round.
    recent: Params<F>,
    /// A slot for each place. From this place on, the sum of the gradients of the last round that
    /// came after the slot's place; before it, the gradients of this round, each one slot early.
    older: Vec<F>,
}

/// The serialised form, which is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "")]
struct Stored<F: Real> {
    lambda: f64,
    window: usize,
    place: usize,
    full: bool,
    recent: Params<F>,
    older: Vec<F>,
}

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Stored<F>> for GrokfastMa<F> {
    type Error = crate::Error;

    fn try_from(stored: Stored<F>) -> Result<Self> {
        let Stored {
            lambda,
            window,
            place,
            full,
            recent,
            older,
        } = stored;
        let window = window_of(window)?;
        let expected = product(SIZE, window, recent.layout().len())?;
        if place >= window || older.len() != expected {
            return Err(crate::Error::ImpossibleState {
                what: "such a window",
                reason: format!(
                    "place {place} of {window} gradients, and {} numbers in place of {expected}",
                    older.len()
                ),
            });
        }
        Ok(GrokfastMa {
            lambda: lambda_of(lambda)?,
            window,
            place,
            full,
            recent,
            older,
        })
    }
}

impl<F: Real> GrokfastMa<F> {
    /// The window in steps unless it is changed.
    pub const WINDOW: usize = 100;
    /// The amplification λ unless it is changed.
    pub const LAMBDA: f64 = 5.0;

    /// The filter for gradients of that layout.
    ///
    /// # Errors
    /// [`Error::TooLarge`](crate::Error::TooLarge) or [`Error::NoMemory`](crate::Error::NoMemory) for more numbers than
    /// can be held.
    pub fn new(layout: &Arc<Layout>) -> Result<Self> {
        GrokfastMa::over(Self::WINDOW, layout)
    }

    /// The same filter with another window, in steps, that no gradient has entered yet.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) for no window,
    /// [`Error::TooLarge`](crate::Error::TooLarge) or [`Error::NoMemory`](crate::Error::NoMemory) for more numbers than
    /// can be held.
    pub fn with_window(self, window: usize) -> Result<Self> {
        let lambda = self.lambda;
        let empty = GrokfastMa::over(window, self.recent.layout())?;
        Ok(GrokfastMa { lambda, ..empty })
    }

    /// The same filter with another amplification λ.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless it is finite and not negative.
    pub fn with_lambda(self, lambda: f64) -> Result<Self> {
        let lambda = lambda_of(lambda)?;
        Ok(GrokfastMa { lambda, ..self })
    }

    /// The filter with a window, in steps.
    pub(crate) fn over(window: usize, layout: &Arc<Layout>) -> Result<Self> {
        let window = window_of(window)?;
        Ok(GrokfastMa {
            lambda: Self::LAMBDA,
            window,
            place: 0,
            full: false,
            recent: Params::zeros(layout),
            older: vec![F::zero(); room::<F>(WINDOW, product(SIZE, window, layout.len())?)?],
        })
    }

    /// Turns the gradients of a full round into sums from the back, and begins the next round.
    fn turn(&mut self) {
        let len = self.recent.layout().len();
        self.recent.fill(F::zero());
        for slot in (1..self.window).rev() {
            let (before, sums) = self.older.split_at_mut(slot * len);
            for (sum, &next) in before[(slot - 1) * len..].iter_mut().zip(&*sums) {
                *sum += next;
            }
        }
    }
}

const WINDOW: &str = "the window of gradients";
const SIZE: &str = "the window times the number of parameters";

/// Returns the window of a moving average, if there can be one.
pub(crate) fn window_of(window: usize) -> Result<usize> {
    positive("the window", window)
}

/// Returns an amplification, if it is one.
pub(crate) fn lambda_of(lambda: f64) -> Result<f64> {
    non_negative("the amplification", lambda)
}

impl<F: Real> Filter<F> for GrokfastMa<F> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.recent.layout().agrees_with(layout)
    }

    fn identity(&self) -> String {
        let (window, lambda) = (self.window, self.lambda);
        format!("window of the filter = {window}\namplification = {lambda:?}")
    }

    fn apply(&mut self, _: u64, grad: &mut Params<F>) {
        let (grad, recent) = (grad.as_mut_slice(), self.recent.as_mut_slice());
        let (place, len) = (self.place, grad.len());
        for (sum, &g) in recent.iter_mut().zip(&*grad) {
            *sum += g;
        }
        if place > 0 {
            self.older[(place - 1) * len..][..len].copy_from_slice(grad);
        }
        self.full |= place + 1 == self.window;
        if self.full {
            let share = F::of(self.lambda / self.window as f64);
            let older = &self.older[place * len..][..len];
            for ((g, &recent), &older) in grad.iter_mut().zip(&*recent).zip(older) {
                *g += share * (older + recent);
            }
        }
        self.place = (place + 1) % self.window;
        if self.place == 0 {
            self.turn();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::InitialDistribution;

    fn layout() -> Arc<Layout> {
        let mut layout = Layout::default();
        layout.block("a", 2, InitialDistribution::Constant(0.0));
        Arc::new(layout)
    }

    /// The changed gradients where the second entry is minus the first, with λ = w.
    fn changed(window: usize, grads: &[f64]) -> Vec<f64> {
        let layout = layout();
        let filter = GrokfastMa::new(&layout).unwrap();
        let filter = filter.with_lambda(window as f64).unwrap();
        let mut filter = filter.with_window(window).unwrap();
        let mut grad = Params::zeros(&layout);
        let change = |&g: &f64| {
            grad.as_mut_slice().copy_from_slice(&[g, -g]);
            filter.apply(0, &mut grad);
            let changed = grad.as_slice();
            assert_eq!(changed[0], -changed[1]);
            changed[0]
        };
        grads.iter().map(change).collect()
    }

    #[test]
    fn the_mean_of_the_window_joins_once_the_window_is_full() {
        let found = changed(3, &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]);
        assert_eq!(found, [1.0, 2.0, 11.0, 22.0, 44.0, 88.0, 176.0, 352.0]);
        assert_eq!(changed(1, &[1.0, 5.0, -2.0]), [2.0, 10.0, -4.0]);
    }

    #[test]
    fn the_window_holds_the_newest_gradients_at_every_place_of_a_round() {
        let grads: Vec<f64> = (0..40).map(|t| f64::from(t * t % 17)).collect();
        for window in 1..15 {
            let expected: Vec<f64> = (1..=grads.len())
                .map(|seen| {
                    let newest = grads[..seen].windows(window).next_back();
                    grads[seen - 1] + newest.map_or(0.0, |newest| newest.iter().sum())
                })
                .collect();
            assert_eq!(changed(window, &grads), expected, "a window of {window}");
        }
    }

    #[test]
    fn what_left_the_window_leaves_no_trace() {
        for window in 2..6 {
            for blow in [1e30, f64::INFINITY] {
                for at in 0..2 * window {
                    let mut grads = vec![0.1; 30];
                    grads[at] = blow;
                    let found = changed(window, &grads);
                    let clean = changed(window, &[0.1; 30]);
                    let gone = at + window;
                    for (found, clean) in found[gone..].iter().zip(&clean[gone..]) {
                        assert!((found - clean).abs() < 1e-15, "{found} and not {clean}");
                    }
                }
            }
        }
    }
}
