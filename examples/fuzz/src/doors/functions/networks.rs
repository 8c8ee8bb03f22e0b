//! Networks and activations.

use super::{Coordinates, Real};
use crate::Door;
use sparse_parity::Error;
use sparse_parity::activation::{
    Activation, Facts, InfiniteZigzag, OscillatingPolynomial, Power, Relu, Scaled, Sine, Zigzag,
};
use sparse_parity::model::{Architecture, DeepMlp, DisjointPolyNet, Mlp, PolyNet, Transformer};

fn described(model: &impl Architecture) -> (usize, usize) {
    (model.dim(), model.layout().len())
}

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::function("mlp", |(n, width): (usize, usize)| {
            Mlp::new(n, width, Relu).map(|model| described(&model))
        }),
        Door::function("deep_mlp", |(n, widths): Coordinates| {
            DeepMlp::new(n, &widths, Relu).map(|model| described(&model))
        }),
        Door::function("polynet", |(n, k): (usize, usize)| {
            PolyNet::new(n, k).map(|model| described(&model))
        }),
        Door::function("disjoint_polynet", |(n, k): (usize, usize)| {
            DisjointPolyNet::new(n, k).map(|model| described(&model))
        }),
        Door::function(
            "transformer",
            |(n, d, heads, width): (usize, usize, usize, usize)| {
                Transformer::new(n, d, heads)?
                    .with_mlp_width(width)
                    .map(|model| described(&model))
            },
        ),
        Door::function("activations", |(k, x): (usize, Real)| {
            let values = [
                Zigzag::new(k)?.value(x.0),
                InfiniteZigzag::new(k)?.value(x.0),
                OscillatingPolynomial::new(k)?.value(x.0),
                Power::new(k)?.value(x.0),
            ];
            Ok::<_, Error>(values)
        }),
        Door::function("facts", |(n, k): (usize, usize)| facts(n, k)),
        Door::function("scaled", |(factor, n): (Real, usize)| {
            Scaled::inverse_sqrt(Sine, n)?;
            Scaled::new(Sine, factor.0)
        }),
    ]
}

fn facts(n: usize, k: usize) -> sparse_parity::Result<Vec<Facts>> {
    use sparse_parity::activation::ActivationKind as Kind;
    [Kind::Relu, Kind::Sine]
        .into_iter()
        .map(|kind| kind.facts(n, k))
        .collect()
}
