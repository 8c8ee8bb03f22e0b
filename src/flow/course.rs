/// Why a solution ended; none of these is an error.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FlowEnd {
    /// The last of the times was reached.
    Complete,
    /// The observer broke off.
    Stopped,
    /// No step is small enough any more, or a slope is infinite or not a number, as where the solution
    /// becomes infinite.
    Singular,
    /// The budget of steps is used up.
    Budget,
}

/// How far a solution went and what it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// Why it ended.
    pub end: FlowEnd,
    /// The time that was reached, or the time shown when the observer broke off.
    pub time: f64,
    /// The number of steps, rejected ones included.
    pub steps: usize,
    /// The number of evaluations of F.
    pub evaluations: usize,
}
