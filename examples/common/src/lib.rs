//! What the examples, benchmarks and tests of `sparse-parity` share.
//!
//! | module | holds |
//! |---|---|
//! | [`figure`] | the program around a figure of the paper: arguments, runs, findings, files |
//! | [`curves`] | training curves of several trials |
//! | [`contests`] | solvers and SGD on the same instances, for pictures |
//! | [`control`] | runs with controls on random labels |
//! | [`landmarks`] | runs with what several measures say at landmarks |
//! | [`plateau`] | a run through its plateau: loss, weights and their movement |
//! | [`networks`] | networks other than PolyNet, for claims that the paper shows of PolyNet alone |
//! | [`limit`] | limits of the time of tests |
//! | [`medians`] | medians of convergence times as a line with intervals |
//! | [`paper`] | the numbers that the paper's figures show, beside those of this crate |
//! | [`peak`], [`sizes`] | the peak of the processor, and the sizes that are timed |
//! | [`per_example`] | the Transformer example by example, an oracle for the fast one |
//! | [`readable`] | the types of the library that are read from files |
//! | [`regimes`] | fresh examples or passes over a sample, chosen at run time |
//! | [`resampled`] | a statistic with its interval by resampling |
//! | [`runs`], [`programs`], [`sources`] | training runs, examples as programs and files of the repository, for tests |

pub mod contests;
pub mod control;
pub mod curves;
pub mod ends;
pub mod figure;
pub mod landmarks;
pub mod limit;
pub mod medians;
pub mod networks;
pub mod paper;
pub mod peak;
pub mod per_example;
pub mod plateau;
pub mod programs;
pub mod readable;
pub mod regimes;
pub mod resampled;
pub mod runs;
pub mod sizes;
pub mod sources;
