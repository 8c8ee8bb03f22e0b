//! Time that a thread spends computing.

use super::Seconds;
use crate::error::Result;
use cpu_time::ThreadTime;

/// Measures the processor time of this thread so many times; `None` for no times.
pub(super) fn seconds(
    repetitions: usize,
    mut run: impl FnMut() -> Result<()>,
) -> Result<Option<Seconds>> {
    let mut times = Vec::with_capacity(repetitions);
    for _ in 0..repetitions {
        let begin = ThreadTime::now();
        run()?;
        times.push(begin.elapsed().as_secs_f64());
    }
    Ok(Seconds::of(&times))
}
