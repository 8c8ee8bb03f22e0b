//! The traits and the types of the front page: `use sparse_parity::prelude::*`.

pub use crate::activation::{
    Activation, Gelu, InfiniteZigzag, OscillatingPolynomial, Power, Relu, Scaled, Silu, Sine,
    Softplus, Tanh, Zigzag,
};
pub use crate::data::{
    Batch, BatchStream, Biased, Conjunction, Curriculum, Disjunction, Epochs, Inputs, Junta,
    Labelled, Majority, Mixture, Multitask, Online, Parity, ParityDistribution, Polynomial,
    Population, RandomLabels, Sampler, Staircase, Target, Uniform,
};
#[cfg(feature = "serde")]
pub use crate::experiment::Experiment;
pub use crate::loss::{Correlation, CrossEntropy, Hinge, Loss, Square, StableMax};
pub use crate::measure::{
    BatchError, BatchLoss, Convergence, Criteria, ErrorRate, Interval, LargestWeight, Measure,
    NeuronGap, Patience, Reached, Recorder, RunningAccuracy, RunningLoss, ValidationLoss,
    WeightMovement, WeightTrace,
};
pub use crate::model::{
    Architecture, Centered, DeepMlp, DisjointPolyNet, Mlp, Model, PolyNet, Transformer,
};
pub use crate::optim::{
    Adam, AdamW, ClipNorm, Decay, Egalitarian, Filter, Filtered, GrokfastEma, GrokfastMa, Langevin,
    Momentum, Optimizer, Projected, Projection, Pull, Pulled, Rule, Rules, Schedule, Sgd, SignSgd,
};
pub use crate::params::{Init, Params};
pub use crate::real::Real;
pub use crate::seeds::{Purpose, Seeds};
pub use crate::signs::Signs;
pub use crate::train::{Observer, Snapshot, Stop, Trainer};
