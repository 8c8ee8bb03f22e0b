use crate::sweep::error::{Result, SweepError};

/// The processors and the memory that a scheduler has given to this process, as far as it says.
///
/// ```
/// use sparse_parity::sweep::Resources;
///
/// let slurm = |name: &str| match name {
///     "SLURM_CPUS_PER_TASK" => Some("4".into()),
///     "SLURM_MEM_PER_CPU" => Some("2048".into()),
///     _ => None,
/// };
/// let given = Resources::detect(slurm)?;
/// assert_eq!((given.threads, given.memory), (Some(4), Some(8 << 30)));
/// # Ok::<(), sparse_parity::sweep::SweepError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// The number of processors.
    pub threads: Option<usize>,
    /// Bytes of memory.
    pub memory: Option<u64>,
}

impl Resources {
    /// What the environment variables of Slurm and Open MPI say: `SLURM_CPUS_PER_TASK`, else
    /// `SLURM_CPUS_ON_NODE` for a script and one processor for each task of a step;
    /// `SLURM_MEM_PER_NODE` for the tasks of a node together, else `SLURM_MEM_PER_CPU`.
    ///
    /// Where `OMPI_COMM_WORLD_LOCAL_SIZE` processes share a machine without Slurm, only the caller
    /// knows what there is to be shared: see [`neighbours`](Resources::neighbours).
    ///
    /// # Errors
    /// [`SweepError::InvalidValue`] for what is no number.
    pub fn detect(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let number = |name: &str| number(&lookup, name);
        let tasks = number("SLURM_STEP_NUM_TASKS")?.unwrap_or(1).max(1);
        let nodes = number("SLURM_STEP_NUM_NODES")?.unwrap_or(1).max(1);
        let threads = match number("SLURM_CPUS_PER_TASK")? {
            Some(threads) => Some(threads),
            None if tasks > 1 => Some(1),
            None => number("SLURM_CPUS_ON_NODE")?,
        };
        // Slurm counts in MiB, and 0 is all there is.
        let of_node = number("SLURM_MEM_PER_NODE")?.filter(|memory| *memory > 0);
        let of_cpu = number("SLURM_MEM_PER_CPU")?.filter(|memory| *memory > 0);
        let memory = match (of_node, of_cpu) {
            (Some(memory), _) => Some(memory / tasks.div_ceil(nodes)),
            (None, Some(memory)) => Some(memory.saturating_mul(threads.unwrap_or(1))),
            (None, None) => None,
        };
        Ok(Resources {
            threads: threads.map(|threads| threads.max(1) as usize),
            memory: memory.map(|memory| memory.saturating_mul(1 << 20)),
        })
    }

    /// The number of processes on this machine that Open MPI has started together with this one, and it.
    ///
    /// # Errors
    /// [`SweepError::InvalidValue`] for what is no number.
    pub fn neighbours(lookup: impl Fn(&str) -> Option<String>) -> Result<usize> {
        let count = number(&lookup, "OMPI_COMM_WORLD_LOCAL_SIZE")?;
        Ok(count.unwrap_or(1).max(1) as usize)
    }
}

/// A variable that is a whole number, if there is one.
pub(super) fn number(lookup: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Option<u64>> {
    let Some(text) = lookup(name).filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let number = text.trim().parse();
    number.map(Some).map_err(|_| SweepError::InvalidValue {
        name: name.into(),
        value: text,
        expected: "a whole number >= 0, or unset it",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(variables: &[(&str, &str)]) -> (Option<usize>, Option<u64>) {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.to_string())
        };
        let Resources { threads, memory } = Resources::detect(lookup).unwrap();
        (threads, memory.map(|memory| memory >> 20))
    }

    #[test]
    fn what_slurm_gives_is_shared_by_the_tasks_of_a_step() {
        assert_eq!(detect(&[]), (None, None));
        let node = [("SLURM_CPUS_ON_NODE", "8"), ("SLURM_MEM_PER_NODE", "4096")];
        assert_eq!(detect(&node), (Some(8), Some(4096)));
        let step = [("SLURM_STEP_NUM_TASKS", "8"), ("SLURM_STEP_NUM_NODES", "2")];
        assert_eq!(detect(&[node, step].concat()), (Some(1), Some(1024)));
        let task = [("SLURM_CPUS_PER_TASK", "2"), ("SLURM_MEM_PER_CPU", "100")];
        assert_eq!(detect(&task), (Some(2), Some(200)));
        assert_eq!(detect(&[("SLURM_MEM_PER_NODE", "0")]), (None, None));
    }
}
