/// What finding an answer has cost: counts of what was read, asked and computed, by rules that are the same for all
/// solvers.
///
/// No clock is among them, so that a ledger is a result like any other: the same for the same seed on every machine,
/// whatever the number of threads and the width of the vectors.
///
/// ```
/// use sparse_parity::access::Ledger;
///
/// let mut ledger = Ledger::default();
/// ledger.asks(1, 0.1);
/// ledger.asks(1, 0.05);
/// assert_eq!((ledger.statistical, ledger.finest), (2, Some(0.05)));
/// assert!((ledger.stands_for - 500.0).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Ledger {
    /// Examples drawn, read or not. One that is used twice counts once.
    pub examples: u64,
    /// Inputs at which the function was asked for; a pair of inputs counts two.
    pub queries: u64,
    /// Rounds of queries: those of a round do not depend on each other's answers.
    pub rounds: u64,
    /// Answers to statistical queries.
    pub statistical: u64,
    /// The smallest tolerance τ of a statistical query.
    pub finest: Option<f64>,
    /// Σ 1/τ² over the statistical queries: about as many examples would give such answers.
    pub stands_for: f64,
    /// Operations on words of 64 bits of data: XOR, AND, the count of set bits, comparison, addition to a table. One on a
    /// vector counts as often as it has words; loads, addresses and the control of loops do not count.
    pub words: u64,
    /// Accesses to random places of a table of more than 32 KiB.
    pub probes: u64,
    /// Multiplications of real numbers with an addition.
    pub multiply_adds: u64,
    /// Supports that were compared with labels.
    pub candidates: u64,
    /// Attempts with new coins.
    pub attempts: u64,
    /// The most bytes of memory that were in use at a time, without the examples.
    pub bytes: u64,
}

impl Ledger {
    /// Counts some statistical queries of tolerance τ.
    pub fn asks(&mut self, queries: u64, tolerance: f64) {
        self.statistical += queries;
        self.finest = Some(
            self.finest
                .map_or(tolerance, |finest| finest.min(tolerance)),
        );
        self.stands_for += queries as f64 / (tolerance * tolerance);
    }

    /// Takes up that this many bytes are in use at a time.
    pub fn holds(&mut self, bytes: u64) {
        self.bytes = self.bytes.max(bytes);
    }
}
