//! Sizes of texts, and line breaking.

/// Sizes of text in CSS pixels.
pub(super) const TITLE: f64 = 14.0;
pub(super) const HEADING: f64 = 13.0;
pub(super) const LABEL: f64 = 12.0;
pub(super) const SMALL: f64 = 11.0;

/// Heights of one line of each.
pub(super) const TITLE_LINE: f64 = 20.0;
pub(super) const HEADING_LINE: f64 = 18.0;
pub(super) const LABEL_LINE: f64 = 17.0;
pub(super) const SMALL_LINE: f64 = 16.0;

/// The distance between lines of a broken small text.
pub(super) const TIGHT: f64 = 13.0;

/// The width of the widest line in DejaVu Sans, the widest of the fonts, estimated from its letters.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ' ' | '\'' | ':' | '|' | 'I' => 0.33,
        'f' | 'r' | 't' | '(' | ')' | '-' | '⁰'..='₎' | '¹' | '²' | '³' => 0.41,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.97,
        'A'..='Z' | '=' | '+' | '×' | '−' | '<' | '>' | '≤' | '≥' => 0.76,
        '…' => 1.0,
        // Scripts whose letters are squares.
        '\u{2e80}'.. => 1.0,
        _ => 0.63,
    };
    let line = |line: &str| line.chars().map(em).sum::<f64>() * size;
    text.split('\n').map(line).fold(0.0, f64::max)
}

/// Breaks a text into as few lines as fit, of about equal length: at spaces, and within a word that is wider than the
/// width, such as a path, behind its signs or else anywhere. An empty text has no lines.
pub(super) fn wrap(text: &str, size: f64, limit: f64) -> Vec<String> {
    lines(&pieces(text, size, limit), size, limit)
}

/// Breaks a text at spaces alone. A word wider than the width keeps its own line.
pub(super) fn wrap_words(text: &str, size: f64, limit: f64) -> Vec<String> {
    lines(&pieces(text, size, f64::INFINITY), size, limit)
}

fn lines(paragraphs: &[Vec<Piece>], size: f64, limit: f64) -> Vec<String> {
    let mut lines = filled(paragraphs, size, limit);
    if lines.len() > 1 {
        for share in 1..20 {
            let narrower = filled(paragraphs, size, limit * (1.0 - 0.05 * f64::from(share)));
            if narrower.len() > lines.len() {
                break;
            }
            lines = narrower;
        }
    }
    lines
}

/// A word, or a part of one, and whether a space is in front of it.
struct Piece {
    text: String,
    is_word: bool,
}

/// The words of each paragraph; those that are wider than `limit` in parts.
fn pieces(text: &str, size: f64, limit: f64) -> Vec<Vec<Piece>> {
    let of_word = |word: &str| -> Vec<Piece> {
        let is_wide = width(word, size) > limit && limit >= LEAST_LETTERS * size;
        let parts = match is_wide {
            true => parts(word, size, limit),
            false => vec![word.to_owned()],
        };
        let parts = parts.into_iter().enumerate();
        let piece = |(i, text)| Piece {
            text,
            is_word: i == 0,
        };
        parts.map(piece).collect()
    };
    let paragraphs = text.split('\n').filter(|line| !line.is_empty());
    paragraphs
        .map(|paragraph| paragraph.split(' ').flat_map(of_word).collect())
        .collect()
}

/// Below this width in letters, a word is not broken.
const LEAST_LETTERS: f64 = 4.0;

/// The parts of a word: what ends with a sign, or what fits.
fn parts(word: &str, size: f64, limit: f64) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_behind = false;
    for c in word.chars() {
        let part = parts.last().map_or("", String::as_str);
        let is_full = width(&format!("{part}{c}"), size) > limit && !part.is_empty();
        if is_full || (is_behind && c.is_alphanumeric()) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
        is_behind = !c.is_alphanumeric();
    }
    parts
}

/// Fills one line after the other.
fn filled(paragraphs: &[Vec<Piece>], size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in paragraphs {
        let mut line = String::new();
        for Piece { text, is_word } in paragraph {
            let space = if *is_word { " " } else { "" };
            let longer = format!("{line}{space}{text}");
            if line.is_empty() {
                line = text.to_owned();
            } else if width(&longer, size) <= limit {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, text.to_owned()));
            }
        }
        lines.push(line);
    }
    lines
}

/// The smallest size of a text, in CSS pixels.
const SMALLEST: f64 = 7.0;

/// A text and its size: the largest one up to the given at which it is no wider than `limit`. Where that would be
/// below 7 pixels, the middle of the text is left out.
pub(super) fn fitted(text: &str, size: f64, limit: f64) -> (String, f64) {
    let fitting = size * limit / width(text, size).max(1.0);
    match fitting >= SMALLEST {
        true => (text.to_owned(), fitting.min(size)),
        false => (elided(text, SMALLEST, limit), SMALLEST),
    }
}

/// A text no wider than `limit`, with … in place of its middle if it is too long: of paths and of names in a series, the
/// ends differ.
pub(super) fn elided(text: &str, size: f64, limit: f64) -> String {
    if text.is_empty() || width(text, size) <= limit {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let with = |kept: usize| {
        let (head, tail) = (kept - kept / 2, kept / 2);
        let head: String = letters[..head].iter().collect();
        let tail: String = letters[letters.len() - tail..].iter().collect();
        format!("{head}…{tail}")
    };
    let mut kept = (0..letters.len()).rev().map(with);
    kept.find(|shorter| width(shorter, size) <= limit)
        .unwrap_or_else(|| "…".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_at_spaces_only_where_it_must_be() {
        assert_eq!(wrap("one two three", 11.0, 1000.0), ["one two three"]);
        let narrow = wrap_words("one two three", 11.0, 1.0);
        assert_eq!(narrow, ["one", "two", "three"]);
        assert_eq!(wrap("a\nb c", 11.0, 1000.0), ["a", "b c"]);
        let even = wrap("one two three four", 11.0, width("one two three", 11.0));
        assert_eq!(even, ["one two", "three four"]);
        assert!(wrap("", 11.0, 10.0).is_empty());
        let text = "updates until the parity is learned";
        let lines = wrap(text, 11.0, 100.0);
        assert!(lines.iter().all(|line| width(line, 11.0) <= 100.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_word_that_is_too_wide_is_broken_behind_its_signs_or_anywhere() {
        let path = "/scratch/project_2004312/users/someone/rows/2026-11-29_sweep/table.csv";
        let lines = wrap(path, 12.0, 200.0);
        assert!(
            lines.iter().all(|line| width(line, 12.0) <= 200.0),
            "{lines:?}"
        );
        assert_eq!(lines.concat(), path);
        assert!(
            lines.len() > 1 && lines[0].ends_with(['/', '_', '-', '.']),
            "{lines:?}"
        );
        let word = "x".repeat(100);
        let lines = wrap(&word, 12.0, 200.0);
        assert!(
            lines.iter().all(|line| width(line, 12.0) <= 200.0),
            "{lines:?}"
        );
        assert_eq!(lines.concat(), word);
    }

    #[test]
    fn what_cannot_be_broken_shrinks_and_then_loses_its_middle_with_a_mark() {
        let text = "a heading of some length";
        let (whole, size) = fitted(text, 13.0, 0.9 * width(text, 13.0));
        assert!(whole == text && (7.0..13.0).contains(&size));
        let (short, size) = fitted(text, 13.0, 60.0);
        assert!(
            short.contains('…') && width(&short, size) <= 60.0,
            "{short}"
        );
        assert!(short.starts_with('a') && short.ends_with('h'), "{short}");
        assert_eq!(elided(text, 13.0, 1.0), "…");
        assert_eq!(elided("", 13.0, -1.0), "");
    }
}
