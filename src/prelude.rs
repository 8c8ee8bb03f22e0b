//! The traits and the types of the front page: `use sparse_parity::prelude::*`.

pub use crate::activation::{
    Activation, InfiniteZigzag, OscillatingPolynomial, Power, Relu, Scaled, Sine, Zigzag,
};
pub use crate::data::{
    Batch, BatchStream, Epochs, Online, Parity, ParityDistribution, Population, RandomLabels,
    Sampler, Target,
};
pub use crate::loss::{Correlation, CrossEntropy, Hinge, Loss, Square};
pub use crate::measure::{
    BatchError, BatchLoss, Convergence, ErrorRate, Interval, LargestWeight, Measure, Recorder,
    WeightMovement, WeightTrace,
};
pub use crate::model::{Architecture, DeepMlp, DisjointPolyNet, Mlp, Model, PolyNet};
pub use crate::optim::{Adam, Decay, Optimizer, Rule, Rules, Schedule, Sgd};
pub use crate::params::{Init, Params};
pub use crate::real::Real;
pub use crate::seeds::{Purpose, Seeds};
pub use crate::signs::Signs;
pub use crate::train::{Observer, Snapshot, Stop, Trainer};
