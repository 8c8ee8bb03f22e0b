//! The tests, with one mutant switched on.

use crate::list::Mutant;
use crate::{Result, copy};
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The memory of a test, in KiB.
const KIBIBYTES: u64 = 8 << 20;

/// A test binary.
#[derive(Debug)]
pub(crate) struct Binary {
    /// The integration test; empty for the unit tests.
    name: String,
    path: String,
    seconds: Duration,
    /// The processor time that a test may take, many times that of the longest one.
    patience: Duration,
}

impl Binary {
    pub(crate) fn new(name: &str, path: &str) -> Self {
        Binary {
            name: name.into(),
            path: path.into(),
            seconds: Duration::ZERO,
            patience: Duration::from_secs(600),
        }
    }

    /// Runs tests one after the other; the first one that fails, or how they ended. Calls `at_line` for each.
    fn run(
        &self,
        mutant: usize,
        filter: &[&str],
        mut at_line: impl FnMut(),
    ) -> Result<Option<String>> {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("ulimit -v {KIBIBYTES} && exec \"$0\" \"$@\""))
            .args([&self.path, "--test-threads=1"])
            .args(filter)
            .current_dir(copy::ROOT)
            .env("MUTANT", mutant.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let lines = lines(&mut child);
        let mut last = (processor_time(&child), Instant::now());
        let failed = loop {
            match lines.recv_timeout(Duration::from_secs(1)) {
                Ok(line) if line.ends_with(" ... FAILED") => {
                    break line.replace("test ", "").replace(" ... FAILED", "");
                }
                Ok(_) => {
                    last = (processor_time(&child), Instant::now());
                    at_line();
                }
                Err(RecvTimeoutError::Timeout) => {
                    let used = processor_time(&child).saturating_sub(last.0);
                    if used > self.patience || last.1.elapsed() > 50 * self.patience {
                        break format!("no answer in {:?} of processor time", self.patience);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = child.wait()?;
                    return Ok((!status.success()).then(|| status.to_string()));
                }
            }
        };
        child.kill()?;
        child.wait()?;
        Ok(Some(format!("{} {failed}", self.name).trim().into()))
    }
}

/// The processor time of a process, which runs beside others; 0 where the system has no folder for it.
fn processor_time(child: &Child) -> Duration {
    let about = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let fields = about.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// The lines that a process prints, as they come.
fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let output = child.stdout.take().map(BufReader::new);
    thread::spawn(move || {
        let lines = output
            .into_iter()
            .flat_map(BufReader::<ChildStdout>::lines as fn(_) -> Lines<_>);
        lines
            .map_while(std::result::Result::ok)
            .try_for_each(|line| sender.send(line))
    });
    receiver
}

/// Measures the tests without a mutant; those that pass, the unit tests first and then the fastest.
pub(crate) fn measure(mut binaries: Vec<Binary>) -> Result<Vec<Binary>> {
    for binary in &mut binaries {
        let start = Instant::now();
        let (mut last, mut longest) = (start, Duration::ZERO);
        let failed = binary.run(0, &[], || {
            longest = longest.max(last.elapsed());
            last = Instant::now();
        })?;
        if let Some(test) = failed {
            return Err(format!("without a mutant fails {test}").into());
        }
        binary.seconds = start.elapsed();
        binary.patience = Duration::from_secs(20) + 10 * longest;
        println!("{binary:.1?}");
    }
    binaries.sort_by_key(|binary| (!binary.name.is_empty(), binary.seconds));
    Ok(binaries)
}

/// The first test that fails with a mutant: of the unit tests of its module, of its room, of integration tests, of the other
/// unit tests, of the examples in the documentation of its file.
pub(crate) fn first_failure(
    tests: &[Binary],
    number: usize,
    mutant: &Mutant,
) -> Result<Option<String>> {
    let module = mutant.module();
    let room = module.split_inclusive("::").next().unwrap_or(&module);
    let (unit, integration) = tests.split_first().ok_or("there are no tests")?;
    let near: [(_, &[&str]); 2] = [(unit, &[&module]), (unit, &[room, "--skip", &module])];
    let far: (_, &[&str]) = (unit, &["--skip", room]);
    let integration = integration.iter().map(|binary| (binary, &[] as &[&str]));
    for (binary, filter) in near.into_iter().chain(integration).chain([far]) {
        if let Some(test) = binary.run(number, filter, || ())? {
            return Ok(Some(test));
        }
    }
    let passes = copy::cargo(&["test", "--workspace", "--doc", &mutant.file])
        .env("MUTANT", number.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?
        .success();
    Ok((!passes).then(|| format!("an example in {}", mutant.file)))
}
