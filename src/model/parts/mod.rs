//! What the networks are put together from: maps, products, a readout, and how their gradients are
//! applied.

mod active;
mod affine;
mod factors;
mod gradient_sink;
mod layer_norm;
mod output_bias;
mod readout;
mod tiles;
mod weight_sink;

pub(super) use active::{Active, list_active};
pub(super) use affine::Affine;
pub(super) use factors::{grad_of_product, product};
pub(super) use gradient_sink::{GradientSink, places};
pub(super) use layer_norm::LayerNorm;
pub(super) use output_bias::OutputBias;
pub(super) use readout::{Readout, slopes_of_rows};
pub(crate) use tiles::KEPT;
pub(super) use tiles::{TileRange, Tiles};
pub(super) use weight_sink::WeightSink;
