//! How two runs differ, in words.

/// The longest text that is told whole.
const WHOLE: usize = 80;
/// How much is told before and behind a difference.
const CONTEXT: usize = 24;

/// The differences between a saved run and this one. Of a run that an earlier version saved, the first line is known alone.
pub(super) fn of_runs(saved: &str, own: &str) -> Vec<String> {
    let parts = |run: &str| {
        let (head, lines) = run.split_once('\n').unwrap_or((run, ""));
        [head.to_owned(), lines.to_owned()]
    };
    let ([saved, settings], [own, own_settings]) = (parts(saved), parts(own));
    let mut differences = Vec::new();
    if saved != own {
        differences.push(between("the run", &saved, &own));
    }
    if !settings.is_empty() {
        differences.extend(of_lines(&settings, &own_settings));
    }
    differences
}

/// The differences between settings, which are lines `name = value`.
pub(super) fn of_lines(saved: &str, own: &str) -> Vec<String> {
    if saved == own {
        return Vec::new();
    }
    let (saved, own) = (settings(saved), settings(own));
    let value = |of: &[(&str, &str)], name: &str| {
        let found = of.iter().find(|(other, _)| *other == name);
        found.map_or("not there", |(_, value)| value).to_owned()
    };
    let missing = own
        .iter()
        .filter(|(name, _)| saved.iter().all(|(other, _)| other != name));
    let names = saved.iter().chain(missing).map(|(name, _)| *name);
    let all = names.map(|name| (name, value(&saved, name), value(&own, name)));
    let differ = all.filter(|(_, saved, own)| saved != own);
    differ
        .map(|(name, saved, own)| between(name, &saved, &own))
        .collect()
}

fn settings(lines: &str) -> Vec<(&str, &str)> {
    let setting = |line| str::split_once(line, " = ").unwrap_or(("the settings", line));
    lines.lines().map(setting).collect()
}

fn between(name: &str, saved: &str, own: &str) -> String {
    let [saved_part, own_part] = parts_that_differ(saved, own);
    format!("{name} is {saved_part} in the file, and {own_part} here")
}

/// Of long texts, where they differ.
fn parts_that_differ(a: &str, b: &str) -> [String; 2] {
    if a.len().max(b.len()) <= WHOLE {
        return [a.into(), b.into()];
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = |pair: &(&char, &char)| pair.0 == pair.1;
    let start = a.iter().zip(&b).take_while(same).count();
    let most = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let end = end.min(most);
    let from = start.saturating_sub(CONTEXT);
    [&a, &b].map(|text| {
        let to = (text.len() - end + CONTEXT).min(text.len());
        let middle: String = text[from..to].iter().collect();
        let dots = |is_cut: bool| if is_cut { "…" } else { "" };
        format!("{}{middle}{}", dots(from > 0), dots(to < text.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_compared_by_name() {
        let saved = "seed = 1\ntarget = S = [1, 2]\nold = 3";
        let own = "seed = 1\ntarget = S = [1, 3]\nnew = 4";
        let found = of_lines(saved, own);
        assert_eq!(
            found,
            [
                "target is S = [1, 2] in the file, and S = [1, 3] here",
                "old is 3 in the file, and not there here",
                "new is not there in the file, and 4 here",
            ]
        );
        assert!(of_lines(saved, saved).is_empty());
    }

    #[test]
    fn of_long_texts_the_difference_is_told() {
        let [a, b] = ["2", "31"].map(|width| {
            let many = "z, ".repeat(100);
            format!("{many}width: {width}, {many}")
        });
        let [told_a, told_b] = parts_that_differ(&a, &b);
        assert!(told_a.contains("width: 2,") && told_b.contains("width: 31,"));
        assert!(told_a.len() < 80, "{told_a}");
        let longer = format!("{a}é");
        let [_, told] = parts_that_differ(&a, &longer);
        assert!(told.ends_with('é'), "{told}");
    }

    #[test]
    fn a_run_of_an_earlier_version_is_known_by_its_first_line() {
        assert!(of_runs("a", "a\nseed = 1\n").is_empty());
        assert_eq!(of_runs("a\nseed = 2", "a\nseed = 1\n").len(), 1);
        assert_eq!(of_runs("b", "a\nseed = 1\n").len(), 1);
    }
}
