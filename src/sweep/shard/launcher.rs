//! The shard that a scheduler asks for.

use super::Shard;
use crate::sweep::error::{Result, SweepError};
use crate::sweep::resources::number;

impl Shard {
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
    /// [`SweepError::IncompleteShard`] for an index without a count or the other way round, which is never
    /// guessed; [`SweepError::Shard`] for an index that is too large, such as of `sbatch --array=3,7`,
    /// where Slurm gives 2 as the count; [`SweepError::InvalidValue`] for what is no number.
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
                    return Err(SweepError::IncompleteShard {
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
        let index = self.index.saturating_mul(by.count);
        Shard::new(index.saturating_add(by.index), count)
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

fn without_count(variable: &'static str) -> SweepError {
    SweepError::IncompleteShard {
        variable,
        given: "the index of a shard",
        missing: "the number of shards",
        repair: "set SPARSE_PARITY_SHARDS to it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let most = u64::MAX.to_string();
        let step = [("SLURM_PROCID", "1"), ("SLURM_STEP_NUM_TASKS", &most[..])];
        assert!(told(&[&TASK[..], &step].concat()).contains("out of range"));
        // sbatch --array=3,7
        let seventh = [
            TASK[0],
            ("SLURM_ARRAY_TASK_MIN", "3"),
            ("SLURM_ARRAY_TASK_COUNT", "2"),
        ];
        assert!(told(&seventh).contains("shard index 4 is out of range for 2 shards"));
        assert!(
            told(&[(INDEX, "8"), (COUNT, "8")])
                .contains("shard index 8 is out of range for 8 shards")
        );
        assert!(told(&[(INDEX, "-1"), (COUNT, "8")]).contains("\"-1\""));
    }
}
