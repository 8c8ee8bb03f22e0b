//! Looks for inputs that break a promise of `sparse-parity`.
//!
//!     cargo run --release -p sparse-parity-fuzz -- --inputs 1000000
//!
//! prints a table of the doors, and exits with 1 if it found such an input, which it keeps in the folder `target/faults`.
//! The inputs are those of the seed, on every machine. They are handed over in a process of their own, whose memory is
//! limited, so that what ends the process is found, too.

use clap::Parser;
use sparse_parity_fuzz::{Campaign, Door, Fault, Tally, doors};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Looks for inputs that break a promise of sparse-parity.
#[derive(Debug, Parser)]
struct Arguments {
    /// Number of inputs
    #[arg(long, default_value_t = 1_000_000)]
    inputs: u64,
    /// End after so many seconds
    #[arg(long, default_value_t = 86_400)]
    seconds: u64,
    /// The seed of the inputs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The doors, by parts of their names; all if there are none
    #[arg(long = "door")]
    doors: Vec<String>,
    /// Folder for inputs that break a promise
    #[arg(long, default_value = "target/faults")]
    faults: String,
    /// Hand the inputs over in this process, for the one that was started, and write what came of them here
    #[arg(long, hide = true)]
    worker: Option<String>,
}

/// The memory of the process at the doors, in KiB: the most for an answer, and what the program itself takes.
const KIBIBYTES: u64 = 3 << 20;
/// The longest time without another input.
const PATIENCE: Duration = Duration::from_secs(120);

/// The file with the input that was handed over last, in a line with its door and number, and then itself.
const LAST: &str = "last";
/// The file with what came of the inputs.
const RESULT: &str = "result.json";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    match &arguments.worker {
        Some(folder) => work(&arguments, Path::new(folder)).map(|()| ExitCode::SUCCESS),
        None => watch(&arguments),
    }
}

impl Arguments {
    fn chosen(&self) -> Vec<Door> {
        let is_chosen = |door: &Door| {
            let mut parts = self.doors.iter();
            self.doors.is_empty() || parts.any(|part| door.name.contains(part.as_str()))
        };
        doors::all().into_iter().filter(is_chosen).collect()
    }
}

/// Hands the inputs over.
fn work(arguments: &Arguments, folder: &Path) -> Result<(), Box<dyn Error>> {
    // A panic is a result here; its message is kept with it.
    std::panic::set_hook(Box::new(|_| ()));
    let last = folder.join(LAST);
    let campaign = Campaign::new(arguments.chosen(), arguments.seed);
    let before = |door: &str, index: u64, input: &[u8]| {
        let text = [format!("{door} {index}\n").as_bytes(), input].concat();
        fs::write(&last, text).expect("the folder of the campaign can be written to");
    };
    let time = Duration::from_secs(arguments.seconds);
    let result = campaign.run(arguments.inputs, time, before);
    fs::write(folder.join(RESULT), serde_json::to_vec(&result)?)?;
    Ok(())
}

/// Starts the process at the doors, and tells what came of it.
fn watch(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut child = start(folder.path())?;
    let end = wait(&mut child, &folder.path().join(LAST))?;
    let (tallies, mut faults): (Vec<Tally>, Vec<Fault>) = match fs::read(folder.path().join(RESULT))
    {
        Ok(result) => serde_json::from_slice(&result)?,
        Err(_) => Default::default(),
    };
    if let Some(reason) = end {
        faults.push(last_input(folder.path(), reason)?);
    }
    let wide = tallies
        .iter()
        .map(|tally| tally.door.len())
        .max()
        .unwrap_or(0);
    println!(
        "{:wide$} {:>9} {:>9} {:>9} {:>9}",
        "door", "inputs", "accepted", "slowest", "memory"
    );
    for Tally {
        door,
        inputs,
        accepted,
        slowest,
        bytes,
    } in &tallies
    {
        println!(
            "{door:wide$} {inputs:9} {accepted:9} {:6.0} ms {:5.1} MiB",
            slowest * 1e3,
            *bytes as f64 / f64::from(1 << 20)
        );
    }
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    println!(
        "{} inputs at {} doors, {} accepted, {} faults",
        sum(|tally| tally.inputs),
        tallies.len(),
        sum(|tally| tally.accepted),
        faults.len(),
    );
    for fault in &faults {
        fs::create_dir_all(&arguments.faults)?;
        let place = Path::new(&arguments.faults).join(format!("{}-{}", fault.door, fault.index));
        fs::write(&place, &fault.input)?;
        println!("{}: {}", place.display(), fault.reason);
    }
    Ok(ExitCode::from(u8::from(!faults.is_empty())))
}

fn start(folder: &Path) -> Result<Child, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let mut command = match cfg!(unix) {
        true => {
            let mut shell = Command::new("sh");
            shell
                .arg("-c")
                .arg(format!("ulimit -v {KIBIBYTES} && exec \"$0\" \"$@\""))
                .arg(program);
            shell
        }
        false => Command::new(program),
    };
    command
        .args(std::env::args_os().skip(1))
        .arg("--worker")
        .arg(folder);
    Ok(command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?)
}

/// Waits for the end; why it was none that is promised, if so.
fn wait(child: &mut Child, last: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let (mut changed, mut since) = (None, Instant::now());
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((!status.success()).then(|| format!("the process ended: {status}")));
        }
        let now = fs::metadata(last).and_then(|about| about.modified()).ok();
        if now != changed {
            (changed, since) = (now, Instant::now());
        }
        if since.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(Some(format!("no answer within {} s", PATIENCE.as_secs())));
        }
        sleep(Duration::from_millis(20));
    }
}

fn last_input(folder: &Path, reason: String) -> Result<Fault, Box<dyn Error>> {
    let text =
        fs::read(folder.join(LAST)).map_err(|_| format!("before the first input: {reason}"))?;
    let end = text
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or("a line with the door")?;
    let line = std::str::from_utf8(&text[..end])?;
    let (door, index) = line.split_once(' ').ok_or("a door with a number")?;
    Ok(Fault {
        door: door.into(),
        index: index.parse()?,
        reason,
        input: text[end + 1..].to_vec(),
    })
}
