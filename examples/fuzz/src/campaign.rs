//! Many inputs at all doors.

use crate::{Answer, Door, Mutator, documents};
use cpu_time::ProcessTime;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The most seconds of processor time for an answer.
pub const MOST_SECONDS: f64 = 5.0;
/// The most bytes that are held at a time for an answer.
pub const MOST_BYTES: u64 = 5 << 29;

/// What came of the inputs of a door.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The name of the door.
    pub door: String,
    /// The inputs.
    pub inputs: u64,
    /// Those that were accepted.
    pub accepted: u64,
    /// The longest processor time of an answer, in seconds.
    pub slowest: f64,
    /// The most bytes that an answer held.
    pub bytes: u64,
}

/// An input that was answered in none of the ways that are promised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The name of the door.
    pub door: String,
    /// The number of the input at its door.
    pub index: u64,
    /// What went wrong.
    pub reason: String,
    /// The input.
    pub input: Vec<u8>,
}

/// A number of inputs, shared out among doors.
#[derive(Debug)]
pub struct Campaign {
    doors: Vec<(Door, Mutator)>,
    seed: u64,
}

impl Campaign {
    /// A campaign at these doors.
    ///
    /// # Panics
    /// If a door has no documents.
    pub fn new(doors: Vec<Door>, seed: u64) -> Self {
        let with_mutator = |door: Door| {
            let documents = documents(door.name);
            assert!(!documents.is_empty(), "{} has no documents", door.name);
            (door, Mutator::new(documents))
        };
        Campaign {
            doors: doors.into_iter().map(with_mutator).collect(),
            seed,
        }
    }

    /// The input with a number at a door.
    fn input(&self, door: &Door, mutator: &Mutator, index: u64) -> Vec<u8> {
        let of_door = door.name.bytes().fold(self.seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut rng = ChaCha8Rng::seed_from_u64(of_door);
        rng.set_stream(index);
        mutator.input(index, &mut rng)
    }

    /// Hands inputs over until there were `inputs` of them, or the time is over. Before each one, `before` gets the name
    /// of its door, its number and itself, in case that it ends the process.
    pub fn run(
        &self,
        inputs: u64,
        time: Duration,
        mut before: impl FnMut(&str, u64, &[u8]),
    ) -> (Vec<Tally>, Vec<Fault>) {
        let begin = Instant::now();
        let of = |(door, _): &(Door, Mutator)| Tally {
            door: door.name.into(),
            ..Tally::default()
        };
        let (mut tallies, mut faults): (Vec<Tally>, _) =
            (self.doors.iter().map(of).collect(), Vec::new());
        let mut left = inputs;
        for round in 0.. {
            for ((door, mutator), tally) in self.doors.iter().zip(&mut tallies) {
                // All documents of a rare door come first, too.
                if round % door.rarity != 0 && round >= mutator.len() {
                    continue;
                }
                if left == 0 || begin.elapsed() > time {
                    return (tallies, faults);
                }
                let index = tally.inputs;
                let input = self.input(door, mutator, index);
                before(door.name, index, &input);
                if let Some(reason) = tally.take(door, &input) {
                    faults.push(Fault {
                        door: door.name.into(),
                        index,
                        reason,
                        input,
                    });
                }
                left -= 1;
            }
        }
        (tallies, faults)
    }
}

impl Tally {
    /// Hands an input over; what is wrong with the answer, if anything is.
    fn take(&mut self, door: &Door, input: &[u8]) -> Option<String> {
        let (begin, mut answer) = (ProcessTime::now(), None);
        let memory = allocation_counter::measure(|| {
            answer = Some(catch_unwind(AssertUnwindSafe(|| door.run(input))));
        });
        let (seconds, bytes) = (begin.elapsed().as_secs_f64(), memory.bytes_max);
        self.inputs += 1;
        self.slowest = self.slowest.max(seconds);
        self.bytes = self.bytes.max(bytes);
        let answer = answer.expect("it was run");
        // What is refused may have been asked for, and was not given.
        let is_accepted = matches!(answer, Ok(Answer::Accepted));
        match answer {
            Err(panic) => return Some(format!("panic: {}", message(&*panic))),
            Ok(Answer::Refused(message)) if message.trim().is_empty() => {
                return Some("an error without a message".into());
            }
            Ok(Answer::Refused(_)) => {}
            Ok(Answer::Accepted) => self.accepted += 1,
        }
        match () {
            () if seconds > MOST_SECONDS => Some(format!("{seconds:.1} s of processor time")),
            () if is_accepted && bytes > MOST_BYTES => Some(format!("{bytes} bytes of memory")),
            () => None,
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "of another kind than a text".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    fn reason(run: impl Fn(&[u8]) -> Answer + 'static) -> Option<String> {
        Tally::default().take(&Door::new("test", run), b"input")
    }

    #[test]
    fn what_breaks_a_promise_is_a_fault() {
        assert_eq!(reason(|_| Answer::Accepted), None);
        assert_eq!(reason(|_| Answer::Refused("why".into())), None);
        let told = |run: fn(&[u8]) -> Answer| reason(run).unwrap();
        assert_eq!(told(|input| panic!("{}", input.len())), "panic: 5");
        assert_eq!(
            told(|_| Answer::Refused(" ".into())),
            "an error without a message"
        );
        let large = |_: &[u8]| {
            drop(black_box(Vec::<u8>::with_capacity(MOST_BYTES as usize + 1)));
            Answer::Accepted
        };
        assert!(told(large).ends_with("bytes of memory"));
    }
}
