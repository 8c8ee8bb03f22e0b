//! Every trait that a user can implement shows on its page how.

use super::{files, read, root};
use syn::{Attribute, Expr, Item, ItemTrait, Lit, Meta, TypeParamBound, Visibility};

#[test]
fn every_public_trait_has_an_example_of_an_implementation() {
    let mut seen = Vec::new();
    let mut missing = Vec::new();
    for file in files(&root().join("src"), "rs") {
        for item in syn::parse_file(&read(&file)).unwrap().items {
            let Item::Trait(item) = item else { continue };
            if !matches!(item.vis, Visibility::Public(_)) || is_sealed(&item) {
                continue;
            }
            let name = item.ident.to_string();
            if !shows(&documentation(&item.attrs), &name) {
                let file = file.strip_prefix(root()).unwrap().display();
                missing.push(format!("{name} in {file}"));
            }
            seen.push(name);
        }
    }
    for name in ["Model", "Loss", "Optimizer", "Experiment", "Architecture"] {
        assert!(seen.iter().any(|seen| seen == name), "{name} was not found");
    }
    let missing = missing.join("\n");
    assert!(
        missing.is_empty(),
        "traits without `impl … for` in an example:\n{missing}"
    );
}

/// Whether a supertrait keeps users from implementing it, or that is what the trait is for.
fn is_sealed(item: &ItemTrait) -> bool {
    let sealed = item.supertraits.iter().any(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return false;
        };
        bound
            .path
            .segments
            .last()
            .is_some_and(|it| it.ident == "Sealed")
    });
    sealed || item.ident == "Storable"
}

pub fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(meta) = &attribute.meta else {
            return None;
        };
        let Expr::Lit(value) = &meta.value else {
            return None;
        };
        match (&value.lit, meta.path.is_ident("doc")) {
            (Lit::Str(text), true) => Some(text.value()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a block of code implements the trait.
fn shows(documentation: &str, name: &str) -> bool {
    let blocks = documentation.split("```").skip(1).step_by(2);
    let mut lines = blocks.flat_map(str::lines);
    lines.any(|line| {
        let line = line.trim_start_matches([' ', '#']);
        let implemented = line
            .strip_prefix("impl")
            .and_then(|rest| rest.split_once(" for "));
        implemented.is_some_and(|(head, _)| {
            let mut words = head.split(|it: char| !it.is_alphanumeric());
            words.any(|word| word == name)
        })
    })
}
