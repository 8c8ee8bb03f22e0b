//! Rooms import from lower floors only, by the table that docs/architecture.md prints.
//!
//! A room is a module of `src/lib.rs`. The test parses every file that belongs to the library, follows
//! each path through re-exports to the file that defines its item, and leaves out what is compiled for
//! tests only. `prelude` and `lib.rs` are re-exports of everything and may import any room. Neither
//! between rooms nor between the folders of a room is there a circle.

use proc_macro2::{TokenStream, TokenTree};
use sparse_parity_examples::programs::root;
use sparse_parity_examples::sources::read;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// A path of modules below the crate, or one with an item behind it.
type Names = Vec<String>;

/// Rooms that re-export others and hold no logic.
const EXEMPT: [&str; 1] = ["prelude"];

#[test]
fn every_room_stands_in_the_table_once() {
    let (house, floors) = (&*HOUSE, Floors::read());
    let rooms: BTreeSet<_> = house.rooms().collect();
    let listed: BTreeSet<_> = floors.0.keys().map(String::as_str).collect();
    assert_eq!(rooms, listed, "rooms of src/lib.rs, and of the table");
}

#[test]
fn rooms_import_from_lower_floors_only() {
    let found = HOUSE.wrong_imports(&Floors::read());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn folders_of_a_room_form_no_circle() {
    let found = HOUSE.circles();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The test sees what it is made for: with a low room on the highest floor, those who import it.
#[test]
fn an_import_from_a_higher_floor_is_found_with_its_place() {
    let (house, mut floors) = (&*HOUSE, Floors::read());
    floors.0.insert("params".into(), 99);
    let found = house.wrong_imports(&floors);
    let expected = "from `optim` (floor ";
    let from_optim = found.iter().find(|line| line.contains(expected));
    let line = from_optim.expect("optimizers import parameters");
    assert!(line.starts_with("src/optim/"), "{line}");
    assert!(line.ends_with("to `params` (floor 99)"), "{line}");
}

/// The floor of each room.
struct Floors(BTreeMap<String, u32>);

impl Floors {
    fn read() -> Self {
        let text = read("docs/architecture.md");
        let rows = text
            .lines()
            .skip_while(|line| *line != "| floor | module | holds |");
        let mut floors = BTreeMap::new();
        for row in rows.skip(2).take_while(|line| line.starts_with('|')) {
            let mut cells = row.split('|').map(str::trim).skip(1);
            let (floor, modules) = (cells.next().unwrap(), cells.next().unwrap());
            let floor = floor
                .parse()
                .unwrap_or_else(|_| panic!("no floor in {row:?}"));
            for room in modules.split('`').skip(1).step_by(2) {
                let before = floors.insert(room.to_owned(), floor);
                assert!(before.is_none(), "{room} stands in the table twice");
            }
        }
        assert!(floors.len() > 10, "the table of floors was not found");
        Floors(floors)
    }
}

static HOUSE: LazyLock<House> = LazyLock::new(House::read);

/// The modules of the library, by their paths.
struct House(BTreeMap<Names, Module>);

/// A module with a file of its own, or within one.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// The folder that its file is in, below `src`; that of `mod.rs` is its own.
    folder: PathBuf,
    /// The names that it imports or re-exports, with what they stand for.
    names: BTreeMap<String, Names>,
    paths: Vec<Mention>,
}

/// A path that a file mentions.
struct Mention {
    line: usize,
    to: Names,
    /// Whether it is re-exported.
    is_facade: bool,
}

/// A path from one module to another.
struct Import<'a> {
    place: String,
    from: &'a Names,
    to: &'a Names,
    is_facade: bool,
}

impl House {
    fn read() -> Self {
        let mut house = House(BTreeMap::new());
        house.read_file(Vec::new(), &root().join("src/lib.rs"));
        house
    }

    /// Takes up a file, and the files of its modules.
    fn read_file(&mut self, module: Names, file: &Path) {
        let text = read(file);
        let parsed = syn::parse_file(&text).unwrap();
        let is_folder = ["lib.rs", "mod.rs"].iter().any(|name| file.ends_with(name));
        let children = match is_folder {
            true => file.parent().unwrap().to_owned(),
            false => file.with_extension(""),
        };
        self.read_items(module, file, &children, &parsed.items);
    }

    fn read_items(&mut self, module: Names, file: &Path, children: &Path, items: &[Item]) {
        let mut mentions = Mentions::new(&module);
        for item in items {
            mentions.visit_item(item);
        }
        let src = root().join("src");
        self.0.insert(
            module.clone(),
            Module {
                file: file.strip_prefix(root()).unwrap().to_owned(),
                folder: file
                    .strip_prefix(&src)
                    .unwrap()
                    .parent()
                    .unwrap()
                    .to_owned(),
                names: mentions.names,
                paths: mentions.paths,
            },
        );
        for item in items {
            let Item::Mod(inner) = item else { continue };
            if is_for_tests(&inner.attrs) {
                continue;
            }
            let name = inner.ident.to_string();
            let path = extended(&module, &name);
            match &inner.content {
                Some((_, items)) => self.read_items(path, file, &children.join(&name), items),
                None => {
                    let files = [format!("{name}.rs"), format!("{name}/mod.rs")];
                    let mut files = files.iter().map(|file| children.join(file));
                    let file = files.find(|file| file.exists());
                    self.read_file(path, &file.unwrap_or_else(|| panic!("no file of {name}")));
                }
            }
        }
    }

    fn rooms(&self) -> impl Iterator<Item = &str> {
        let rooms = self.0.keys().filter(|path| path.len() == 1);
        let rooms = rooms.map(|path| path[0].as_str());
        rooms.filter(|room| !EXEMPT.contains(room))
    }

    /// The module that defines what a path stands for, behind re-exports.
    fn definition<'a>(&'a self, path: &[String]) -> &'a Names {
        let mut path = path.to_vec();
        // Longer chains of re-exports would be a circle of them.
        for _ in 0..20 {
            let (module, rest) = self.split(&path);
            let Some(name) = rest.first() else {
                return module;
            };
            let Some(other) = self.0[module].names.get(name) else {
                return module;
            };
            let same = extended(module, name);
            path = [other.clone(), rest[1..].to_vec()].concat();
            // A foreign crate may have an item of its own name.
            if path.starts_with(&same) {
                return module;
            }
        }
        panic!("{path:?} has no end");
    }

    /// The longest module that a path begins with, and the rest.
    fn split<'a, 'p>(&'a self, path: &'p [String]) -> (&'a Names, &'p [String]) {
        let lengths = (0..=path.len()).rev();
        let mut found = lengths.filter_map(|len| {
            let (module, _) = self.0.get_key_value(&path[..len])?;
            Some((module, &path[len..]))
        });
        found.next().expect("the crate itself is a module")
    }

    /// Every import: to the module that a path names, and to the one that defines its item.
    fn imports(&self) -> impl Iterator<Item = Import<'_>> {
        let modules = self.0.iter();
        modules.flat_map(move |(from, module)| {
            module.paths.iter().flat_map(move |mention| {
                let named = self.split(&mention.to).0;
                let defined = self.definition(&mention.to);
                [named, defined].map(|to| Import {
                    place: format!("{}:{}", module.file.display(), mention.line),
                    from,
                    to,
                    is_facade: mention.is_facade && to.starts_with(from),
                })
            })
        })
    }

    /// Imports from another room on the same floor or a higher one.
    fn wrong_imports(&self, floors: &Floors) -> Vec<String> {
        let mut found = BTreeSet::new();
        for Import {
            place, from, to, ..
        } in self.imports()
        {
            let (Some(from), Some(to)) = (from.first(), to.first()) else {
                continue;
            };
            if from == to || EXEMPT.contains(&from.as_str()) {
                continue;
            }
            let floor = |room| floors.0.get(room).copied().unwrap_or(0);
            let (low, high) = (floor(to), floor(from));
            if low >= high {
                found.insert(format!(
                    "{place}: from `{from}` (floor {high}) to `{to}` (floor {low})"
                ));
            }
        }
        found.into_iter().collect()
    }

    /// Circles of folders within a room.
    ///
    /// That a `mod.rs` re-exports what its folders define makes no circle.
    fn circles(&self) -> Vec<String> {
        let mut graph: BTreeMap<&Path, BTreeMap<&Path, String>> = BTreeMap::new();
        for import in self.imports().filter(|import| !import.is_facade) {
            let is_within = !import.from.is_empty() && import.from.first() == import.to.first();
            let [from, to] = [import.from, import.to].map(|module| self.0[module].folder.as_path());
            if is_within && from != to {
                graph
                    .entry(from)
                    .or_default()
                    .entry(to)
                    .or_insert(import.place);
            }
        }
        let reaches = |from: &Path, to: &Path| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
            while let Some(folder) = open.pop() {
                if folder == to {
                    return true;
                }
                if seen.insert(folder) {
                    open.extend(graph.get(folder).into_iter().flat_map(|next| next.keys()));
                }
            }
            false
        };
        let edges = graph
            .iter()
            .flat_map(|(from, next)| next.iter().map(move |(to, place)| (*from, *to, place)));
        let edges = edges.filter(|(from, to, _)| reaches(to, from));
        let text = |(from, to, place): (&Path, &Path, &String)| {
            let [from, to] = [from.display(), to.display()];
            format!("{place}: from src/{from} to src/{to}, which leads back")
        };
        edges.map(text).collect()
    }
}

/// Collects the paths of a module that leave it.
struct Mentions<'a> {
    module: &'a Names,
    names: BTreeMap<String, Names>,
    paths: Vec<Mention>,
}

impl<'a> Mentions<'a> {
    fn new(module: &'a Names) -> Self {
        Mentions {
            module,
            names: BTreeMap::new(),
            paths: Vec::new(),
        }
    }

    /// The path from the crate on, if it begins with `crate`, `self` or `super`.
    fn absolute(&self, path: &[String]) -> Option<Names> {
        let mut base = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        let ups = path.iter().take_while(|name| *name == "super").count();
        base.truncate(base.len().checked_sub(ups)?);
        base.extend_from_slice(&path[ups.max(1)..]);
        Some(base)
    }

    fn mention(&mut self, line: usize, path: &[String], is_facade: bool) {
        if let Some(to) = self.absolute(path) {
            self.paths.push(Mention {
                line,
                to,
                is_facade,
            });
        }
    }

    /// Takes up the names of a `use` behind `before`.
    fn take_up(&mut self, tree: &UseTree, before: &[String], is_facade: bool) {
        match tree {
            UseTree::Path(path) => {
                let before = extended(before, &path.ident.to_string());
                self.take_up(&path.tree, &before, is_facade);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_up(tree, before, is_facade);
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                let own = before.last().cloned().unwrap_or_default();
                self.bind(own, before.to_vec(), tree, is_facade);
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.bind(name.clone(), extended(before, &name), tree, is_facade);
            }
            UseTree::Rename(rename) => {
                let path = extended(before, &rename.ident.to_string());
                self.bind(rename.rename.to_string(), path, tree, is_facade);
            }
            UseTree::Glob(_) => self.mention(tree.span().start().line, before, is_facade),
        }
    }

    /// Takes up one name. A path that begins with no keyword begins with a module below, or is foreign.
    fn bind(&mut self, name: String, path: Names, tree: &UseTree, is_facade: bool) {
        let path = match path.first().map(String::as_str) {
            Some("crate" | "self" | "super") => path,
            _ => [vec!["self".to_owned()], path].concat(),
        };
        self.mention(tree.span().start().line, &path, is_facade);
        if let Some(to) = self.absolute(&path) {
            self.names.insert(name, to);
        }
    }

    /// Paths in the tokens of a macro.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut place = 0;
        while place < tokens.len() {
            match &tokens[place] {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) if ident == "crate" || ident == "super" => {
                    let line = ident.span().start().line;
                    let mut path = vec![ident.to_string()];
                    while let [
                        TokenTree::Punct(a),
                        TokenTree::Punct(b),
                        TokenTree::Ident(next),
                        ..,
                    ] = &tokens[place + 1..]
                        && (a.as_char(), b.as_char()) == (':', ':')
                    {
                        path.push(next.to_string());
                        place += 3;
                    }
                    self.mention(line, &path, false);
                }
                _ => {}
            }
            place += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    /// A module has mentions of its own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// Where an item may be seen is no import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_facade = !matches!(item.vis, Visibility::Inherited);
        self.take_up(&item.tree, &[], is_facade);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        self.mention(path.span().start().line, &names, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.scan(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}

/// Whether there is `#[cfg(test)]` or `#[cfg(doctest)]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let mut conditions = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.any(|attribute| {
        let condition = attribute.parse_args::<syn::Path>();
        condition.is_ok_and(|path| path.is_ident("test") || path.is_ident("doctest"))
    })
}

fn extended(path: &[String], name: &str) -> Names {
    let mut path = path.to_vec();
    path.push(name.to_owned());
    path
}
