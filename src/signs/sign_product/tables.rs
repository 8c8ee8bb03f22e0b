//! Sums from tables, in which the signs of a row are the place.

use super::row_operation::{
    AddEntries, AxpyRow, KeepAndAdd, KeepAndChoose, Part, load_all, load_to_end,
};
use super::{Axpy, Effect, GROUP, GROUPS, IN_WORD, SignProduct};
use crate::real::Real;
use crate::simd::{Apart, ENTRIES, Prefetch, Strided, Vectors};

impl<F: Real> SignProduct<'_, F> {
    /// Works on W whole vectors of outputs, or on a part of one; with FETCH, the next W are
    /// fetched from a large matrix.
    #[inline(always)]
    pub(super) fn add_strip<S: Vectors<F>, const W: usize, const FETCH: bool>(
        &mut self,
        simd: S,
        scratch: &mut [S::V],
        start: usize,
    ) {
        let groups = self.groups();
        let column = if self.is_axpy() { 0 } else { start };
        let columns = column..self.rows.width().min(column + W * S::LANES);
        let mut begin = match self.effect {
            Effect::Accumulate => None,
            Effect::Replace(None) | Effect::Axpy(_) => Some([simd.zero(); W]),
            Effect::Replace(Some(begin)) => {
                let end = begin.len().min(start + W * S::LANES);
                Some(load_all(simd, &begin[start..end]))
            }
        };
        let next = start + W * S::LANES;
        let prefetch = match &self.effect {
            _ if !FETCH => Prefetch::nothing(),
            Effect::Accumulate => Prefetch::new(self.rows.shared(), next),
            Effect::Replace(_) => Prefetch::new(self.terms, next),
            Effect::Axpy(axpy) => Prefetch::new(axpy.theta.shared(), next),
        };
        let mut first = 0;
        while first < groups {
            // The groups that are left in this word are shared evenly among passes.
            let left = (groups - first).min(IN_WORD - first % IN_WORD);
            let taken = left.div_ceil(left.div_ceil(GROUPS));
            let tables = Tables {
                terms: self.terms.rows_from(first * GROUP).columns_from(start),
                signs: &self.signs[first / IN_WORD * self.word_step..],
                sign_step: self.sign_step,
                shift: first % IN_WORD * GROUP,
            };
            let rows = Part(self.rows.columns(columns.clone()));
            let pass = Pass::<F, S, W, FETCH> {
                tables,
                scratch: &mut *scratch,
                begin: begin.take(),
                rows,
                prefetch: prefetch.share(first, taken, groups),
            };
            match taken {
                1 => simd.apart(Groups::<_, 1>(pass)),
                2 => simd.apart(Groups::<_, 2>(pass)),
                3 => simd.apart(Groups::<_, 3>(pass)),
                4 => simd.apart(Groups::<_, 4>(pass)),
                5 => simd.apart(Groups::<_, 5>(pass)),
                6 => simd.apart(Groups::<_, 6>(pass)),
                7 => simd.apart(Groups::<_, 7>(pass)),
                _ => simd.apart(Groups::<_, GROUPS>(pass)),
            }
            first += taken;
        }
        if let Effect::Axpy(axpy) = &mut self.effect {
            let end = self.width.min(start + W * S::LANES);
            let part = Part(axpy.theta.columns(start..end));
            let axpy = AxpyRow {
                keep: simd.splat(axpy.keep),
                eta: simd.splat(axpy.eta),
                sums: self.rows.shared(),
            };
            part.apply::<S, W, _>(simd, axpy);
        }
    }

    #[inline(always)]
    fn add_group_to_strip<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        scratch: &mut [S::V],
        start: usize,
        len: usize,
    ) {
        let count = self.terms.count();
        let entries = &mut scratch.as_chunks_mut::<W>().0[..1 << count];
        let mut v = [[simd.zero(); W]; GROUP];
        let terms = self.terms.columns_from(start).first_columns(len);
        for (term, v) in v.iter_mut().enumerate() {
            if let Some(term) = terms.get(term) {
                *v = load_to_end(simd, term);
            }
        }
        let begin = match &self.effect {
            Effect::Replace(Some(begin)) => load_to_end(simd, &begin[start..][..len]),
            _ => [simd.zero(); W],
        };
        for w in 0..W {
            let (low, high) = (pairs(simd, v[0][w], v[1][w]), pairs(simd, v[2][w], v[3][w]));
            for (signs, entry) in entries.iter_mut().enumerate() {
                let sum = simd.add(low[signs % 4], high[signs / 4]);
                entry[w] = match &self.effect {
                    Effect::Accumulate => sum,
                    Effect::Replace(_) => simd.add(begin[w], sum),
                    // −(η·sum) is (−η)·sum.
                    Effect::Axpy(axpy) => {
                        simd.times(simd.splat(-axpy.eta), simd.add(begin[w], sum))
                    }
                };
            }
        }
        let (rows, keep) = match &mut self.effect {
            Effect::Accumulate => (&mut self.rows, Some(F::one())),
            Effect::Replace(_) => (&mut self.rows, None),
            Effect::Axpy(Axpy { theta, keep, .. }) => (theta, Some(*keep)),
        };
        let part = Part(rows.columns(start..start + len));
        let keep = keep.map(|keep| simd.splat(keep));
        let (signs, step) = (self.signs, self.sign_step);
        if let &[plus, minus] = &*entries {
            let add = KeepAndChoose {
                keep,
                entries: [plus, minus],
                signs,
                step,
            };
            part.apply_to_end::<S, W, _>(simd, add);
        } else {
            let add = KeepAndAdd {
                keep,
                entries: &*entries,
                signs,
                step,
            };
            part.apply_to_end::<S, W, _>(simd, add);
        }
    }
}

/// Adds the only group there is, for which the table may be smaller and need not be kept long.
pub(super) struct OneGroup<'a, 'p, F: Real, S: Vectors<F>>(
    pub &'p mut SignProduct<'a, F>,
    pub &'p mut [S::V],
);

impl<F: Real, S: Vectors<F>> Apart<F, S> for OneGroup<'_, '_, F, S> {
    #[inline(always)]
    fn run(self, simd: S) {
        let OneGroup(product, scratch) = self;
        let mut start = 0;
        while start < product.width {
            let (vectors, len) = product.strip::<S>(start);
            match vectors {
                1 => product.add_group_to_strip::<S, 1>(simd, scratch, start, len),
                2 => product.add_group_to_strip::<S, 2>(simd, scratch, start, len),
                3 => product.add_group_to_strip::<S, 3>(simd, scratch, start, len),
                _ => product.add_group_to_strip::<S, 4>(simd, scratch, start, len),
            }
            start += len;
        }
    }
}

/// Up to 2⁶ terms, and the signs that rows have for them.
#[derive(Debug)]
struct Tables<'a, F> {
    /// They begin with the strip.
    terms: Strided<'a, F>,
    signs: &'a [u64],
    sign_step: usize,
    /// The place of the first term in a word of signs.
    shift: usize,
}

/// Adds some groups to what the rows begin with, or else to the rows.
struct Pass<'a, F: Real, S: Vectors<F>, const W: usize, const FETCH: bool> {
    tables: Tables<'a, F>,
    scratch: &'a mut [S::V],
    begin: Option<[S::V; W]>,
    rows: Part<'a, F>,
    prefetch: Prefetch<F>,
}

/// A pass over G groups.
struct Groups<P, const G: usize>(P);

impl<F: Real, S: Vectors<F>, const W: usize, const G: usize, const FETCH: bool> Apart<F, S>
    for Groups<Pass<'_, F, S, W, FETCH>, G>
{
    #[inline(always)]
    fn run(self, simd: S) {
        let Pass {
            tables: of,
            scratch,
            begin,
            rows,
            prefetch,
        } = self.0;
        let tables = scratch.as_chunks_mut::<W>().0.as_chunks_mut::<ENTRIES>().0;
        let tables = tables
            .first_chunk_mut::<G>()
            .expect("the scratch is enough");
        for (g, table) in tables.iter_mut().enumerate() {
            for w in 0..W {
                let v = group::<F, S>(simd, of.terms, g * GROUP, w * S::LANES);
                let (low, high) = (pairs(simd, v[0], v[1]), pairs(simd, v[2], v[3]));
                for (signs, entry) in table.iter_mut().enumerate() {
                    entry[w] = simd.add(low[signs % 4], high[signs / 4]);
                }
            }
        }
        let tables = &*tables;
        match begin {
            Some(begin) => of.add::<S, W, G, FETCH, true>(simd, begin, tables, rows, prefetch),
            None => of.add::<S, W, G, FETCH, false>(simd, [simd.zero(); W], tables, rows, prefetch),
        }
    }
}

impl<F: Real> Tables<'_, F> {
    /// Adds an entry of each table to `begin` or to the rows. Which of the two is known before the loop.
    #[inline(always)]
    fn add<S: Vectors<F>, const W: usize, const G: usize, const FETCH: bool, const BEGIN: bool>(
        self,
        simd: S,
        begin: [S::V; W],
        tables: &[[[S::V; W]; ENTRIES]; G],
        part: Part<'_, F>,
        prefetch: Prefetch<F>,
    ) {
        let add = AddEntries::<S::V, W, G, BEGIN> {
            begin,
            tables,
            signs: self.signs,
            step: self.sign_step,
            shift: self.shift,
        };
        if !FETCH {
            return part.apply::<S, W, _>(simd, add);
        }
        // Shares of what is to be fetched go with shares of the rows.
        let Part(mut rows) = part;
        let size = rows.count().div_ceil(G);
        for share in 0..G {
            prefetch.share(share, 1, G).fetch(simd, W);
            let first = rows.count().min(share * size);
            // Few rows are gone before the shares are, and the signs with them.
            if first == rows.count() {
                continue;
            }
            let part = Part(rows.rows(first..rows.count().min(first + size)));
            let signs = &self.signs[first * self.sign_step..];
            part.apply::<S, W, _>(simd, AddEntries { signs, ..add });
        }
    }
}

/// The vector at `place` of four terms, as far as it goes, and +0 where there is no term.
#[inline(always)]
fn group<F: Real, S: Vectors<F>>(
    simd: S,
    terms: Strided<'_, F>,
    first: usize,
    place: usize,
) -> [S::V; GROUP] {
    let mut v = [simd.zero(); GROUP];
    let len = (terms.width() - place).min(S::LANES);
    let terms = terms.columns_from(place).first_columns(len);
    for (term, v) in v.iter_mut().enumerate() {
        if let Some(term) = terms.get(first + term) {
            *v = simd.load(term);
        }
    }
    v
}

/// ±a ± b, in the order of the signs: bit 0 is that of a.
#[inline(always)]
fn pairs<F: Real, S: Vectors<F>>(simd: S, a: S::V, b: S::V) -> [S::V; 4] {
    let opposite = simd.times(simd.splat(-F::one()), a);
    [
        simd.add(a, b),
        simd.sub(b, a),
        simd.sub(a, b),
        simd.sub(opposite, b),
    ]
}
