//! Mutants behind a switch. The body `{ a + b }` of a function becomes
//! `{ if crate::mutant(7) { a - b } else { a + b } }`.

use crate::Result;
use crate::list::Mutant;
use std::collections::BTreeMap;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// The definition of `crate::mutant`: one mutant is on, by its number in the environment.
pub(crate) const DEFINITION: &str = r#"
/// Whether a mutant is on.
#[doc(hidden)]
#[inline]
pub fn mutant(number: usize) -> bool {
    static ON: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let read = || std::env::var("MUTANT").map_or(0, |text| text.parse().unwrap_or(0));
    *ON.get_or_init(read) == number
}
"#;

/// The text of a file with switches.
#[derive(Debug, Default)]
pub(crate) struct Switched {
    pub(crate) text: String,
    /// The bytes of each mutated body, with the number of its mutant.
    bodies: Vec<(Range<usize>, usize)>,
    /// Mutants outside of functions.
    pub(crate) outside: Vec<usize>,
}

impl Switched {
    /// Puts mutants with these numbers behind switches.
    pub(crate) fn new(source: &str, mutants: &[(usize, &Mutant)]) -> Result<Self> {
        let mut functions = Functions::default();
        functions.visit_file(&syn::parse_file(source)?);
        let mut switched = Switched::default();
        let mut in_body: BTreeMap<usize, Vec<(usize, &Mutant)>> = BTreeMap::new();
        for &(number, mutant) in mutants {
            let span = mutant.bytes(source);
            let is_around = |body: &Range<usize>| body.start < span.start && span.end < body.end;
            match functions.bodies.iter().position(is_around) {
                Some(body) => in_body.entry(body).or_default().push((number, mutant)),
                None => switched.outside.push(number),
            }
        }
        let mut at = 0;
        for (body, mutants) in in_body {
            let body = functions.bodies[body].clone();
            switched.text += &source[at..body.start];
            switched.text += "{ ";
            for (number, mutant) in mutants {
                let span = mutant.bytes(source);
                switched.text += &format!("if crate::mutant({number}) ");
                let start = switched.text.len();
                switched.text += &source[body.start..span.start];
                switched.text += &mutant.replacement;
                switched.text += &source[span.end..body.end];
                switched.bodies.push((start..switched.text.len(), number));
                switched.text += " else ";
            }
            switched.text += &source[body.clone()];
            switched.text += " }";
            at = body.end;
        }
        switched.text += &source[at..];
        Ok(switched)
    }

    /// The mutant with this byte in its body, or next to it.
    pub(crate) fn mutant_at(&self, byte: usize) -> Option<usize> {
        let distance = |(body, _): &&(Range<usize>, usize)| {
            body.start.saturating_sub(byte) + byte.saturating_sub(body.end)
        };
        let (_, number) = self.bodies.iter().min_by_key(distance)?;
        Some(*number)
    }
}

/// The bytes of the bodies of functions, in their order, without those within others.
#[derive(Default)]
struct Functions {
    bodies: Vec<Range<usize>>,
}

impl Visit<'_> for Functions {
    fn visit_item_fn(&mut self, node: &syn::ItemFn) {
        self.bodies.push(node.block.span().byte_range());
    }

    fn visit_impl_item_fn(&mut self, node: &syn::ImplItemFn) {
        self.bodies.push(node.block.span().byte_range());
    }

    fn visit_trait_item_fn(&mut self, node: &syn::TraitItemFn) {
        self.bodies
            .extend(node.default.as_ref().map(|block| block.span().byte_range()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutants_of_a_function_are_branches_before_its_body() {
        let source = "const A: i32 = 1 + 1;\nfn f(é: i32) -> i32 { é + 1 }\n";
        let mutant = |line: usize, column: usize, replacement: &str| -> Mutant {
            let (start, end) = ((line, column), (line, column + 1));
            let at = |(line, column)| serde_json::json!({ "line": line, "column": column });
            let span = serde_json::json!({ "start": at(start), "end": at(end) });
            let value = serde_json::json!({ "name": "", "file": "", "replacement": replacement, "span": span });
            serde_json::from_value(value).unwrap()
        };
        let mutants = [mutant(1, 18, "-"), mutant(2, 25, "-"), mutant(2, 25, "*")];
        let numbered: Vec<_> = (1..).zip(&mutants).collect();
        let switched = Switched::new(source, &numbered).unwrap();
        let f = "fn f(é: i32) -> i32 { if crate::mutant(2) { é - 1 } else if crate::mutant(3) { é * 1 } else { é + 1 } }";
        assert_eq!(switched.text, format!("const A: i32 = 1 + 1;\n{f}\n"));
        assert_eq!(switched.outside, [1]);
        assert_eq!(
            switched.mutant_at(switched.text.find("é *").unwrap()),
            Some(3)
        );
    }
}
