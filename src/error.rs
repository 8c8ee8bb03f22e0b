//! The error type of the crate: each variant says what is wrong with an input, and how to repair it.

/// A value that the crate cannot use.
///
/// Every variant carries the offending numbers, and the messages name the repair. A run
/// that diverges or does not finish is no error: see [`Stop`](crate::train::Stop).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A size that must be positive is zero.
    #[error("{what} is 0; use at least 1")]
    Zero {
        /// The name of the size.
        what: &'static str,
    },
    /// A size beyond what can be computed with; much smaller ones may already exceed the memory.
    #[error("{what} is {value}; use at most {most}")]
    TooLarge {
        /// The name of the size.
        what: &'static str,
        /// Its value.
        value: usize,
        /// The largest value allowed.
        most: usize,
    },
    /// A size within what can be computed with, for which this system has no memory.
    #[error(
        "{what} takes {bytes} bytes, and there is no memory for them; use less, or a machine with more"
    )]
    NoMemory {
        /// What takes the memory.
        what: &'static str,
        /// The bytes that it takes.
        bytes: usize,
    },
    /// The degree k of a target is 0 or above n.
    #[error("a target on k = {k} among n = {n} coordinates does not exist; choose 1 <= k <= n")]
    Degree {
        /// The requested number of relevant coordinates.
        k: usize,
        /// The number of coordinates.
        n: usize,
    },
    /// A coordinate of the support lies outside `0..n`.
    #[error(
        "coordinate {index} of the support {support:?} does not exist; coordinates are counted from 0 and must be below n = {n}"
    )]
    SupportRange {
        /// The coordinate outside `0..n`.
        index: usize,
        /// The whole support.
        support: Vec<usize>,
        /// The number of coordinates.
        n: usize,
    },
    /// A coordinate stands in the support twice.
    #[error(
        "coordinate {index} stands twice in the support {support:?}, and its square is always 1; list each coordinate once"
    )]
    SupportRepeat {
        /// The repeated coordinate.
        index: usize,
        /// The whole support.
        support: Vec<usize>,
    },
    /// A monomial is given twice.
    #[error("the monomial {set:?} is given twice; add up its coefficients, and list it once")]
    RepeatedMonomial {
        /// Its coordinates, ascending.
        set: Vec<usize>,
    },
    /// The coordinates cannot be cut into equal blocks.
    #[error("n = {n} coordinates cannot be cut into k = {k} equal blocks; make n a multiple of k")]
    Blocks {
        /// The number of coordinates.
        n: usize,
        /// The number of blocks.
        k: usize,
    },
    /// A disjoint parity must have one coordinate in each block.
    #[error(
        "the support {support:?} has {found} coordinates in block {block} (coordinates {start}..{end}); choose exactly one in each block"
    )]
    SupportBlock {
        /// The whole support.
        support: Vec<usize>,
        /// The block, counted from 0.
        block: usize,
        /// How many coordinates of the support lie in it.
        found: usize,
        /// The first coordinate of the block.
        start: usize,
        /// The first coordinate after the block.
        end: usize,
    },
    /// A majority over an even number of coordinates, which can tie.
    #[error("a majority of k = {k} coordinates can tie; add or remove a coordinate")]
    EvenMajority {
        /// The number of coordinates.
        k: usize,
    },
    /// An odd degree for a theorem about parities of even degree.
    #[error("the theorem is about even degrees, and k = {k} is odd; add or remove a coordinate")]
    OddDegree {
        /// The number of relevant coordinates.
        k: usize,
    },
    /// An entry of a truth table is neither +1 nor −1.
    #[error("entry {index} of the truth table is {value}; every entry must be +1 or -1")]
    TableEntry {
        /// The index of the entry, counted from 0.
        index: usize,
        /// The entry.
        value: i8,
    },
    /// The probability of a −1 outside `(0, 1)`.
    #[error(
        "coordinate {coordinate} is to be -1 with probability p = {p}, which is not in (0, 1); choose a p between, or leave a constant coordinate out"
    )]
    Bias {
        /// The coordinate, counted from 0; the first if all have the same probability.
        coordinate: usize,
        /// The probability.
        p: f64,
    },
    /// A flip probability outside `[0, 1/2)`.
    #[error(
        "a label noise of p = {p} is not in [0, 1/2), and at 1/2 labels carry no information; choose a smaller p"
    )]
    Noise {
        /// The flip probability.
        p: f64,
    },
    /// A target accuracy outside `(1/2, 1]`.
    #[error(
        "a target accuracy of {accuracy} is not in (0.5, 1]; a coin reaches 0.5, so choose one above"
    )]
    Accuracy {
        /// The accuracy.
        accuracy: f64,
    },
    /// A criterion of convergence that is given twice.
    #[error("the criterion {criterion} is given twice; list each criterion once")]
    RepeatedCriterion {
        /// The criterion, in its short form.
        criterion: String,
    },
    /// A number that must be finite and not negative.
    #[error("{what} = {value} is not a finite number >= 0; choose one")]
    Negative {
        /// The name of the number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number that must be finite and positive.
    #[error("{what} = {value} is not a finite number > 0; choose one")]
    NotPositive {
        /// The name of the number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number that must lie in `[0, 1)`.
    #[error("{what} = {value} is not in [0, 1); choose a value below 1")]
    Fraction {
        /// The name of the number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number outside its range.
    #[error("{what} = {value} is not in {range}; choose a value in it")]
    OutOfRange {
        /// The name of the number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The range, as an interval.
        range: &'static str,
    },
    /// A value of a function beyond the bound stated for the function.
    #[error(
        "the function takes the value {value}, beyond the stated bound {bound}; state a larger bound, or divide the function"
    )]
    Unbounded {
        /// The value.
        value: f64,
        /// The bound.
        bound: f64,
    },
    /// An entry of a matrix of signs is neither +1 nor −1.
    #[error("entry [{row}, {column}] is {value}; every entry of a sign matrix must be +1 or -1")]
    NotASign {
        /// The row of the entry.
        row: usize,
        /// The column of the entry.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// More examples asked for than a given sample has left.
    #[error("{asked} examples are asked for and {left} are left; give a larger sample")]
    Spent {
        /// The number of examples asked for.
        asked: usize,
        /// The number of those that are left.
        left: usize,
    },
    /// A sample too small for a solver.
    #[error(
        "{solver} needs {needed} examples and there are {found}; draw more, or allow more failures"
    )]
    TooFew {
        /// The name of the solver.
        solver: &'static str,
        /// The number of examples that it needs.
        needed: usize,
        /// The number of examples that there are.
        found: usize,
    },
    /// A solver that was given another access than it needs.
    #[error("{solver} needs {needed}, and there are {found}; choose another solver")]
    Access {
        /// The solver.
        solver: &'static str,
        /// The access that it needs.
        needed: &'static str,
        /// The access that there is.
        found: &'static str,
    },
    /// Noise for a solver that bears none.
    #[error(
        "{solver} needs clean labels, and p = {p} of these are flipped; choose exhaustive, noisy-meet or subset-elimination"
    )]
    CleanOnly {
        /// The name of the solver.
        solver: &'static str,
        /// The probability that a label is flipped.
        p: f64,
    },
    /// Equal inputs with different labels, where labels were to be clean.
    #[error(
        "examples {other} and {row} have the same input and different labels, so there is noise; state it, and choose a solver that bears it"
    )]
    Contradiction {
        /// The later example, counted from 0.
        row: usize,
        /// The earlier one.
        other: usize,
    },
    /// A computation that needs more memory than is allowed.
    #[error(
        "{needed} bytes of memory are needed and {limit} allowed; raise the limit, or choose another solver"
    )]
    Room {
        /// The bytes needed.
        needed: u64,
        /// The bytes allowed.
        limit: u64,
    },
    /// A computation that takes longer than is allowed.
    #[error(
        "about {words:.1e} operations on words are needed and {limit:.1e} allowed; raise the limit, or choose another solver"
    )]
    TooLong {
        /// The operations on words expected.
        words: f64,
        /// Those allowed.
        limit: f64,
    },
    /// A whole cube with too many rows to hold.
    #[error("the whole cube of n = {n} coordinates has 2^{n} rows; use n <= {most}, or sample")]
    Cube {
        /// The number of coordinates.
        n: usize,
        /// The largest number of coordinates allowed.
        most: usize,
    },
    /// A number that must be a power of two.
    #[error(
        "{what} is {value}; a function of n coordinates has 2^n values, so give 1, 2, 4, 8, ..."
    )]
    PowerOfTwo {
        /// The name of the number.
        what: &'static str,
        /// Its value.
        value: usize,
    },
    /// Two parts of an experiment disagree on a size.
    #[error("{what} is {found} where {expected} is needed; {repair}")]
    Mismatch {
        /// The name of the size.
        what: &'static str,
        /// The size required.
        expected: usize,
        /// The size given.
        found: usize,
        /// The repair.
        repair: &'static str,
    },
    /// A name that matches no block of parameters.
    #[error(
        "no block of parameters is called {name:?}; {hint}the blocks are {known}, and a layer's name covers its blocks",
        hint = hint(.nearest)
    )]
    UnknownBlock {
        /// The name given.
        name: String,
        /// The nearest name of a block or a layer, if one is near.
        nearest: Option<String>,
        /// The names of the layout.
        known: String,
    },
    /// A scale by the fan-in for a block without one.
    #[error(
        "block {block:?} is neither weights nor biases of an affine map and has no fan-in; give a distribution with a scale of its own, such as uniform:0.1"
    )]
    NoFanIn {
        /// The name of the block.
        block: String,
    },
    /// A request for a block of parameters with the wrong number of axes.
    #[error("block {name:?} has shape {shape:?}; ask for it with that number of axes")]
    BlockAxes {
        /// The name of the block.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A block of parameters that a layout cannot have.
    #[error(
        "the block {name:?} cannot be: {reason}; declare it once, with a shape and a distribution that fit"
    )]
    ImpossibleBlock {
        /// The name of the block.
        name: String,
        /// Why there is no such block.
        reason: String,
    },
    /// Rules, or another state, of an optimizer that no constructor makes.
    #[error("no optimizer has {what}: {reason}; build it by its constructor, and store it again")]
    ImpossibleState {
        /// The part of the state.
        what: &'static str,
        /// Why there is none like it.
        reason: String,
    },
    /// A label that no target of signs has.
    #[error(
        "the label of row {row} is {value}, and labels are +1 or -1; turn labels y of 0 and 1 into 1 - 2y{hint}"
    )]
    Label {
        /// The row of the example, counted from 0.
        row: usize,
        /// The label.
        value: f64,
        /// Another way, where there is one.
        hint: &'static str,
    },
    /// Parameters, or an optimizer, made for the layout of another model.
    #[error(
        "the blocks {found} are not those of the model, {expected}; draw parameters and build optimizers from this model's layout"
    )]
    ForeignParams {
        /// The blocks of the model.
        expected: String,
        /// The blocks of the parameters or the optimizer.
        found: String,
    },
    /// An odd number of neurons for the paired initialisation, which needs an even one.
    #[error("the paired initialisation needs an even width, not {width}; add or remove a neuron")]
    OddWidth {
        /// The number of neurons.
        width: usize,
    },
    /// A number of attention heads that does not divide the dimension of the embedding.
    #[error(
        "{heads} heads do not divide an embedding of {d_emb} numbers; make d_emb a multiple of the heads"
    )]
    Heads {
        /// The number of heads.
        heads: usize,
        /// The dimension of the embeddings.
        d_emb: usize,
    },
    /// An initialisation of neurons that read the inputs, for a model without such neurons.
    #[error(
        "{init} is about neurons that read the inputs, and a Transformer has none; choose another initialisation"
    )]
    InitWithoutRows {
        /// The initialisation.
        init: String,
    },
    /// Layer normalisation of a single number, which is 0 whatever the number.
    #[error(
        "layer normalisation takes away the mean of d_emb = 1 number, and nothing is left; choose d_emb >= 2, or no layer normalisation"
    )]
    NormalizedNumber,
    /// An activation that depends on the degree of the target, for a model that does not know it.
    #[error(
        "the activation {activation} has the degree of the target, which the hidden layer of a Transformer does not know; choose relu, gelu, silu, softplus, tanh, square, sine or scaled-sine"
    )]
    ActivationOfDegree {
        /// The activation.
        activation: String,
    },
    /// A number of non-zero entries that is 0 or above the length of a row.
    #[error("rows of {n} entries cannot have {s} non-zero ones; choose 1 <= s <= {n}")]
    Sparsity {
        /// The requested number of non-zero entries.
        s: usize,
        /// The length of a row.
        n: usize,
    },
    /// Two settings that exclude each other.
    #[error("{one} and {other} exclude each other: {reason}; leave one of them out")]
    Conflict {
        /// The first setting.
        one: &'static str,
        /// The second setting.
        other: &'static str,
        /// Why they exclude each other.
        reason: &'static str,
    },
    /// A target that the network cannot represent, whatever its parameters.
    #[error(
        "no weights of this network get every example right: {reason}; change the network or the target, lower the target accuracy, or set allow_unsolvable"
    )]
    Unsolvable {
        /// Why it cannot.
        reason: String,
    },
    /// A task that a constant output solves.
    #[error(
        "the same answer for every input gets {share} of the examples right, and {accuracy} would count as solved; choose a higher accuracy, or a target that is more balanced, such as one of smaller k"
    )]
    Constant {
        /// The share of the more frequent label.
        share: f64,
        /// The target accuracy.
        accuracy: f64,
    },
    /// An entry of data that is no sign.
    #[error("{place}: column {column} of example {row}, counted from 0, is {value}; {repair}")]
    Entry {
        /// The file, or the array.
        place: String,
        /// The example, counted from 0.
        row: usize,
        /// The name or the number of the column.
        column: String,
        /// The entry.
        value: String,
        /// How signs are written.
        repair: &'static str,
    },
    /// A table of examples without a coordinate or without a label.
    #[error(
        "{place}: there are {found} columns; give the inputs and the label behind them, at least 2"
    )]
    Columns {
        /// The file.
        place: String,
        /// The number of columns.
        found: usize,
    },
    /// A name that no setting has.
    #[error("there is no {name:?}; {hint}all are {known}", hint = hint(.nearest))]
    UnknownName {
        /// The name.
        name: String,
        /// The nearest name of a setting, if one is near.
        nearest: Option<String>,
        /// All names.
        known: String,
    },
    /// A setting with a value of another type, or out of its bounds.
    #[error("{name} is {value}; give {expected}")]
    InvalidSetting {
        /// The name of the setting.
        name: String,
        /// The value.
        value: String,
        /// The values that are allowed.
        expected: String,
    },
    /// A label that names none of the paper's settings.
    #[error("there is no setting {label:?}; the nearest is {nearest}, and all are {known}")]
    UnknownSetting {
        /// The label given.
        label: String,
        /// The most similar label of a setting.
        nearest: &'static str,
        /// The labels of all settings.
        known: String,
    },
    /// A step table whose steps do not increase.
    #[error(
        "the steps {steps:?} of the schedule must begin at 0 and increase; sort them and start at 0"
    )]
    ScheduleSteps {
        /// The steps of the table.
        steps: Vec<u64>,
    },
    /// Times that do not increase.
    #[error("time {later} does not come after {earlier}; sort the times and list each once")]
    Times {
        /// The time listed first.
        earlier: f64,
        /// The time listed next.
        later: f64,
    },
    /// An outcome that no run with the settings can have.
    #[error(
        "the outcome cannot be one of these settings: {reason}; make the run again, or find out who changed it"
    )]
    ImpossibleOutcome {
        /// What is impossible about it.
        reason: String,
    },
    /// A weight, a value of a function or another number that is not finite.
    #[error("{what} {index} is {value}; give finite numbers only")]
    NotFinite {
        /// The name of the number.
        what: &'static str,
        /// The index of the number, counted from 0.
        index: usize,
        /// The value of the number.
        value: f64,
    },
    /// A method of computation that is not applicable, or too expensive.
    #[error("{method} cannot answer: {reason}; {repair}")]
    Method {
        /// The method.
        method: &'static str,
        /// Why it is not applicable.
        reason: String,
        /// The repair.
        repair: String,
    },
    /// A saved table whose columns differ from those of the recorder that resumes it.
    #[error(
        "the saved table has the columns {found}, but the recorder has {expected}; give it the same measures"
    )]
    ForeignColumns {
        /// The columns of the recorder.
        expected: String,
        /// The columns of the table.
        found: String,
    },
    /// A saved convergence criterion with another target, accuracy, window or validation seed.
    #[error(
        "the run was saved with a criterion of other settings or another parity; rebuild that one"
    )]
    ForeignCriterion,
    /// An observer with other settings than the one whose state was saved.
    #[error(
        "{what} of the saved observer is {saved}, and here it is {own}; rebuild the saved observer, and change it after resuming"
    )]
    #[cfg(feature = "serde")]
    ForeignObserver {
        /// The setting.
        what: &'static str,
        /// Its value in the saved run.
        saved: String,
        /// Its value in this run.
        own: String,
    },
    /// A checkpoint that cannot be resumed from.
    #[error("{path}: {reason}", path = .path.display())]
    #[cfg(feature = "serde")]
    Checkpoint {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it, and the repair.
        reason: String,
    },
    /// A name that says no format of weights.
    #[error("{path}: give a name that ends in .safetensors or .npz", path = .path.display())]
    #[cfg(feature = "weights")]
    WeightFormat {
        /// The file.
        path: std::path::PathBuf,
    },
    /// A file of weights that cannot be understood.
    #[error("{path}: {reason}", path = .path.display())]
    #[cfg(feature = "weights")]
    WeightFile {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of weights with other blocks than the model.
    #[error(
        "{path}: blocks that the model has and the file has not: {missing:?}; those that the file alone has: {unknown:?}; rename or leave out arrays where it is written, or build the model that it is of",
        path = .path.display()
    )]
    #[cfg(feature = "weights")]
    WeightNames {
        /// The file.
        path: std::path::PathBuf,
        /// The blocks that the model has and the file has not.
        missing: Vec<String>,
        /// The blocks that the file has and the model has not.
        unknown: Vec<String>,
    },
    /// A block of another shape in a file of weights.
    #[error(
        "{path}: {name} has the shape {found:?}, and in the model {expected:?}; build the model that it is of, or transpose where it is written",
        path = .path.display()
    )]
    #[cfg(feature = "weights")]
    WeightShape {
        /// The file.
        path: std::path::PathBuf,
        /// The block.
        name: String,
        /// Its shape in the model.
        expected: Vec<usize>,
        /// Its shape in the file.
        found: Vec<usize>,
    },
    /// A file that cannot be read or written.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// The underlying I/O error.
        source: std::io::Error,
    },
    /// An error of code outside the crate, such as an experiment or a loss of the user's own.
    ///
    /// The message and the source are those of the wrapped error. [`Error::other`] makes one.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps an error of any type, or a message.
    ///
    /// ```
    /// use sparse_parity::Error;
    ///
    /// let parsed = "ten".parse::<u32>().map_err(Error::other);
    /// assert_eq!(parsed.unwrap_err().to_string(), "invalid digit found in string");
    /// assert_eq!(Error::other("no solution within 10 queries").to_string(), "no solution within 10 queries");
    /// ```
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::Other(error.into())
    }
}

/// The nearest of some names: of three letters, one may be wrong.
pub(crate) fn near<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = name.chars().count() / 3;
    let distance = |other: &str| strsim::damerau_levenshtein(other, name);
    let near = names.map(|other| (distance(other), other));
    let near = near.filter(|(distance, other)| *distance <= most && *distance < other.len());
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// The nearest name, as a part of a sentence.
fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("the nearest is {name}, and "))
}

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Returns `value`, or an error if it is zero.
pub(crate) fn positive(what: &'static str, value: usize) -> Result<usize> {
    if value == 0 {
        return Err(Error::Zero { what });
    }
    Ok(value)
}

/// Returns `value`, or an error if it is above `most`.
pub(crate) fn at_most(what: &'static str, value: usize, most: usize) -> Result<usize> {
    if value > most {
        return Err(Error::TooLarge { what, value, most });
    }
    Ok(value)
}

/// The bytes from which on the system is asked for memory before it is used.
const LARGE: usize = 1 << 28;

/// Returns the length of a vector, or an error if there is no memory for it.
pub(crate) fn room<T>(what: &'static str, length: usize) -> Result<usize> {
    let bytes = length.saturating_mul(size_of::<T>());
    if bytes >= LARGE && Vec::<T>::new().try_reserve_exact(length).is_err() {
        return Err(Error::NoMemory { what, bytes });
    }
    Ok(length)
}

/// The largest number of entries of anything that is held in memory.
pub(crate) const MOST: usize = match 1_usize.checked_shl(36) {
    Some(most) => most,
    // Addresses of 32 bits: a vector of 2²⁷ numbers of double precision takes 1 GiB.
    None => 1 << 27,
};

/// The largest number of coordinates, for each of which a law of examples may keep a few numbers.
pub(crate) const MOST_COORDINATES: usize = 1 << 27;
/// The largest number of bytes of anything that is held in memory.
pub(crate) const MOST_BYTES: usize = match 1_usize.checked_shl(36) {
    Some(most) => most,
    // Addresses of 32 bits.
    None => 1 << 30,
};

/// The product of two sizes, or an error if it is above [`MOST`].
pub(crate) fn product(what: &'static str, a: usize, b: usize) -> Result<usize> {
    at_most(what, a.saturating_mul(b), MOST)
}

/// Returns `value`, or an error if it is negative, infinite or not a number.
pub(crate) fn non_negative(what: &'static str, value: f64) -> Result<f64> {
    if !(value.is_finite() && value >= 0.0) {
        return Err(Error::Negative { what, value });
    }
    Ok(value)
}

/// Returns `value`, or an error if it is zero, negative, infinite or not a number.
pub(crate) fn above_zero(what: &'static str, value: f64) -> Result<f64> {
    if !(value.is_finite() && value > 0.0) {
        return Err(Error::NotPositive { what, value });
    }
    Ok(value)
}

/// Returns `value`, or an error if it is not in [0, 1).
pub(crate) fn fraction(what: &'static str, value: f64) -> Result<f64> {
    if !(0.0..1.0).contains(&value) {
        return Err(Error::Fraction { what, value });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn what_no_machine_has_room_for_is_refused() {
        assert_eq!(room::<f64>("a list", 1000).unwrap(), 1000);
        for length in [1 << 60, usize::MAX] {
            let told = room::<f64>("a list", length).unwrap_err().to_string();
            assert!(told.contains("a list takes"), "{told}");
        }
    }

    #[test]
    fn a_wrapped_error_keeps_its_message_and_its_source() {
        let cause = std::io::Error::from(std::io::ErrorKind::NotFound);
        let path = std::path::PathBuf::from("rows");
        let inner = Error::Io {
            path,
            source: cause,
        };
        let (message, source) = (inner.to_string(), inner.source().unwrap().to_string());
        let outer = Error::other(inner);
        assert_eq!(outer.to_string(), message);
        assert_eq!(outer.source().unwrap().to_string(), source);
    }
}
