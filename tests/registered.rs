//! What implements a trait of the crate stands in every list that no compiler asks for.
//!
//! The table in docs/architecture.md, *Where a new thing goes*, tells these lists to people.

use proc_macro2::{TokenStream, TokenTree};
use sparse_parity_examples::programs::root;
use sparse_parity_examples::sources::{files, read};
use std::collections::BTreeSet;
use std::path::Path;
use syn::{Item, Type, Visibility};

/// A trait, the folder of its implementors, and the files that name each of them.
const LISTS: [(&str, &str, &[&str]); 9] = [
    ("Model", "src/model", &["src/prelude.rs", "tests/laws.rs"]),
    (
        "Activation",
        "src/activation",
        &["src/prelude.rs", "tests/laws.rs"],
    ),
    (
        "Loss",
        "src/loss",
        &["src/prelude.rs", "tests/laws.rs", "tests/lockstep.rs"],
    ),
    (
        "Optimizer",
        "src/optim",
        &["src/prelude.rs", "tests/optimizers.rs"],
    ),
    (
        "Filter",
        "src/optim",
        &["src/prelude.rs", "tests/optimizers.rs"],
    ),
    ("Target", "src/data", &["src/prelude.rs"]),
    ("Solver", "src/solver", &["src/solver/kind/mod.rs"]),
    ("Experiment", "src/trial", &["src/bin/sparse-parity.rs"]),
    ("Experiment", "src/contest", &["src/bin/sparse-parity.rs"]),
];

/// Has the laws of the model that is in it.
const EXEMPT: &str = "AnyModel";

#[test]
fn every_implementor_is_in_the_lists_of_its_trait() {
    let mut missing = Vec::new();
    for (name, folder, lists) in LISTS {
        let implementors = implementors(name, &root().join(folder));
        assert!(!implementors.is_empty(), "{name} in {folder}");
        for list in lists {
            let named = names(&read(list));
            let absent = implementors
                .difference(&named)
                .filter(|name| *name != EXEMPT);
            missing.extend(absent.map(|absent| format!("{absent}, of {name}, in {list}")));
        }
    }
    assert!(missing.is_empty(), "add\n{}", missing.join("\n"));
}

/// A variant that is not in the list would have no name.
#[test]
fn every_solver_has_a_kind() {
    let solvers = implementors("Solver", &root().join("src/solver"));
    let kinds = sparse_parity::solver::SolverKind::all();
    assert_eq!(kinds.len(), solvers.len(), "{kinds:?}, {solvers:?}");
}

/// The public types of a folder that implement a trait, each in the file that defines it.
fn implementors(name: &str, folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files(folder, "rs") {
        let items = syn::parse_file(&read(&file)).unwrap().items;
        let types: BTreeSet<_> = items.iter().filter_map(public_type).collect();
        let implementing = items.iter().filter_map(|item| implementor(item, name));
        found.extend(implementing.filter(|implementor| types.contains(implementor)));
    }
    found
}

fn public_type(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    matches!(visibility, Visibility::Public(_)).then(|| name.to_string())
}

/// The type that an item implements this trait for.
fn implementor(item: &Item, name: &str) -> Option<String> {
    let Item::Impl(item) = item else { return None };
    let (_, path, _) = item.trait_.as_ref()?;
    let (Type::Path(implementor), true) = (&*item.self_ty, path.segments.last()?.ident == name)
    else {
        return None;
    };
    Some(implementor.path.segments.last()?.ident.to_string())
}

/// The names in a file, also those within macros.
fn names(text: &str) -> BTreeSet<String> {
    fn collect(tokens: TokenStream, names: &mut BTreeSet<String>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => collect(group.stream(), names),
                TokenTree::Ident(ident) => drop(names.insert(ident.to_string())),
                _ => {}
            }
        }
    }
    let mut names = BTreeSet::new();
    collect(text.parse().unwrap(), &mut names);
    names
}
