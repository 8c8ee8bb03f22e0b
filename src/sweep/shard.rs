//! Parts of a sweep for processes that know nothing of each other.

use super::Key;
use super::resources::number;
use crate::error::{Error, Result};
use crate::seeds::Seeds;
use std::fmt;
use std::str::FromStr;
use xxhash_rust::xxh3::xxh3_64;

/// One of several parts of a sweep: the runs whose hash has the remainder `index` when it is divided by
/// `count`.
///
/// Shards of the same count are disjoint and together are the whole sweep. By a hash, each gets its
/// share of cheap and of expensive runs. The count may differ between attempts to run a sweep.
///
/// ```
/// use sparse_parity::sweep::Shard;
///
/// let shard: Shard = "3/400".parse()?;
/// assert_eq!((shard.index(), shard.count()), (3, 400));
/// assert!("400/400".parse::<Shard>().is_err());
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Default for Shard {
    /// The whole sweep.
    fn default() -> Self {
        Shard { index: 0, count: 1 }
    }
}

impl Shard {
    /// The shard with that index, counted from 0.
    ///
    /// # Errors
    /// [`Error::Shard`] unless `index < count`.
    pub fn new(index: u64, count: u64) -> Result<Self> {
        if index >= count {
            return Err(Error::Shard { index, count });
        }
        Ok(Shard { index, count })
    }

    /// The index, counted from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of shards.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether this is the whole sweep.
    pub fn is_whole(&self) -> bool {
        self.count == 1
    }

    /// Whether a run belongs to it.
    pub fn holds(&self, setting: &Key, seeds: &Seeds) -> bool {
        self.is_whole() || hash(setting, seeds) % self.count == self.index
    }

    /// Whether there can be a run that belongs to both.
    pub(super) fn meets(&self, other: &Shard) -> bool {
        let common = gcd(self.count, other.count);
        self.index % common == other.index % common
    }

    /// The shard that a launcher asks this process for, by its environment variables; the whole sweep if
    /// there are none.
    ///
    /// | variables | index | count |
    /// |---|---|---|
    /// | `SPARSE_PARITY_SHARD`, `SPARSE_PARITY_SHARDS` | as given | as given |
    /// | `SPARSE_PARITY_SHARDS` and one of `JOB_COMPLETION_INDEX` (Kubernetes), `HQ_TASK_ID` (HyperQueue), `AWS_BATCH_JOB_ARRAY_INDEX`, `SLURM_ARRAY_TASK_ID` | as given | as given |
    /// | `SLURM_ARRAY_TASK_ID`, `_MIN`, `_STEP`, `_COUNT` | (id − min)/step | count |
    /// | `OMPI_COMM_WORLD_RANK`, `_SIZE`; `PMI_RANK`, `PMI_SIZE`; `SLURM_PROCID`, `SLURM_STEP_NUM_TASKS` | rank | size |
    /// | `AWS_BATCH_JOB_ARRAY_INDEX`, `_SIZE` | index | size |
    ///
    /// The first line that is there counts, except that the ranks of processes within a task of a Slurm
    /// array cut its shard further: index · size + rank of count · size. A script that is not started by
    /// `srun` has a rank in Slurm, too, but no number of tasks of a step.
    ///
    /// `lookup` is [`std::env::var`] in a program, and a map in a test.
    ///
    /// # Errors
    /// [`Error::HalfAShard`] for an index without a count or the other way round, which is never
    /// guessed; [`Error::Shard`] for an index that is too large, such as of `sbatch --array=3,7`,
    /// where Slurm gives 2 as the count; [`Error::Word`] for what is no number.
    pub fn detect(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let found = Environment(&lookup);
        let whole = Shard::default();
        match (found.number(INDEX)?, found.number(COUNT)?) {
            (Some(index), Some(count)) => return Shard::new(index, count),
            (Some(_), None) => return Err(without_count(INDEX)),
            (None, Some(count)) => {
                for name in [KUBERNETES, HYPERQUEUE, AWS.0] {
                    if let Some(index) = found.number(name)? {
                        return Shard::new(index, count);
                    }
                }
                let Some(index) = found.number(SLURM)? else {
                    return Err(Error::HalfAShard {
                        variable: COUNT,
                        given: "the number of shards",
                        missing: "the index of this one",
                        repair: "set SPARSE_PARITY_SHARD to it, counted from 0",
                    });
                };
                return Shard::new(index, count)?.cut(found.rank()?.unwrap_or(whole));
            }
            (None, None) => {}
        }
        let (array, rank) = (found.slurm_array()?, found.rank()?);
        if array.is_some() || rank.is_some() {
            return array.unwrap_or(whole).cut(rank.unwrap_or(whole));
        }
        if let Some(shard) = found.pair(AWS)? {
            return Ok(shard);
        }
        for name in [KUBERNETES, HYPERQUEUE] {
            if found.number(name)?.is_some() {
                return Err(without_count(name));
            }
        }
        Ok(whole)
    }

    /// A shard of this shard.
    fn cut(self, by: Shard) -> Result<Self> {
        let count = self.count.saturating_mul(by.count);
        Shard::new(self.index.saturating_mul(by.count) + by.index, count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once('/');
        let numbers =
            parts.and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        let (index, count) = numbers.ok_or_else(|| Error::Word {
            name: "the shard".into(),
            value: text.into(),
            expected: "an index, counted from 0, and the number of shards, such as 3/400",
        })?;
        Shard::new(index, count)
    }
}

const INDEX: &str = "SPARSE_PARITY_SHARD";
const COUNT: &str = "SPARSE_PARITY_SHARDS";
const SLURM: &str = "SLURM_ARRAY_TASK_ID";
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";
const HYPERQUEUE: &str = "HQ_TASK_ID";
const AWS: (&str, &str) = ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE");
/// Ranks of processes that are started together.
const RANKS: [(&str, &str); 2] = [
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
];
/// The rank is there in a batch script, too, the number only in a step.
const STEP: (&str, &str) = ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS");

/// The variables of a process.
struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    fn number(&self, name: &'static str) -> Result<Option<u64>> {
        number(self.0, name)
    }

    fn pair(&self, (index, count): (&'static str, &'static str)) -> Result<Option<Shard>> {
        match (self.number(index)?, self.number(count)?) {
            (Some(index), Some(count)) => Shard::new(index, count).map(Some),
            (Some(_), None) => Err(without_count(index)),
            (None, _) => Ok(None),
        }
    }

    fn slurm_array(&self) -> Result<Option<Shard>> {
        let Some(id) = self.number(SLURM)? else {
            return Ok(None);
        };
        let count = self.number("SLURM_ARRAY_TASK_COUNT")?;
        let count = count.ok_or_else(|| without_count(SLURM))?;
        let least = self.number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
        let step = self.number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
        Shard::new(id.saturating_sub(least) / step, count).map(Some)
    }

    fn rank(&self) -> Result<Option<Shard>> {
        for names in RANKS {
            if let Some(rank) = self.pair(names)? {
                return Ok(Some(rank));
            }
        }
        match self.number(STEP.1)? {
            None => Ok(None),
            Some(_) => self.pair(STEP),
        }
    }
}

fn without_count(variable: &'static str) -> Error {
    Error::HalfAShard {
        variable,
        given: "the index of a shard",
        missing: "the number of shards",
        repair: "set SPARSE_PARITY_SHARDS to it",
    }
}

/// What decides to which shard a run belongs. Names of files rely on it.
fn hash(setting: &Key, seeds: &Seeds) -> u64 {
    let Seeds {
        support,
        init,
        train,
        noise,
        eval,
    } = *seeds;
    let mut bytes = [0; 56];
    bytes[..16].copy_from_slice(&setting.to_bytes());
    let places = bytes[16..].chunks_exact_mut(8);
    for (place, seed) in places.zip([support, init, train, noise, eval]) {
        place.copy_from_slice(&seed.to_le_bytes());
    }
    xxh3_64(&bytes)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Trial;
    use std::collections::BTreeMap;

    fn detect(variables: &[(&str, &str)]) -> Result<Shard> {
        let map: BTreeMap<_, _> = variables.iter().copied().collect();
        Shard::detect(|name| map.get(name).map(|value| value.to_string()))
    }

    fn found(variables: &[(&str, &str)]) -> (u64, u64) {
        let shard = detect(variables).unwrap();
        (shard.index, shard.count)
    }

    fn told(variables: &[(&str, &str)]) -> String {
        detect(variables).unwrap_err().to_string()
    }

    const TASK: [(&str, &str); 4] = [
        ("SLURM_ARRAY_TASK_ID", "7"),
        ("SLURM_ARRAY_TASK_MIN", "1"),
        ("SLURM_ARRAY_TASK_STEP", "2"),
        ("SLURM_ARRAY_TASK_COUNT", "4"),
    ];

    #[test]
    fn every_launcher_is_understood() {
        assert_eq!(found(&[]), (0, 1));
        assert_eq!(found(&[(INDEX, "3"), (COUNT, "9"), TASK[0]]), (3, 9));
        assert_eq!(found(&TASK), (3, 4));
        let open_mpi = [("OMPI_COMM_WORLD_RANK", "2"), ("OMPI_COMM_WORLD_SIZE", "4")];
        // Of the process that started them in an allocation.
        let step = [("SLURM_PROCID", "0"), ("SLURM_STEP_NUM_TASKS", "1")];
        assert_eq!(found(&[open_mpi, step].concat()), (2, 4));
        assert_eq!(found(&[("PMI_RANK", "1"), ("PMI_SIZE", "3")]), (1, 3));
        assert_eq!(
            found(&[("SLURM_PROCID", "5"), ("SLURM_STEP_NUM_TASKS", "6")]),
            (5, 6)
        );
        assert_eq!(found(&[(AWS.0, "5"), (AWS.1, "10")]), (5, 10));
        for name in [KUBERNETES, HYPERQUEUE, AWS.0, SLURM] {
            assert_eq!(found(&[(name, "5"), (COUNT, "10")]), (5, 10));
        }
        assert_eq!(found(&[(INDEX, ""), (COUNT, " ")]), (0, 1));
    }

    #[test]
    fn processes_within_a_task_of_an_array_share_its_shard() {
        let step = [("SLURM_PROCID", "1"), ("SLURM_STEP_NUM_TASKS", "2")];
        assert_eq!(found(&[&TASK[..], &step].concat()), (7, 8));
        let mpi = [("OMPI_COMM_WORLD_RANK", "2"), ("OMPI_COMM_WORLD_SIZE", "3")];
        assert_eq!(found(&[&TASK[..], &mpi].concat()), (11, 12));
        // A script with --ntasks=2 runs once, and no srun says otherwise.
        let script = [("SLURM_PROCID", "0"), ("SLURM_NTASKS", "2")];
        assert_eq!(found(&[&TASK[..], &script].concat()), (3, 4));
        let given = [(COUNT, "40"), ("SLURM_ARRAY_TASK_ID", "7")];
        assert_eq!(found(&[given, step].concat()), (15, 80));
    }

    #[test]
    fn what_is_not_whole_is_never_guessed() {
        for name in [INDEX, KUBERNETES, HYPERQUEUE, AWS.0, SLURM, "PMI_RANK"] {
            let told = told(&[(name, "1")]);
            assert!(told.contains(name) && told.contains(COUNT), "{told}");
        }
        assert!(told(&[(COUNT, "8")]).contains(INDEX));
        // sbatch --array=3,7
        let seventh = [
            TASK[0],
            ("SLURM_ARRAY_TASK_MIN", "3"),
            ("SLURM_ARRAY_TASK_COUNT", "2"),
        ];
        assert!(told(&seventh).contains("no shard 4 of 2"));
        assert!(told(&[(INDEX, "8"), (COUNT, "8")]).contains("no shard 8 of 8"));
        assert!(told(&[(INDEX, "-1"), (COUNT, "8")]).contains("\"-1\""));
        for text in ["3", "3/", "a/b", "-1/2", "0/0", "2/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn shards_are_disjoint_and_cover_everything() {
        let setting = Key::of(&Trial::default());
        let hashes: Vec<u64> = (0..300).map(|seed| hash(&setting, &seed.into())).collect();
        // Which shard a run belongs to is known to files.
        assert_eq!(hashes[1], 8_192_253_881_394_934_753);
        for count in 1..=64 {
            for seed in 0..300 {
                let holds = |index: &u64| {
                    let shard = Shard::new(*index, count).unwrap();
                    shard.holds(&setting, &seed.into())
                };
                let holders: Vec<u64> = (0..count).filter(holds).collect();
                assert_eq!(holders, [hashes[seed as usize] % count]);
            }
        }
    }

    #[test]
    fn shards_meet_if_a_number_has_both_remainders() {
        for (count, others) in [(6, 9), (4, 4), (5, 7), (1, 3)] {
            for (i, j) in (0..count).flat_map(|i| (0..others).map(move |j| (i, j))) {
                let one = Shard::new(i, count).unwrap();
                let other = Shard::new(j, others).unwrap();
                let has_both = |number: &u64| number % count == i && number % others == j;
                assert_eq!(one.meets(&other), (0..100).any(|number| has_both(&number)));
            }
        }
    }
}
