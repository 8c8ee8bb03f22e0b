//! Files around the code that repeat something of it.

use super::read;

#[test]
fn the_workflow_tries_the_oldest_rust_that_is_promised() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let oldest = manifest["workspace"]["package"]["rust-version"].clone();
    let oldest = oldest.as_str().unwrap();
    let install =
        format!("rustup toolchain install {oldest} --profile minimal && rustup default {oldest}\n");
    assert!(
        read(".github/workflows/ci.yml").contains(&install),
        "{install}"
    );
    for page in ["README.md", "CONTRIBUTING.md"] {
        assert!(
            read(page).contains(&format!("Rust {oldest} or newer")),
            "{page}"
        );
    }
}

#[test]
fn nothing_stands_for_an_address_that_is_not_there_yet() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let repository = manifest["package"].get("repository");
    if let Some(address) = repository {
        assert!(
            address.as_str().unwrap().starts_with("https://"),
            "{address}"
        );
    } else {
        let badge = read("README.md").lines().any(|line| line.contains("badge"));
        assert!(!badge, "a badge needs a repository");
        assert!(read("docs/release.md").contains("`repository`"));
    }
}
