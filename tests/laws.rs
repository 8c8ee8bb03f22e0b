//! Every model obeys the laws of its trait, for random shapes, and each law refuses a fault.

use ndarray::{Array1, ArrayRef1};
use proptest::prelude::*;
use sparse_parity::check::{Broken, model_laws, precision_law};
use sparse_parity::params::Layout;
use sparse_parity::prelude::*;
use std::sync::Arc;

/// All variants of a two-layer network.
fn variants<A: Activation + Clone>(model: Mlp<A>) -> Vec<Mlp<A>> {
    let mut models = vec![model];
    let changes: [fn(Mlp<A>) -> Mlp<A>; 3] = [
        Mlp::without_hidden_bias,
        Mlp::without_output_layer,
        Mlp::with_output_bias,
    ];
    for change in changes {
        models.extend(models.clone().into_iter().map(change));
    }
    models
}

fn laws<M: Model<f32> + Model<f64>>(model: &M, seed: u64) -> Result<(), Broken> {
    model_laws(model, seed)?;
    precision_law(model, seed)
}

fn assert_laws<M: Model<f32> + Model<f64>>(model: &M, seed: u64) {
    if let Err(broken) = laws(model, seed) {
        panic!("{model:?} breaks a law. {broken}");
    }
}

fn assert_laws_of_variants<A: Activation + Clone>(
    n: usize,
    width: usize,
    seed: u64,
    activation: A,
) {
    for model in variants(Mlp::new(n, width, activation).unwrap()) {
        assert_laws(&model, seed);
    }
}

fn assert_laws_of_deep_variants<A: Activation + Clone>(
    n: usize,
    widths: &[usize],
    seed: u64,
    activation: A,
) {
    let model = DeepMlp::new(n, widths, activation).unwrap();
    assert_laws(&model, seed);
    assert_laws(&model.clone().with_output_bias(), seed);
    assert_laws(&model.without_hidden_biases(), seed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn two_layer_networks_obey_the_laws(
        n in 1_usize..70, width in 1_usize..20, k in 1_usize..6, seed: u64,
    ) {
        assert_laws_of_variants(n, width, seed, Relu);
        assert_laws_of_variants(n, width, seed, Sine);
        assert_laws_of_variants(n, width, seed, Power::new(k).unwrap());
    }

    #[test]
    fn two_layer_networks_of_the_activations_through_the_labels_obey_the_laws(
        n in 1_usize..70, width in 1_usize..20, k in 1_usize..6, seed: u64,
    ) {
        assert_laws_of_variants(n, width, seed, Zigzag::new(k).unwrap());
        assert_laws_of_variants(n, width, seed, Zigzag::new(k).unwrap().clamped());
        assert_laws_of_variants(n, width, seed, OscillatingPolynomial::new(k).unwrap());
        assert_laws_of_variants(n, width, seed, InfiniteZigzag::new(k).unwrap());
        assert_laws_of_variants(n, width, seed, Scaled::inverse_sqrt(Sine, n).unwrap());
        assert_laws_of_variants(n, width, seed, Scaled::new(Relu, 0.7).unwrap());
    }

    #[test]
    fn deep_networks_obey_the_laws(
        n in 1_usize..70, widths in prop::collection::vec(1_usize..20, 1..4), seed: u64,
    ) {
        assert_laws_of_deep_variants(n, &widths, seed, Relu);
        assert_laws_of_deep_variants(n, &widths, seed, Sine);
        // Powers of powers of sums of many terms would overflow.
        let widths: Vec<_> = widths.iter().map(|width| width % 4 + 1).collect();
        assert_laws_of_deep_variants(n % 10 + 1, &widths, seed, Power::new(2).unwrap());
    }

    #[test]
    fn disjoint_polynets_obey_the_laws(block in 1_usize..40, k in 1_usize..7, seed: u64) {
        let model = DisjointPolyNet::new(block * k, k).unwrap();
        assert_laws(&model, seed);
        assert_laws(&model.with_output_bias(), seed);
    }

    #[test]
    fn polynets_obey_the_laws(n in 1_usize..70, k in 1_usize..7, seed: u64) {
        let model = PolyNet::new(n, k).unwrap();
        assert_laws(&model, seed);
        assert_laws(&model.clone().without_bias(), seed);
        assert_laws(&model.with_output_bias(), seed);
    }

    #[test]
    fn each_law_refuses_its_fault(n in 2_usize..70, k in 2_usize..5, seed: u64) {
        for (fault, law) in [
            (Fault::Doubled, "the gradient is the derivative"),
            (Fault::Overwrites, "the gradient adds"),
            (Fault::Unsilenced, "examples with d_out = 0 add nothing"),
            (Fault::Overflows, "examples with d_out = 0 add nothing"),
            (Fault::SizeMatters, "a batch gives what its rows give"),
            (Fault::Counts, "a used cache is as good as new"),
            (Fault::Shrinks, "a used cache is as good as new"),
            (Fault::ThreeDigits, "single precision agrees with double precision"),
        ] {
            let broken = laws(&Faulty(PolyNet::new(n, k).unwrap(), fault), seed).unwrap_err();
            assert!(broken.to_string().starts_with(law), "{fault:?}: {broken}");
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// The gradient is twice the derivative.
    Doubled,
    /// The gradient replaces what was there.
    Overwrites,
    /// Examples with d_out = 0 are given another weight.
    Unsilenced,
    /// Examples with d_out = 0 add 0 times their gradient.
    Overflows,
    /// The outputs depend on the size of the batch.
    SizeMatters,
    /// The outputs depend on how often the cache was used.
    Counts,
    /// Rows beyond the smallest batch that the cache has seen are left out of the gradient.
    Shrinks,
    /// Single precision has three digits.
    ThreeDigits,
}

/// A product with a fault.
#[derive(Debug)]
struct Faulty(PolyNet, Fault);

struct FaultyCache<C> {
    inner: C,
    uses: usize,
    smallest: usize,
}

impl Architecture for Faulty {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn layout(&self) -> &Arc<Layout> {
        self.0.layout()
    }
}

impl<F: Real> Model<F> for Faulty {
    type Cache = FaultyCache<<PolyNet as Model<F>>::Cache>;

    fn cache(&self, batch: usize) -> Self::Cache {
        FaultyCache {
            inner: self.0.cache(batch),
            uses: 0,
            smallest: batch,
        }
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        out: &mut ArrayRef1<F>,
    ) {
        self.0.forward(theta, x, &mut cache.inner, out);
        cache.uses += 1;
        cache.smallest = cache.smallest.min(x.rows());
        match self.1 {
            Fault::SizeMatters => *out += F::of(x.rows() as f64),
            Fault::Counts => *out += F::of(cache.uses as f64),
            Fault::ThreeDigits if F::epsilon() > F::of(1e-10) => {
                out.mapv_inplace(|f| f + F::of(1e-3) * (F::one() + f.abs()));
            }
            _ => {}
        }
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let mut d_out: Array1<F> = d_out.to_owned();
        match self.1 {
            Fault::Doubled => d_out *= F::of(2.0),
            Fault::Overwrites => into.fill(F::zero()),
            Fault::Unsilenced => {
                d_out.mapv_inplace(|d| if d == F::zero() { F::of(1e-3) } else { d });
            }
            Fault::Overflows => {
                d_out.mapv_inplace(|d| if d == F::zero() { F::of(1e-30) } else { d });
            }
            Fault::Shrinks => {
                d_out
                    .iter_mut()
                    .skip(cache.smallest)
                    .for_each(|d| *d = F::zero());
            }
            _ => {}
        }
        self.0.grad(theta, x, &mut cache.inner, &d_out, into);
    }
}
