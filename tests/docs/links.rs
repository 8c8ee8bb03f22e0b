//! Links between the pages.

use super::{pages, read, root};
use std::collections::BTreeSet;
use std::path::{Component, Path};

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    let mut broken = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                _ => page.parent().unwrap().join(file),
            };
            let is_there = root().join(&target).exists();
            if !is_there || (!anchor.is_empty() && !anchors(&target).contains(anchor)) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(count > 50, "{count} links");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Pages of the published archive link to what is in it, too.
#[test]
fn links_of_the_archive_lead_to_files_within_it() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let patterns = manifest["package"]["exclude"].as_array().unwrap();
    let patterns: Vec<&str> = patterns.iter().map(|it| it.as_str().unwrap()).collect();
    let is_excluded = |path: &Path| {
        let path = path.to_str().unwrap();
        patterns
            .iter()
            .any(|pattern| match pattern.split_once('*') {
                Some((head, tail)) => path.starts_with(head) && path.ends_with(tail),
                None => Path::new(path).starts_with(pattern),
            })
    };
    assert!(is_excluded(Path::new("tests/docs/links.rs")));
    assert!(is_excluded(Path::new("docs/figures/fig02_elbow.csv")));
    let mut broken = Vec::new();
    for page in pages().iter().filter(|page| !is_excluded(page)) {
        for link in links(&read(page)) {
            let file = link.split('#').next().unwrap();
            // As there are no links within links, .. is the folder above.
            let mut target = page.parent().unwrap().to_owned();
            for part in Path::new(file).components() {
                match part {
                    Component::ParentDir => drop(target.pop()),
                    part => target.push(part),
                }
            }
            if !link.contains("://") && is_excluded(&target) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The targets of the links and pictures of a page, outside of code.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let ends = prose.match_indices("](").map(|(place, _)| place + 2);
    ends.filter_map(|start| Some(prose[start..].split_once(')')?.0.to_owned()))
        .collect()
}

/// The page without its blocks of code and code within lines.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    lines.split('`').step_by(2).collect()
}

/// The anchors that GitHub gives to the headings of a page.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = read(page);
    let mut is_code = false;
    let headings = text.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with('#')
    });
    headings
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    let kept: String = kept.collect();
    kept.to_lowercase().replace(' ', "-")
}

#[test]
fn an_anchor_is_that_of_github() {
    assert_eq!(
        anchor("Coming from `PyTorch`, now?"),
        "coming-from-pytorch-now"
    );
    assert_eq!(
        links("a [b](c.md#d) `[x](y)`\n```\n[z](w)\n```\n"),
        ["c.md#d"]
    );
}
