//! Every model obeys the laws of its trait, for random shapes, and each law refuses a fault.

use ndarray::{Array1, ArrayRef1};
use proptest::prelude::*;
use sparse_parity::activation::ActivationKind;
use sparse_parity::check::{Broken, loss_identities, model_identities, model_laws, precision_law};
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
        assert_laws_of_variants(n, width, seed, Gelu);
        assert_laws_of_variants(n, width, seed, Silu);
        assert_laws_of_variants(n, width, seed, Softplus);
        assert_laws_of_variants(n, width, seed, Tanh);
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
    fn centered_networks_obey_the_laws(n in 1_usize..70, width in 1_usize..20, seed: u64) {
        let model = Mlp::new(n, width, Relu).unwrap().with_output_bias();
        let start = Params::<f64>::draw(model.layout(), &mut Seeds::from(seed).stream(Purpose::Eval));
        let centered = Centered::new(model, start, 1.5).unwrap();
        if let Err(broken) = model_laws(&centered, seed) {
            panic!("{centered:?} breaks a law. {broken}");
        }
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

/// Fails unless the variants of a model have different identities.
fn assert_identities<M: Model<f64>>(variants: &[M]) {
    model_identities(variants, 1).unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn every_setting_of_a_network_is_in_its_identity() -> sparse_parity::Result<()> {
    let mut two_layers = variants(Mlp::new(7, 4, Relu)?);
    two_layers.extend([Mlp::new(8, 4, Relu)?, Mlp::new(7, 5, Relu)?]);
    for init in [Init::Xavier, Init::Sign, Init::Ones] {
        two_layers.push(Mlp::new(7, 4, Relu)?.with_init(init)?);
    }
    assert_identities(&two_layers);
    let power = |k| Mlp::new(7, 4, Power::new(k)?);
    assert_identities(&[power(2)?, power(3)?]);
    let scaled = |scale| Mlp::new(7, 4, Scaled::new(Relu, scale)?);
    assert_identities(&[scaled(0.5)?, scaled(0.7)?]);

    let deep = || DeepMlp::new(7, &[4, 3], Relu);
    assert_identities(&[
        deep()?,
        DeepMlp::new(8, &[4, 3], Relu)?,
        DeepMlp::new(7, &[3, 4], Relu)?,
        deep()?.with_init(Init::Xavier)?,
        deep()?.without_hidden_biases(),
        deep()?.with_output_bias(),
    ]);
    let factors = || PolyNet::new(6, 3);
    assert_identities(&[
        factors()?,
        PolyNet::new(7, 3)?,
        PolyNet::new(6, 2)?,
        factors()?.with_init(Init::Xavier)?,
        factors()?.without_bias(),
        factors()?.with_output_bias(),
    ]);
    let disjoint = || DisjointPolyNet::new(6, 3);
    assert_identities(&[
        disjoint()?,
        DisjointPolyNet::new(9, 3)?,
        DisjointPolyNet::new(6, 2)?,
        disjoint()?.with_init(Init::Sign)?,
        disjoint()?.with_output_bias(),
    ]);
    let transformer = || Transformer::new(6, 8, 2);
    assert_identities(&[
        transformer()?,
        Transformer::new(7, 8, 2)?,
        Transformer::new(6, 16, 2)?,
        Transformer::new(6, 8, 4)?,
        transformer()?.with_mlp_width(5)?,
        transformer()?.with_init(Init::Xavier)?,
        transformer()?.with_residual(),
        transformer()?.without_output_bias(),
        transformer()?.with_layer_norm()?,
        transformer()?.without_scaled_scores(),
        transformer()?.with_per_head_init(),
        transformer()?.with_activation(ActivationKind::Gelu)?,
    ]);
    Ok(())
}

#[test]
fn losses_differ_in_their_identities() {
    let losses: [Box<dyn Loss<f64>>; 5] = [
        Box::new(Hinge),
        Box::new(Square),
        Box::new(CrossEntropy),
        Box::new(Correlation),
        Box::new(StableMax),
    ];
    loss_identities(&losses).unwrap();
}

/// Forgets its setting.
#[derive(Debug)]
struct Tilted(f64);

impl Loss<f64> for Tilted {
    fn value(&self, y: f64, f: f64) -> f64 {
        self.0 * (f - y)
    }
    fn slope(&self, _: f64, _: f64) -> f64 {
        self.0
    }
    fn identity(&self) -> String {
        "Tilted".into()
    }
}

#[test]
fn a_forgotten_setting_is_found() {
    let factors = || PolyNet::new(6, 3).unwrap();
    let faulty = [Fault::Doubled, Fault::SizeMatters].map(|fault| Faulty(factors(), fault));
    let broken = model_identities(&faulty, 1).unwrap_err().to_string();
    assert!(
        broken.starts_with("what differs has another identity"),
        "{broken}"
    );
    assert!(broken.contains("models 0 and 1"), "{broken}");
    assert_identities(&[factors(), factors()]);

    loss_identities(&[Tilted(0.5), Tilted(0.5)]).unwrap();
    let broken = loss_identities(&[Tilted(0.5), Tilted(0.6)]).unwrap_err();
    assert!(broken.to_string().contains("losses 0 and 1"), "{broken}");
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

    fn identity(&self) -> String {
        // The fault is forgotten.
        self.0.identity()
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
