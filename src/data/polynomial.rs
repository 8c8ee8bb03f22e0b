use super::Target;
use super::target::sign;
use crate::error::{Error, Result, positive};
use crate::signs::{Columns, Signs};
use std::collections::BTreeSet;

/// A polynomial f(x) = Σ_T c_T χ_T(x) of given monomials χ_T(x) = Π_{i ∈ T} x_i.
///
/// The coefficients c_T are its Fourier coefficients. Parities, staircases and sums of parities of several degrees are such
/// polynomials. The labels are real numbers, meant for the square loss; error rates compare signs, and where the label is 0 no
/// output counts as right.
///
/// ```
/// use sparse_parity::data::Polynomial;
/// use sparse_parity::prelude::*;
///
/// // x₀ + x₀x₁x₂/2
/// let polynomial = Polynomial::new(10, &[(vec![0], 1.0), (vec![0, 1, 2], 0.5)])?;
/// let mut x = Signs::ones(1, 10)?;
/// x.flip(0, 2);
/// assert_eq!(polynomial.value(&x, 0), 0.5);
/// assert_eq!((polynomial.degree(), polynomial.leap(), polynomial.variance()), (3, 2, 1.25));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Stored", try_from = "Stored")
)]
pub struct Polynomial {
    n: usize,
    /// The sets, each ascending, with their coefficients.
    terms: Vec<(Vec<usize>, f64)>,
    columns: Vec<Columns>,
}

/// The serialised form, which is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    n: usize,
    terms: Vec<(Vec<usize>, f64)>,
}

#[cfg(feature = "serde")]
impl From<Polynomial> for Stored {
    fn from(polynomial: Polynomial) -> Self {
        let Polynomial { n, terms, .. } = polynomial;
        Stored { n, terms }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Polynomial {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        Polynomial::new(stored.n, &stored.terms)
    }
}

impl Polynomial {
    /// The polynomial of these monomials, each a set of coordinates counted from 0, with its coefficient. The empty set is
    /// the constant.
    ///
    /// # Errors
    /// [`Error::Zero`] without coordinates or monomials; [`Error::SupportRange`] or [`Error::SupportRepeat`] for a set that is
    /// none of coordinates; [`Error::RepeatedMonomial`] for a set that is given twice, in any order;
    /// [`Error::NotFinite`] for a coefficient that is no number, and [`Error::Method`] for one that is 0.
    pub fn new(n: usize, terms: &[(Vec<usize>, f64)]) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        positive("the number of monomials", terms.len())?;
        let (mut seen, mut sorted, mut columns) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (index, (set, coefficient)) in terms.iter().enumerate() {
            columns.push(Columns::new(n, set)?);
            let mut set = set.clone();
            set.sort_unstable();
            if !coefficient.is_finite() {
                let (what, value) = ("the coefficient of monomial", *coefficient);
                return Err(Error::NotFinite { what, index, value });
            }
            if *coefficient == 0.0 {
                return Err(Error::Method {
                    method: "a polynomial",
                    reason: format!("the coefficient of monomial {index}, {set:?}, is 0"),
                    repair: "leave it out".into(),
                });
            }
            if !seen.insert(set.clone()) {
                return Err(Error::RepeatedMonomial { set });
            }
            sorted.push((set, *coefficient));
        }
        Ok(Polynomial {
            n,
            terms: sorted,
            columns,
        })
    }

    /// The monomials, each an ascending set of coordinates, with their coefficients.
    pub fn terms(&self) -> &[(Vec<usize>, f64)] {
        &self.terms
    }

    /// The largest size of a set.
    pub fn degree(&self) -> usize {
        let sizes = self.terms.iter().map(|(set, _)| set.len());
        sizes.max().unwrap_or(0)
    }

    /// The variance of f under uniform inputs, Σ_{T ≠ ∅} c_T².
    pub fn variance(&self) -> f64 {
        let nonempty = self.terms.iter().filter(|(set, _)| !set.is_empty());
        nonempty.map(|(_, c)| c * c).sum()
    }

    /// The leap: the least L such that the monomials have an order in which none has more than L coordinates that no earlier
    /// one has.
    ///
    /// ```math
    /// \mathrm{Leap}(f) = \min_{\pi} \max_i \Bigl| T_{\pi(i)} \setminus \bigcup_{j < i} T_{\pi(j)} \Bigr|
    /// ```
    ///
    /// It is k for a parity of degree k, and 1 for a staircase. Abbe, Boix-Adsera and Misiakiewicz, *SGD learning on neural
    /// networks: leap complexity and saddle-to-saddle dynamics*, COLT 2023, arXiv 2302.11055, definition 1.
    pub fn leap(&self) -> usize {
        self.stages().into_iter().max().unwrap_or(0)
    }

    /// The numbers of coordinates that become known one stage after the other, if at each stage the monomial with the fewest
    /// unknown ones is learned. Their maximum is the [`leap`](Polynomial::leap); monomials without unknown coordinates
    /// begin no stage.
    pub fn stages(&self) -> Vec<usize> {
        let (mut known, mut stages) = (BTreeSet::new(), Vec::new());
        loop {
            let unknown = |set: &[usize]| set.iter().filter(|i| !known.contains(*i)).count();
            let sets = self.terms.iter().map(|(set, _)| set);
            let next = sets.filter(|set| unknown(set) > 0);
            let Some(next) = next.min_by_key(|set| unknown(set)) else {
                return stages;
            };
            stages.push(unknown(next));
            known.extend(next.iter().copied());
        }
    }
}

impl Target for Polynomial {
    fn dim(&self) -> usize {
        self.n
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        assert_eq!(x.dim(), self.n, "the inputs have another dimension");
        let monomial = |columns: &Columns| sign(columns.negatives(x, row) % 2 == 1);
        let terms = self.terms.iter().zip(&self.columns);
        terms.map(|((_, c), columns)| c * monomial(columns)).sum()
    }

    fn support(&self) -> Vec<usize> {
        let all = self.terms.iter().flat_map(|(set, _)| set);
        all.copied().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::tests::assert_labels;
    use super::super::{Staircase, label};
    use super::*;
    use crate::seeds::LabRng;
    use ndarray::Array1;
    use rand::{Rng, SeedableRng};

    fn sets(n: usize, sets: &[&[usize]]) -> Polynomial {
        let terms: Vec<_> = sets.iter().map(|set| (set.to_vec(), 1.0)).collect();
        Polynomial::new(n, &terms).unwrap()
    }

    #[test]
    fn labels_are_sums_of_monomials() {
        let terms = [(vec![], 0.25), (vec![3], -2.0), (vec![4, 0, 3], 0.5)];
        let polynomial = Polynomial::new(5, &terms).unwrap();
        assert_labels(&polynomial, |x| {
            0.25 - 2.0 * x[3] + 0.5 * x[4] * x[0] * x[3]
        });
        assert_eq!(polynomial.terms()[2].0, [0, 3, 4]);
        assert_eq!((polynomial.degree(), polynomial.variance()), (3, 4.25));
    }

    #[test]
    fn a_staircase_is_the_polynomial_of_its_prefixes() {
        let steps = [3, 0, 4, 1];
        for k in 1..=4 {
            let staircase = Staircase::new(6, &steps[..k]).unwrap();
            let terms: Vec<_> = (1..=k).map(|j| (steps[..j].to_vec(), 1.0)).collect();
            let polynomial = Polynomial::new(6, &terms).unwrap();
            let cube = Signs::cube(6).unwrap();
            let [mut a, mut b] = [(); 2].map(|()| Array1::<f64>::zeros(64));
            label(&staircase, &cube, &mut a);
            label(&polynomial, &cube, &mut b);
            assert_eq!(a, b);
            assert_eq!(polynomial.support(), staircase.support());
            assert_eq!(polynomial.stages(), vec![1; k]);
        }
    }

    /// The examples of the paper, and the targets of its experiments with curricula.
    #[test]
    fn leaps_are_those_of_the_definition() {
        for k in 1..=5 {
            let all: Vec<usize> = (0..k).collect();
            assert_eq!(sets(7, &[&all]).leap(), k);
        }
        // The staircase, the majority of three, and four sums of two parities.
        assert_eq!(sets(7, &[&[0], &[0, 1], &[0, 1, 2]]).leap(), 1);
        assert_eq!(sets(7, &[&[0], &[1], &[2], &[0, 1, 2]]).leap(), 1);
        assert_eq!(sets(7, &[&[0], &[0, 1, 2]]).leap(), 2);
        assert_eq!(sets(7, &[&[0, 1], &[1, 2]]).leap(), 2);
        // Degree 2 within degree 6; degree 5 and another 6; degree 5 within degree 6, and apart from it.
        assert_eq!(sets(7, &[&[0, 1], &[0, 1, 2, 3, 4, 5]]).leap(), 4);
        let left = sets(12, &[&[0, 1, 2, 3, 4], &[0, 1, 2, 3, 4, 5]]);
        assert_eq!((left.leap(), left.stages()), (5, vec![5, 1]));
        let middle = sets(12, &[&[0, 1, 2, 3, 4], &[5, 6, 7, 8, 9, 10]]);
        assert_eq!(middle.leap(), 6);
        let constant = Polynomial::new(3, &[(vec![], 1.0)]).unwrap();
        assert_eq!((constant.leap(), constant.degree()), (0, 0));
    }

    /// The least maximum over all orders.
    fn by_all_orders(left: &[Vec<usize>], known: &BTreeSet<usize>) -> usize {
        let after = |place: usize| {
            let mut rest = left.to_vec();
            let set = rest.swap_remove(place);
            let leap = set.iter().filter(|i| !known.contains(*i)).count();
            let known = known.iter().copied().chain(set).collect();
            leap.max(by_all_orders(&rest, &known))
        };
        (0..left.len()).map(after).min().unwrap_or(0)
    }

    #[test]
    fn the_greedy_leap_is_the_least_over_all_orders() {
        let rng = &mut LabRng::seed_from_u64(1);
        for _ in 0..500 {
            let mut family = BTreeSet::new();
            for _ in 0..rng.random_range(1..6) {
                let set: Vec<usize> = (0..7).filter(|_| rng.random_bool(0.4)).collect();
                family.insert(set);
            }
            let terms: Vec<_> = family.iter().map(|set| (set.clone(), 1.0)).collect();
            let leap = Polynomial::new(7, &terms).unwrap().leap();
            let family: Vec<_> = family.into_iter().collect();
            assert_eq!(leap, by_all_orders(&family, &BTreeSet::new()), "{family:?}");
        }
    }

    #[test]
    fn terms_that_are_none_are_told() {
        let told = |terms: &[(Vec<usize>, f64)]| Polynomial::new(4, terms).unwrap_err();
        let twice = [(vec![0, 2], 1.0), (vec![1], 1.0), (vec![2, 0], -1.0)];
        assert!(told(&twice).to_string().contains("[0, 2] is given twice"));
        assert!(matches!(told(&[]), Error::Zero { .. }));
        assert!(matches!(
            told(&[(vec![4], 1.0)]),
            Error::SupportRange { .. }
        ));
        assert!(matches!(
            told(&[(vec![1, 1], 1.0)]),
            Error::SupportRepeat { .. }
        ));
        let nan = told(&[(vec![1], f64::NAN)]);
        assert!(matches!(nan, Error::NotFinite { index: 0, .. }));
        assert!(
            told(&[(vec![1], 0.0)])
                .to_string()
                .contains("is 0; leave it out")
        );
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_polynomial_survives_a_file_and_a_bad_one_does_not() {
        let polynomial = Polynomial::new(5, &[(vec![3, 1], 0.5), (vec![], 2.0)]).unwrap();
        let text = serde_json::to_string(&polynomial).unwrap();
        assert_eq!(
            serde_json::from_str::<Polynomial>(&text).unwrap(),
            polynomial
        );
        let bad = text.replace("[1,3]", "[1,5]");
        assert!(serde_json::from_str::<Polynomial>(&bad).is_err());
    }
}
