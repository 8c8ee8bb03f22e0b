//! The checksum of a row.

use xxhash_rust::xxh3::xxh3_64;

/// What stands between a row and its checksum.
const FIELD: &[u8] = br#","check":""#;
/// What ends a line behind the sixteen digits.
const END: &[u8] = br#""}}"#;
const DIGITS: usize = 16;

/// What the checksum of a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// There is none.
    Missing,
}

/// Adds a checksum of the text to `{"row":{…}}`, as the last field of the row.
pub(super) fn seal(line: &mut Vec<u8>) {
    line.truncate(line.trim_ascii_end().len());
    let text = line.strip_suffix(b"}}").expect("a row is an object").len();
    line.truncate(text);
    let sum = digits(line);
    line.extend_from_slice(FIELD);
    line.extend_from_slice(&sum);
    line.extend_from_slice(END);
}

/// Compares the checksum of a line with its text.
pub(super) fn verdict(line: &[u8]) -> Verdict {
    let line = line.trim_ascii_end();
    let Some(text) = line.len().checked_sub(FIELD.len() + DIGITS + END.len()) else {
        return Verdict::Missing;
    };
    let (text, rest) = line.split_at(text);
    let sum = rest
        .strip_prefix(FIELD)
        .and_then(|rest| rest.strip_suffix(END));
    match sum {
        None => Verdict::Missing,
        Some(sum) if *sum == digits(text) => Verdict::Right,
        Some(_) => Verdict::Wrong,
    }
}

fn digits(text: &[u8]) -> [u8; DIGITS] {
    let sum = format!("{:016x}", xxh3_64(text));
    sum.into_bytes().try_into().expect("64 bits have 16 digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_of_a_row_is_noticed() {
        let mut line = br#"{"row":{"setting":"0f","seeds":1,"outcome":[0.5]}}"#.to_vec();
        assert_eq!(verdict(&line), Verdict::Missing);
        let text = line.len() - 2;
        seal(&mut line);
        // Files know these.
        let sealed = r#"{"row":{"setting":"0f","seeds":1,"outcome":[0.5],"check":"SUM"}}"#;
        let sum = String::from_utf8(digits(&line[..text]).to_vec()).unwrap();
        assert_eq!(line, sealed.replace("SUM", &sum).into_bytes());
        for (place, bit) in (0..line.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut changed = line.clone();
            changed[place] ^= 1 << bit;
            let is_text = place < text;
            match verdict(&changed) {
                Verdict::Right => panic!("bit {bit} of byte {place}"),
                Verdict::Wrong => {}
                Verdict::Missing => assert!(!is_text, "bit {bit} of byte {place}"),
            }
        }
        line.push(b'\n');
        assert_eq!(verdict(&line), Verdict::Right);
    }
}
