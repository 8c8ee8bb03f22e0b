//! Words for scripts: what is written into one is quoted, or refused.

use std::ffi::OsStr;
use std::path::Path;

/// A word for bash, on one line, of any bytes that an argument can have.
pub(super) fn for_shell(word: &OsStr) -> String {
    let bytes = word.as_encoded_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-=+:,@".contains(byte);
    match word.to_str() {
        Some(text) if !text.is_empty() && bytes.iter().all(is_plain) => text.into(),
        Some(text) if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => escaped(bytes),
    }
}

/// Bytes as $'...', where those that are no printable ASCII are numbers.
fn escaped(bytes: &[u8]) -> String {
    let mut word = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => word.extend(['\\', byte.into()]),
            b' '..=b'~' => word.push(byte.into()),
            // Three digits, so that a digit behind them is not taken for one of theirs.
            _ => word += &format!("\\{byte:03o}"),
        }
    }
    word.push('\'');
    word
}

/// A path for the value of a directive of Slurm, between double quotes; the reason if there is none.
///
/// Slurm replaces a % and the letter behind it, unless the path has a backslash; a quotation mark ends the value, and a
/// line the directive.
pub(super) fn for_directive(path: &Path) -> Result<String, String> {
    let is_bad = |c: char| c == '"' || c == '\\' || c.is_control();
    match path.to_str() {
        Some(text) if !text.contains(is_bad) => Ok(text.replace('%', "%%")),
        _ => Err(format!(
            "{path:?} cannot be written into a directive of Slurm, which takes no quotation marks, backslashes, line breaks \
             or bytes that are no text; give a folder --out with another name"
        )),
    }
}

/// The value of an option in a directive of Slurm, between double quotes; the reason if there is none.
pub(super) fn for_option(value: &str) -> Result<String, String> {
    let is_bad = |c: char| c == '"' || c == '\\' || c.is_control();
    match value.is_empty() || value.contains(is_bad) {
        false => Ok(format!("\"{value}\"")),
        true => Err(format!(
            "{value:?} cannot be written into a directive of Slurm, which takes a text without quotation marks, backslashes \
             and line breaks; give another value"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    #[test]
    fn plain_words_stay_as_they_are() {
        assert_eq!(for_shell(OsStr::new("/a/b-1.toml")), "/a/b-1.toml");
        assert_eq!(for_shell(OsStr::new("n=[8]")), "'n=[8]'");
        assert_eq!(for_shell(OsStr::new("")), "''");
        assert_eq!(for_shell(OsStr::new("it's")), r"'it'\''s'");
    }

    #[test]
    fn directives_double_what_slurm_replaces_and_refuse_what_ends_them() {
        assert_eq!(for_directive(Path::new("/a%j b's")).unwrap(), "/a%%j b's");
        for path in ["a\"b", "a\nb", "a\\b", "a\tb"] {
            let told = for_directive(Path::new(path)).unwrap_err();
            assert!(told.contains("give a folder --out"), "{told}");
        }
    }

    #[cfg(unix)]
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn bash_reads_the_bytes_again(bytes in prop::collection::vec(1_u8.., 0..20)) {
            use std::os::unix::ffi::OsStrExt;
            let word = for_shell(OsStr::from_bytes(&bytes));
            prop_assert!(!word.contains(['\n', '\r']), "{}", word);
            let script = format!("printf %s {word}");
            // Where there is no bash there are no scripts.
            if let Ok(output) = Command::new("bash").args(["-c", &script]).output() {
                prop_assert_eq!(output.stdout, bytes);
            }
        }
    }
}
