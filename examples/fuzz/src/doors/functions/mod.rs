//! Constructors and functions of numbers.
//!
//! Lists and arrays have the lengths that they have in the input; what is large is a size that is given as a number.

mod analysis;
mod data;
mod figures;
mod networks;
mod optimizers;
mod solvers;
mod statistics;
mod theory;

use crate::Door;
use rand::SeedableRng;
use serde::{Deserialize, Deserializer};
use sparse_parity::activation::Relu;
use sparse_parity::model::{Architecture, Mlp};
use sparse_parity::ndarray::Array2;
use sparse_parity::params::Layout;
use sparse_parity::seeds::LabRng;
use sparse_parity::stats::Bootstrap;
use std::sync::Arc;

/// A real number, or a word for what JSON has none for.
#[derive(Debug, Clone, Copy)]
struct Real(f64);

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(f64),
            Word(String),
        }
        match Form::deserialize(from)? {
            Form::Number(number) => Ok(Real(number)),
            Form::Word(word) => word.parse().map(Real).map_err(serde::de::Error::custom),
        }
    }
}

fn real(numbers: &[Real]) -> Vec<f64> {
    numbers.iter().map(|number| number.0).collect()
}

/// A matrix whose rows have as many numbers as the shortest one.
fn matrix(rows: &[Vec<Real>]) -> Array2<f64> {
    let columns = rows.iter().map(Vec::len).min().unwrap_or(0);
    Array2::from_shape_fn((rows.len(), columns), |(row, column)| rows[row][column].0)
}

fn rng() -> LabRng {
    LabRng::seed_from_u64(1)
}

fn few() -> Bootstrap {
    Bootstrap {
        resamples: 20,
        level: 0.9,
    }
}

fn layout() -> Arc<Layout> {
    Mlp::new(4, 2, Relu).expect("a model").layout().clone()
}

/// n and a support.
type Coordinates = (usize, Vec<usize>);

/// The doors of all rooms.
pub(super) fn doors() -> Vec<Door> {
    [
        data::doors(),
        networks::doors(),
        optimizers::doors(),
        theory::doors(),
        statistics::doors(),
        analysis::doors(),
        solvers::doors(),
        figures::doors(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
