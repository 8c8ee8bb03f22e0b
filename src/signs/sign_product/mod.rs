//! Rows that take up signed terms, which both products are made of: written once for every width of
//! vector.
//!
//! The 2⁴ sums of a group of four terms are written to a table, in which each row finds its own by
//! four bits (`tables`). Shapes for which that does not pay have paths of their own: a single group of
//! terms (`tables`), a few rows (`few_rows`), and a few outputs, where rows lie side by side in a
//! vector (`few_outputs`).

mod few_outputs;
mod few_rows;
mod row_operation;
mod tables;

use few_outputs::FewOutputs;
use few_rows::FewRows;
use tables::OneGroup;

use crate::real::{Real, WithPrecision};
use crate::simd::{ENTRIES, Kernel, Simd, Strided, StridedMut, Vectors, WithSimd, exceeds_l2};
use std::cell::RefCell;

/// Terms in a group.
const GROUP: usize = 4;
/// Groups that a word of signs holds.
const IN_WORD: usize = 16;
/// The most groups whose tables are kept at a time.
const GROUPS: usize = 8;
/// From this many rows on, a table is worth its 24 additions and 16 stores.
const TABLE_PAYS: usize = 6;
/// Up to this many outputs, vectors are filled with rows.
pub(super) const NARROW: usize = 4;
/// Bytes of the widest strip of outputs.
const STRIP_BYTES: usize = 128;
/// Outputs of the widest strip.
pub(super) const MAX_STRIP: usize = STRIP_BYTES / size_of::<f32>();

/// Signed terms that are added up for every row.
#[derive(Debug)]
pub(super) struct SignProduct<'a, F> {
    /// The number of outputs: how many numbers of a term and of a row count.
    pub width: usize,
    /// The terms, a row each, which may be longer.
    pub terms: Strided<'a, F>,
    /// The signs: those of row t in terms 64·w … are at t·`sign_step` + w·`word_step`.
    pub signs: &'a [u64],
    pub sign_step: usize,
    pub word_step: usize,
    /// The rows, in which numbers behind the outputs may be written to, if there are any.
    pub rows: StridedMut<'a, F>,
    pub effect: Effect<'a, F>,
}

/// The effect of the sums.
#[derive(Debug)]
pub(super) enum Effect<'a, F> {
    /// They are added to the rows.
    Accumulate,
    /// They are added to one number for each output, or to +0, and replace the rows.
    Replace(Option<&'a [F]>),
    /// They are added to +0, and θ becomes keep·θ − η·sum. The rows are scratch for one strip.
    Axpy(Axpy<'a, F>),
}

/// The rows of θ, and the factors of their update.
#[derive(Debug)]
pub(super) struct Axpy<'a, F> {
    pub theta: StridedMut<'a, F>,
    pub keep: F,
    pub eta: F,
}

impl<F: Real> SignProduct<'_, F> {
    /// Computes the sums by a kernel.
    pub(super) fn run_by(self, kernel: Kernel) {
        // Its borrows end here, so that one lifetime is enough for a product and a reference to it.
        let mut product: SignProduct<'_, F> = self;
        F::with_precision::<ByKernel>((kernel, &mut product));
    }
}

/// Leads to the loops of each precision.
struct ByKernel;

impl WithPrecision for ByKernel {
    type Args<'a, F: 'a> = (Kernel, &'a mut SignProduct<'a, F>);

    fn single<'a>(args: (Kernel, &'a mut SignProduct<'a, f32>)) {
        f32::run_with_tables(args);
    }

    fn double<'a>(args: (Kernel, &'a mut SignProduct<'a, f64>)) {
        f64::run_with_tables(args);
    }
}

/// A product, and scratch for the tables of a strip.
struct WithTables<'a, 't, F> {
    product: &'a mut SignProduct<'a, F>,
    tables: &'t mut [F],
}

/// A number for which the loops are compiled.
trait Compiled: Sized {
    fn run_with_tables<'a>(args: (Kernel, &'a mut SignProduct<'a, Self>));
}

/// Begins a cache line.
#[repr(align(64))]
struct OnLine<T>(T);

macro_rules! compile {
    ($F:ty) => {
        impl Compiled for $F {
            fn run_with_tables<'a>((kernel, product): (Kernel, &'a mut SignProduct<'a, $F>)) {
                // As many vectors as the tables of the widest strip have take 16 KiB, half of a small
                // first-level cache. On the stack they would have to be cleared every time.
                const NUMBERS: usize = GROUPS * ENTRIES * STRIP_BYTES / size_of::<$F>();
                thread_local! {
                    static TABLES: RefCell<OnLine<[$F; NUMBERS]>> =
                        const { RefCell::new(OnLine([0.0; NUMBERS])) };
                }
                TABLES.with_borrow_mut(|OnLine(tables)| {
                    kernel.dispatch(WithTables { product, tables });
                });
            }
        }

        impl WithSimd for WithTables<'_, '_, $F> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let tables = <S as Vectors<$F>>::vectors(self.tables);
                if const { <S as Vectors<$F>>::STRIP == 2 } {
                    self.product.run::<S, 2>(simd, tables);
                } else {
                    self.product.run::<S, 4>(simd, tables);
                }
            }
        }
    };
}

compile!(f32);
compile!(f64);

impl<F: Real> SignProduct<'_, F> {
    /// Computes the sums, a strip of W vectors at a time, with scratch for the tables of W vectors.
    #[inline(always)]
    fn run<S: Vectors<F>, const W: usize>(&mut self, simd: S, tables: &mut [S::V]) {
        let (groups, count, is_axpy) = (self.groups(), self.count(), self.is_axpy());
        // The last few outputs of many have rows that do not lie side by side.
        let fills_vectors = match is_axpy {
            true => self.rows.step() <= NARROW,
            false => count >= S::LANES,
        };
        if self.width <= NARROW && fills_vectors {
            return simd.apart(FewOutputs(self));
        }
        if count < TABLE_PAYS && !is_axpy {
            return simd.apart(FewRows(self));
        }
        if groups == 1 {
            return simd.apart(OneGroup::<F, S>(self, tables));
        }
        let is_large = match &self.effect {
            Effect::Accumulate => exceeds_l2(self.rows.shared()),
            Effect::Replace(_) => exceeds_l2(self.terms),
            Effect::Axpy(axpy) => exceeds_l2(axpy.theta.shared()),
        };
        if is_large {
            self.add_strips::<S, W, true>(simd, tables);
        } else {
            self.add_strips::<S, W, false>(simd, tables);
        }
    }

    #[inline(always)]
    fn add_strips<S: Vectors<F>, const W: usize, const FETCH: bool>(
        &mut self,
        simd: S,
        tables: &mut [S::V],
    ) {
        let mut start = 0;
        while start + W * S::LANES <= self.width {
            self.add_strip::<S, W, FETCH>(simd, tables, start);
            start += W * S::LANES;
        }
        while start < self.width {
            if self.width - start <= <S::Half as Vectors<F>>::LANES {
                return self.add_strip::<S::Half, 1, false>(simd.half(), S::halves(tables), start);
            }
            // What is left is less than a whole strip, and the last of these has fetched it.
            self.add_strip::<S, 1, false>(simd, tables, start);
            start += S::LANES;
        }
    }

    /// How many vectors, 1 to 4, the strip of outputs from `start` on has, and how many outputs.
    ///
    /// A last vector that is not whole begins earlier, where it ends with the last output. For that
    /// a strip begins with a whole vector, unless all outputs together are less than one.
    #[inline(always)]
    fn strip<S: Vectors<F>>(&self, start: usize) -> (usize, usize) {
        let left = self.width - start;
        let vectors = match left.div_ceil(S::LANES) {
            5 => 3,
            vectors => vectors.min(4),
        };
        (vectors, left.min(vectors * S::LANES))
    }

    /// Whether the sums change θ, and the rows are scratch.
    #[inline(always)]
    fn is_axpy(&self) -> bool {
        matches!(self.effect, Effect::Axpy(_))
    }

    /// The number of rows.
    #[inline(always)]
    fn count(&self) -> usize {
        self.rows.count()
    }

    /// The number of groups of terms.
    #[inline(always)]
    fn groups(&self) -> usize {
        self.terms.count().div_ceil(GROUP)
    }
}
