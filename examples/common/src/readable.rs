//! The types of the library that are read from files, found in its sources.

use crate::programs::root;
use crate::sources::{files, read};
use proc_macro2::TokenStream;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemEnum, ItemImpl, ItemMod, ItemStruct, Type};

/// The names of the types with `Deserialize`, with the files that define them.
///
/// # Panics
/// If the sources cannot be read.
pub fn readable() -> BTreeMap<String, BTreeSet<String>> {
    let mut readable = Readable::default();
    for file in files(&root().join("src"), "rs") {
        let text = read(&file);
        let name = file
            .strip_prefix(root())
            .expect("it is there")
            .display()
            .to_string();
        if name.ends_with("tests.rs") {
            continue;
        }
        readable.file = name;
        readable.visit_file(&syn::parse_file(&text).expect("sources are Rust"));
    }
    readable.found
}

/// The types that serde can read, as they are found.
#[derive(Default)]
struct Readable {
    file: String,
    found: BTreeMap<String, BTreeSet<String>>,
}

impl Readable {
    fn add(&mut self, name: String) {
        self.found
            .entry(name)
            .or_default()
            .insert(self.file.clone());
    }
}

fn derives(attributes: &[Attribute]) -> bool {
    let is_derive = |attribute: &&Attribute| {
        attribute.path().is_ident("derive") || attribute.path().is_ident("cfg_attr")
    };
    let mut tokens =
        attributes
            .iter()
            .filter(is_derive)
            .filter_map(|attribute| match &attribute.meta {
                syn::Meta::List(list) => Some(list.tokens.clone()),
                _ => None,
            });
    tokens.any(|tokens| has_word(tokens, "Deserialize"))
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Group(group) => has_word(group.stream(), word),
        proc_macro2::TokenTree::Ident(ident) => ident == word,
        _ => false,
    })
}

impl<'ast> Visit<'ast> for Readable {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        if derives(&item.attrs) {
            self.add(item.ident.to_string());
        }
    }
    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        if derives(&item.attrs) {
            self.add(item.ident.to_string());
        }
    }
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let path = item.trait_.as_ref().map(|(_, path, _)| path);
        let is_read = path
            .and_then(|path| path.segments.last())
            .is_some_and(|last| last.ident == "Deserialize");
        if let (true, Type::Path(path)) = (is_read, &*item.self_ty) {
            self.add(
                path.path
                    .segments
                    .last()
                    .expect("a type has a name")
                    .ident
                    .to_string(),
            );
        }
    }
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }
}
