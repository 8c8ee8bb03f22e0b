//! The population gradient of PolyNet.

use super::finite;
use super::method::{Method, refusal};
use super::moments::Forms;
use crate::error::{Error, Result, positive};
use crate::theory::gap::membership;
use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2};

/// The largest number of factors for which subsets are listed.
const MOST_FACTORS: usize = 20;

/// The largest n·(p + 1)^r·… of the power series, about some seconds.
const MOST_WORK: f64 = 4e9;

/// The population gradient of PolyNet, f(x) = ∏_{i<r} (w_i·x + b_i).
///
/// The derivatives have the shapes of `factor.weight` and `factor.bias` in
/// [`PolyNet`](crate::model::PolyNet), `[r, n]` and `[r]`; without biases, pass zeros and ignore `bias`.
#[derive(Debug, Clone, PartialEq)]
pub struct PolyNetGradient {
    /// The population loss.
    pub loss: f64,
    /// The derivatives in w_i, one row per factor.
    pub weight: Array2<f64>,
    /// The derivatives in b_i.
    pub bias: Array1<f64>,
    /// A bound for the error of the loss and of every derivative.
    pub error: f64,
    /// The method used.
    pub method: Method,
}

/// The population gradient of PolyNet under the correlation loss −y·f.
///
/// With as many factors as the parity has coordinates, r = k, the derivative in w_{ij} is, for
/// j ∈ S, minus the permanent of W\[:, S\] without row i and column j, whatever the biases are,
/// and 0 elsewhere; all k minors of a column take O(k·2^k) operations. With fewer factors every
/// derivative vanishes, and with more it is a sum over the ways to distribute the factors over
/// coordinates and biases, by a power series in r variables: O(n·3^r).
///
/// # Errors
/// [`Error::Mismatch`] if there are not as many biases as rows, [`Error::NotFinite`] for a number
/// that is not finite, those of [`Neuron::gradient`](super::Neuron::gradient) for the support, and
/// [`Error::Method`] for too many factors.
///
/// ```
/// use ndarray::{array, Array1};
/// use sparse_parity::theory::gradient::polynet_gradient;
///
/// let w = array![[1.0, 2.0, 5.0], [3.0, 4.0, 7.0]];
/// let g = polynet_gradient(&w, &Array1::zeros(2), &[0, 1])?;
/// assert_eq!(g.loss, -10.0); // 1·4 + 2·3
/// assert_eq!(g.weight, array![[-4.0, -3.0, 0.0], [-2.0, -1.0, 0.0]]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn polynet_gradient(
    weight: &ArrayRef2<f64>,
    bias: &ArrayRef1<f64>,
    support: &[usize],
) -> Result<PolyNetGradient> {
    let net = Factors::new(weight, bias, support)?;
    let gradient = if net.rows.len() == support.len() && support.len() <= MOST_FACTORS {
        net.permanents(support)
    } else {
        net.moments(1)?
    };
    gradient.checked()
}

/// The population gradient of PolyNet under the square loss (y − f)².
///
/// E\[f²\] is a moment of the factors, too, each taken twice: O(n·6^r) operations.
///
/// # Errors
/// Those of [`polynet_gradient`].
///
/// ```
/// use ndarray::{array, Array1};
/// use sparse_parity::theory::gradient::polynet_square_gradient;
///
/// // f(x) = x₀·x₁ is the parity itself.
/// let w = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
/// let g = polynet_square_gradient(&w, &Array1::zeros(2), &[0, 1])?;
/// assert_eq!(g.loss, 0.0);
/// assert!(g.weight.iter().chain(&g.bias).all(|&g| g == 0.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn polynet_square_gradient(
    weight: &ArrayRef2<f64>,
    bias: &ArrayRef1<f64>,
    support: &[usize],
) -> Result<PolyNetGradient> {
    let correlation = polynet_gradient(weight, bias, support)?;
    let mut net = Factors::new(weight, bias, support)?;
    net.inside.fill(false);
    // `moments` gives −E[f²] and half of the derivatives, −E[f ∂f].
    let square = net.moments(2)?;
    PolyNetGradient {
        loss: 1.0 + 2.0 * correlation.loss - square.loss,
        weight: 2.0 * (correlation.weight - square.weight),
        bias: 2.0 * (correlation.bias - square.bias),
        error: 2.0 * (correlation.error + square.error),
        method: Method::Moments,
    }
    .checked()
}

/// The factors, and for each coordinate whether it is in the support.
struct Factors {
    rows: Vec<Vec<f64>>,
    biases: Vec<f64>,
    inside: Vec<bool>,
}

impl Factors {
    fn new(weight: &ArrayRef2<f64>, bias: &ArrayRef1<f64>, support: &[usize]) -> Result<Self> {
        positive("the number of factors", weight.nrows())?;
        positive("the number of coordinates n", weight.ncols())?;
        if bias.len() != weight.nrows() {
            return Err(Error::Mismatch {
                what: "the number of biases",
                expected: weight.nrows(),
                found: bias.len(),
                repair: "give one for each factor, 0 where there is none",
            });
        }
        let rows: Vec<Vec<f64>> = weight.rows().into_iter().map(|row| row.to_vec()).collect();
        let biases = bias.to_vec();
        rows.iter().try_for_each(|row| finite("weight", row))?;
        finite("bias", &biases)?;
        let inside = membership(weight.ncols(), support)?;
        Ok(Factors {
            rows,
            biases,
            inside,
        })
    }

    /// −E\[χ_S f^p\] and −E\[χ_S f^{p−1} ∂f\].
    fn moments(&self, p: usize) -> Result<PolyNetGradient> {
        let (r, n) = (self.rows.len(), self.inside.len());
        let each = ((p + 1) * (p + 2) / 2) as f64;
        let work = (0..r).fold(4.0 * n as f64, |work, _| work * each);
        if work > MOST_WORK {
            let reason =
                format!("r = {r} factors of n = {n} coordinates take {work:.0e} operations");
            let repair = "use fewer factors, or estimate from samples".into();
            return Err(refusal(Method::Moments, reason, repair));
        }
        let absolute = |v: &[f64]| v.iter().map(|x| x.abs()).collect::<Vec<f64>>();
        let powers = vec![p; r];
        let run = |rows: &[Vec<f64>], biases: &[f64]| {
            let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            let forms = Forms {
                weights: &rows,
                biases,
                powers: &powers,
                inside: &self.inside,
            };
            let last = forms.size() - 1;
            let places: Vec<usize> = (0..r).map(|i| last - stride(p, i)).collect();
            let mut weight = Array2::zeros((r, n));
            let moments = forms.around(|j, moments| {
                for (i, &place) in places.iter().enumerate() {
                    weight[[i, j]] = -moments[place];
                }
            });
            let bias: Array1<f64> = places.iter().map(|&place| -moments[place]).collect();
            (-moments[last], weight, bias, forms.operations())
        };
        let rows: Vec<Vec<f64>> = self.rows.iter().map(|row| absolute(row)).collect();
        let (loss, sizes, size, operations) = run(&rows, &absolute(&self.biases));
        let largest = sizes
            .iter()
            .chain(&size)
            .fold(loss.abs(), |m, x| m.max(x.abs()));
        let (loss, weight, bias, _) = run(&self.rows, &self.biases);
        Ok(PolyNetGradient {
            loss,
            weight,
            bias,
            error: f64::EPSILON * operations * largest,
            method: Method::Moments,
        })
    }

    /// The gradient where there are as many factors as coordinates in the support.
    fn permanents(&self, support: &[usize]) -> PolyNetGradient {
        let absolute = |x: f64| x.abs();
        let (size, sizes) = self.minors(support, absolute);
        let largest = sizes.iter().fold(size, |m: f64, &x| m.max(x));
        let (permanent, minors) = self.minors(support, |x| x);
        let (k, n) = (support.len(), self.inside.len());
        let mut weight = Array2::zeros((k, n));
        for (c, &j) in support.iter().enumerate() {
            for i in 0..k {
                weight[[i, j]] = -minors[[i, c]];
            }
        }
        // A term is a product of k numbers, in sums of no more than k·2^k terms.
        let operations = (k * k + 2 * k + 2) as f64;
        PolyNetGradient {
            loss: -permanent,
            weight,
            bias: Array1::zeros(k),
            error: f64::EPSILON * operations * largest,
            method: Method::Permanents,
        }
    }

    /// The permanent of W\[:, S\], and for each row and column that of the minor without them.
    ///
    /// `first[A]` is the permanent of the rows A and the first |A| columns, `last[A]` that of the
    /// rows A and the last |A| columns.
    fn minors(&self, support: &[usize], of: impl Fn(f64) -> f64) -> (f64, Array2<f64>) {
        let k = support.len();
        let entry = |i: usize, c: usize| of(self.rows[i][support[c]]);
        let bits = |set: usize| (0..k).filter(move |i| set >> i & 1 == 1);
        let [mut first, mut last] = [vec![0.0; 1 << k], vec![0.0; 1 << k]];
        (first[0], last[0]) = (1.0, 1.0);
        for set in 1_usize..1 << k {
            let size = set.count_ones() as usize;
            first[set] = bits(set)
                .map(|i| first[set ^ 1 << i] * entry(i, size - 1))
                .sum();
            last[set] = bits(set)
                .map(|i| last[set ^ 1 << i] * entry(i, k - size))
                .sum();
        }
        let all = (1 << k) - 1;
        let mut minors = Array2::zeros((k, k));
        for set in 0_usize..1 << k {
            // The columns before c = |A| with the rows A, those behind it with all others but i.
            for i in bits(all ^ set) {
                let c = set.count_ones() as usize;
                minors[[i, c]] += first[set] * last[all ^ set ^ 1 << i];
            }
        }
        (first[all], minors)
    }
}

/// The distance between two powers of factor i in the table of moments.
fn stride(p: usize, i: usize) -> usize {
    (0..i).fold(1, |stride, _| stride * (p + 1))
}

impl PolyNetGradient {
    fn checked(self) -> Result<Self> {
        finite("the population loss of network", &[self.loss])?;
        let weight: Vec<f64> = self.weight.iter().copied().collect();
        finite("the population gradient of weight", &weight)?;
        finite("the population gradient of bias", &self.bias.to_vec())?;
        Ok(self)
    }
}
