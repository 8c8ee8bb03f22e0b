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
        _ => 0.63,
    };
    let line = |line: &str| line.chars().map(em).sum::<f64>() * size;
    text.split('\n').map(line).fold(0.0, f64::max)
}

/// Breaks a text at spaces into as few lines as fit, of about equal length. A word wider than the width
/// keeps its own line; an empty text has no lines.
pub(super) fn wrap(text: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines = filled(text, size, limit);
    if lines.len() > 1 {
        for share in 1..20 {
            let narrower = filled(text, size, limit * (1.0 - 0.05 * f64::from(share)));
            if narrower.len() > lines.len() {
                break;
            }
            lines = narrower;
        }
    }
    lines
}

/// Fills one line after the other.
fn filled(text: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n').filter(|line| !line.is_empty()) {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let longer = format!("{line} {word}");
            if line.is_empty() {
                line = word.to_owned();
            } else if width(&longer, size) <= limit {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            }
        }
        lines.push(line);
    }
    lines
}

/// The largest size up to the given one at which a text is no wider than `limit`; at least 7 pixels.
pub(super) fn fitting(text: &str, size: f64, limit: f64) -> f64 {
    (size * limit / width(text, size).max(1.0)).clamp(7.0, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_at_spaces_only_where_it_must_be() {
        assert_eq!(wrap("one two three", 11.0, 1000.0), ["one two three"]);
        assert_eq!(wrap("one two three", 11.0, 1.0), ["one", "two", "three"]);
        assert_eq!(wrap("a\nb c", 11.0, 1000.0), ["a", "b c"]);
        let even = wrap("one two three four", 11.0, width("one two three", 11.0));
        assert_eq!(even, ["one two", "three four"]);
        assert!(wrap("", 11.0, 10.0).is_empty());
        let text = "updates until the parity is learned";
        let lines = wrap(text, 11.0, 100.0);
        assert!(lines.iter().all(|line| width(line, 11.0) <= 100.0));
        assert_eq!(lines.join(" "), text);
    }
}
