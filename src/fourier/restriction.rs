//! Functions of some of the coordinates: the others fixed, or averaged over.

use super::blocks::{evaluate, fill_subcubes};
use super::set::mask;
use super::spectrum::{Spectrum, values};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::signs::Signs;

impl<F: Real> Spectrum<F> {
    /// The spectrum of the restriction of f to the subcube where all coordinates but those of
    /// `free` are as in row `row` of `x`.
    ///
    /// Coordinate j of the restriction is the j-th smallest one of `free`, $`J`$. With z for the rest,
    ///
    /// ```math
    /// \widehat{f_{J \mid z}}(T) = \sum_{U \subseteq [n] \setminus J} \hat f(T \cup U) \, \chi_U(z) ,
    /// \qquad T \subseteq J .
    /// ```
    ///
    /// Source: O'Donnell, section 3.3.
    ///
    /// ```
    /// use sparse_parity::fourier::Spectrum;
    /// use sparse_parity::signs::Signs;
    ///
    /// let max = Spectrum::of_values(vec![1.0, 1.0, 1.0, -1.0])?;
    /// let minus = Signs::from_array(&ndarray::array![[1.0, -1.0]])?;
    /// // max(x₀, −1) = x₀
    /// assert_eq!(max.restrict(&[0], &minus, 0)?.coefficients(), [0.0, 1.0]);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::SupportRange`] and [`Error::SupportRepeat`] for `free`, [`Error::Mismatch`] if x has
    /// another dimension or no such row.
    pub fn restrict(&self, free: &[usize], x: &Signs, row: usize) -> Result<Self> {
        check_row(self.n, x, row)?;
        self.without_others(free, |i| {
            let negative = x.is_negative(row, i);
            Some(match &self.distribution {
                None if negative => -F::one(),
                None => F::one(),
                Some(distribution) => F::of(distribution[i].phi(negative)),
            })
        })
    }

    /// The spectrum of the mean of f over all coordinates but those of `onto`: its coefficients
    /// are those of f at the subsets of `onto`.
    ///
    /// Coordinate j of the result is the j-th smallest one of `onto`. Source: O'Donnell, section 3.3.
    ///
    /// # Errors
    /// [`Error::SupportRange`], [`Error::SupportRepeat`].
    pub fn average(&self, onto: &[usize]) -> Result<Self> {
        self.without_others(onto, |_| None)
    }

    /// The spectrum of the restriction of a function of any number n of coordinates to a subcube,
    /// from its 2ᵏ values there, k = |`free`|.
    ///
    /// All coordinates but those of `free` are as in row `row` of `x`, which has n columns;
    /// coordinate j of the spectrum is the j-th smallest one of `free`. `f(x, out)` writes a value
    /// for each row of x, at most 2¹² of them at a time.
    ///
    /// ```
    /// use sparse_parity::fourier::Spectrum;
    /// use sparse_parity::signs::{Columns, Signs};
    ///
    /// let parity = Columns::new(100, &[3, 50, 99])?;
    /// let all_plus = Signs::ones(1, 100)?;
    /// let spectrum = Spectrum::of_subcube(&[3, 4, 99], &all_plus, 0, |x, out: &mut [f64]| {
    ///     parity.product(x, &mut ndarray::ArrayViewMut1::from(out));
    /// })?;
    /// assert_eq!(spectrum.coefficient(&[0, 2])?, 1.0); // coordinates 3 and 99
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Zero`] if `free` is empty, [`Error::TooLarge`] if it has more than 30 coordinates,
    /// and those of [`restrict`](Spectrum::restrict); [`Error::NotFinite`].
    pub fn of_subcube(
        free: &[usize],
        x: &Signs,
        row: usize,
        mut f: impl FnMut(&Signs, &mut [F]),
    ) -> Result<Self> {
        let n = x.dim();
        let free = super::set::sorted(n, free)?;
        check_row(n, x, row)?;
        let mut values = values(free.len())?;
        let mut rest = Signs::ones(1, n)?;
        rest.copy_row(0, x, row);
        let fill = |first, x: &mut Signs| fill_subcubes(x, first, &free, &rest);
        evaluate(n, &mut values, fill, &mut f)?;
        Spectrum::of_values(values)
    }

    /// The spectrum on the coordinates of `keep`.
    ///
    /// Each other coordinate is fixed where its basis function has the value `phi`, or averaged over
    /// where `phi` is `None`.
    fn without_others(&self, keep: &[usize], phi: impl Fn(usize) -> Option<F>) -> Result<Self> {
        let keep = mask(self.n, keep)?;
        let kept = |i: &usize| keep >> i & 1 == 1;
        let mut c = self.coefficients.clone();
        for i in (0..self.n).rev().filter(|i| !kept(i)) {
            let (step, phi) = (1 << i, phi(i));
            for (to, from) in (0..c.len()).step_by(2 * step).enumerate() {
                for j in 0..step {
                    let (low, high) = (c[from + j], c[from + step + j]);
                    c[to * step + j] = phi.map_or(low, |phi| low + phi * high);
                }
            }
            c.truncate(c.len() / 2);
        }
        let distribution = self.distribution.as_ref();
        let distribution = distribution
            .map(|distribution| (0..self.n).filter(kept).map(|i| distribution[i]).collect());
        Ok(Spectrum {
            distribution,
            ..Spectrum::of_coefficients(c)?
        })
    }
}

fn check_row(n: usize, x: &Signs, row: usize) -> Result<()> {
    if x.dim() != n {
        return Err(Error::Mismatch {
            what: "the dimension of the fixed signs",
            expected: n,
            found: x.dim(),
            repair: "give a row with all coordinates; those that are free make no difference",
        });
    }
    if row >= x.rows() {
        return Err(Error::Mismatch {
            what: "the number of rows of the fixed signs",
            expected: row.saturating_add(1),
            found: x.rows(),
            repair: "choose a row that exists, counted from 0",
        });
    }
    Ok(())
}
