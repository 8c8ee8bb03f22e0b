/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Stop {
    /// All steps were made; a study counts such a run as censored.
    Budget,
    /// An observer's criterion was met.
    Solved {
        /// The number of updates before the iterate that met it: t_c.
        step: u64,
    },
    /// The loss or an output on the batch is infinite or not a number.
    Diverged {
        /// The number of updates before the iterate at which that was seen.
        step: u64,
    },
    /// An observer ended the run without its criterion being met.
    ///
    /// Statistics count such a run as censored, like one that ended with its budget.
    GivenUp {
        /// The number of updates before the iterate at which it was given up.
        step: u64,
    },
}
