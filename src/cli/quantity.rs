//! Durations, sizes of memory and numbers of threads on the command line, each with one parser, in the units of
//! Slurm.

use std::time::Duration;

/// What a duration may be written as.
const DURATIONS: &str = "give 90s or 1h30m, or as Slurm writes it, minutes, 2:00:00 or 1-12:00:00";
/// What a size of memory may be written as.
const SIZES: &str =
    "give a size above 0, such as 8GiB or, as Slurm writes it, 8G, or a number of MiB";

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A duration: a number of minutes, a time as Slurm writes it, or numbers with units, such as 1h30m.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let is_of_slurm = |c: char| c.is_ascii_digit() || c == ':' || c == '-';
    let parsed = match !text.is_empty() && text.chars().all(is_of_slurm) {
        true => seconds(text).map(Duration::from_secs),
        false => humantime::parse_duration(text).ok(),
    };
    parsed.ok_or_else(|| format!("{text:?} is no duration; {DURATIONS}"))
}

/// The seconds of a time of Slurm: minutes, minutes:seconds, hours:minutes:seconds, days-hours,
/// days-hours:minutes or days-hours:minutes:seconds.
fn seconds(text: &str) -> Option<u64> {
    let (days, clock) = match text.split_once('-') {
        Some((days, clock)) => (Some(days.parse::<u64>().ok()?), clock),
        None => (None, text),
    };
    let parts: Option<Vec<u64>> = clock.split(':').map(|part| part.parse().ok()).collect();
    let (hours, minutes, seconds) = match (days, &parts?[..]) {
        (None, &[m]) => (0, m, 0),
        (None, &[m, s]) => (0, m, s),
        (Some(_), &[h]) => (h, 0, 0),
        (Some(_), &[h, m]) => (h, m, 0),
        (_, &[h, m, s]) => (h, m, s),
        _ => return None,
    };
    [(days.unwrap_or(0), DAY), (hours, HOUR), (minutes, MINUTE)]
        .into_iter()
        .try_fold(seconds, |sum, (count, unit)| {
            sum.checked_add(count.checked_mul(unit)?)
        })
}

/// A duration as Slurm writes it, up to whole seconds.
pub(super) fn slurm_time(duration: Duration) -> String {
    let seconds = whole_seconds(duration);
    let (days, clock) = (seconds / DAY, seconds % DAY);
    let (hours, minutes, seconds) = (clock / HOUR, clock % HOUR / MINUTE, clock % MINUTE);
    let clock = format!("{hours:02}:{minutes:02}:{seconds:02}");
    match days {
        0 => clock,
        days => format!("{days}-{clock}"),
    }
}

/// The seconds of a duration, rounded up.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    let more = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(more)
}

/// The bytes of a size of memory: K, M, G, T and P are powers of 1024 as in Slurm, KiB and so on are the same, KB and so on
/// are powers of 1000, B is a byte, and a number without a unit is one of MiB.
pub(super) fn memory(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let bytes = unit_of(unit.trim_start()).and_then(|unit| scaled(number, unit));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("{text:?} is no size of memory; {SIZES}"))
}

/// The bytes of a unit.
fn unit_of(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_lowercase();
    let (prefix, base) = match unit.strip_suffix("ib") {
        Some(prefix) if !prefix.is_empty() => (prefix, 1024_u64),
        Some(_) => return None,
        None => match unit.strip_suffix('b') {
            Some(prefix) => (prefix, 1000),
            None if unit.is_empty() => ("m", 1024),
            None => (unit.as_str(), 1024),
        },
    };
    let prefixes = ["", "k", "m", "g", "t", "p"];
    let power = prefixes.iter().position(|known| *known == prefix)?;
    base.checked_pow(power as u32)
}

/// A number of units, rounded down to bytes.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(unit),
        Err(_) => {
            let bytes = number.parse::<f64>().ok()? * unit as f64;
            (bytes < u64::MAX as f64).then_some(bytes as u64)
        }
    }
}

/// The most threads, far beyond the processors of a machine.
pub(super) const MOST_THREADS: usize = 4096;

/// A number of threads.
pub(super) fn threads(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(threads @ 1..=MOST_THREADS) => Ok(threads),
        _ => Err(format!(
            "{text:?} is no number of threads; give 1 to {MOST_THREADS}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_slurm_or_people_write_them() {
        for (text, seconds) in [
            ("90", 5400),
            ("90:30", 5430),
            ("2:00:00", 7200),
            ("1-12", 129_600),
            ("1-12:30", 131_400),
            ("1-12:00:05", 129_605),
            ("1h30m", 5400),
            ("90s", 90),
            ("0s", 0),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "soon",
            "1:2:3:4",
            "1-2-3",
            "-5",
            "1-",
            ":",
            "1.5",
            "9999999999999999999999",
        ] {
            let told = duration(text).unwrap_err();
            assert!(
                told.contains(&format!("{text:?} is no duration; give 90s")),
                "{told}"
            );
        }
    }

    #[test]
    fn sizes_are_read_in_the_units_of_slurm() {
        for (text, bytes) in [
            ("2000", 2000 << 20),
            ("8G", 8 << 30),
            ("8g", 8 << 30),
            ("8GiB", 8 << 30),
            ("8 GB", 8_000_000_000),
            ("1.5KiB", 1536),
            ("512B", 512),
            ("3T", 3 << 40),
        ] {
            assert_eq!(memory(text), Ok(bytes), "{text}");
        }
        for text in [
            "",
            "0",
            "0G",
            "-1",
            "8X",
            "8iB",
            "much",
            "1e3",
            "99999999P",
            "1.2.3G",
            ".",
        ] {
            let told = memory(text).unwrap_err();
            assert!(
                told.contains(&format!("{text:?} is no size of memory; give")),
                "{told}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_slurm_is_given_is_read_again(seconds in 0..1_000_000_000_u64) {
            let time = Duration::from_secs(seconds);
            prop_assert_eq!(duration(&slurm_time(time)), Ok(time));
        }

        #[test]
        fn no_text_panics(text in "[-0-9:.a-zA-Z ]{0,24}") {
            let _ = (duration(&text), memory(&text), threads(&text));
        }
    }
}
