//! What networks are put together from, for networks of your own: an [`Affine`] map behind signs or behind another
//! layer, the linear [`Readout`], and the [`Active`] examples, to which a backward pass is confined.
//!
//! A part declares its blocks in a layout, computes its outputs, and adds its gradient. A two-layer network with an
//! activation that is not a function of one number:
//!
//! ```
//! use ndarray::{Array2, ArrayRef1};
//! use sparse_parity::model::parts::{Active, Affine, Readout};
//! use sparse_parity::params::{Init, Layer, Layout};
//! use sparse_parity::prelude::*;
//! use std::sync::Arc;
//!
//! /// f(x) = Σⱼ uⱼ (aⱼ·x)(bⱼ·x).
//! #[derive(Debug)]
//! struct Gated {
//!     layout: Arc<Layout>,
//!     maps: [Affine; 2],
//!     readout: Readout,
//! }
//!
//! impl Gated {
//!     fn new(n: usize, width: usize) -> sparse_parity::Result<Self> {
//!         let (mut layout, init) = (Layout::default(), Init::default());
//!         let values = init.affine(Layer::First, n, width)?;
//!         let maps = ["value", "gate"].map(|layer| {
//!             Affine::declare(&mut layout, layer, (width, n), values.clone(), false)
//!         });
//!         let readout = Readout::declare(&mut layout, width, init, true, false)?;
//!         Ok(Gated { layout: layout.into(), maps, readout })
//!     }
//! }
//!
//! impl Architecture for Gated {
//!     fn dim(&self) -> usize {
//!         self.maps[0].inputs()
//!     }
//!     fn layout(&self) -> &Arc<Layout> {
//!         &self.layout
//!     }
//! }
//!
//! impl<F: Real> Model<F> for Gated {
//!     type Cache = (Active, [Array2<F>; 2]);
//!
//!     fn cache(&self, batch: usize) -> Self::Cache {
//!         (Active::new(batch, self.dim()), Default::default())
//!     }
//!     fn forward(&self, theta: &Params<F>, x: &Signs, (_, [a, b]): &mut Self::Cache, out: &mut ArrayRef1<F>) {
//!         self.maps[0].forward(theta, x, a);
//!         self.maps[1].forward(theta, x, b);
//!         self.readout.forward(theta, &(&*a * &*b), out);
//!     }
//!     fn grad(
//!         &self, theta: &Params<F>, x: &Signs, (active, z): &mut Self::Cache,
//!         d_out: &ArrayRef1<F>, into: &mut Params<F>,
//!     ) {
//!         let (x, d_out, [a, b]) = active.select(x, d_out, z);
//!         let d = self.readout.grad(theta, &(&a * &b), &d_out, into);
//!         self.maps[0].grad(x, &(&d * &b), into);
//!         self.maps[1].grad(x, &(d * a), into);
//!     }
//! }
//!
//! sparse_parity::check::model_laws(&Gated::new(9, 5)?, 1).unwrap();
//! # Ok::<(), sparse_parity::Error>(())
//! ```

mod activated;
mod active;
mod affine;
mod factors;
mod gradient_sink;
mod layer_norm;
mod output_bias;
mod readout;
mod tiles;
mod weight_sink;

pub(super) use activated::{Activated, Slopes};
pub use active::Active;
pub(super) use active::list_active;
pub use affine::Affine;
pub(super) use factors::{grad_of_product, product};
pub(super) use gradient_sink::{GradientSink, places};
pub(super) use layer_norm::LayerNorm;
pub(super) use output_bias::OutputBias;
pub use readout::Readout;
pub(crate) use tiles::KEPT;
pub(super) use tiles::{TileRange, Tiles};
pub(super) use weight_sink::WeightSink;
