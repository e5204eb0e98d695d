//! Lists the helpers: functions that templates call by name. docs/plugins/handlebars.md shows each with an
//! example.

mod arguments;
mod data;
mod encodings;
mod logic;
mod numbers;
mod text;

pub(crate) use arguments::Arguments;

use crate::failure::Result;
use crate::value::Value;

/// A helper. Nothing is registered at run time: the parser finds helpers in a constant table.
pub(crate) struct Helper {
    pub(crate) name: &'static str,
    /// How to call it, for messages.
    pub(crate) usage: &'static str,
    pub(crate) min: usize,
    pub(crate) max: usize,
    /// The options that it takes as `name=value`.
    pub(crate) hash: &'static [&'static str],
    pub(crate) run: fn(&Arguments<'_, '_>) -> Result<Value>,
}

impl std::fmt::Debug for Helper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn helper(
    name: &'static str,
    usage: &'static str,
    arguments: std::ops::RangeInclusive<usize>,
    run: fn(&Arguments<'_, '_>) -> Result<Value>,
) -> Helper {
    Helper {
        name,
        usage,
        min: *arguments.start(),
        max: *arguments.end(),
        hash: &[],
        run,
    }
}

const MANY: usize = usize::MAX;

/// Sorted by name.
static HELPERS: [Helper; 40] = [
    helper("add", "add a b ...", 2..=MANY, numbers::add),
    helper("and", "and a b ...", 2..=MANY, logic::and),
    helper("b64", "b64 text", 1..=1, encodings::b64),
    helper("b64-decode", "b64-decode text", 1..=1, encodings::b64_decode),
    helper("bool", "bool value", 1..=1, logic::bool),
    helper("concat", "concat a b ...", 1..=MANY, text::concat),
    helper("default", "default value fallback ...", 2..=MANY, logic::default),
    helper("div", "div a b", 2..=2, numbers::div),
    helper("eq", "eq a b", 2..=2, logic::eq),
    helper("ge", "ge a b", 2..=2, numbers::ge),
    helper("gt", "gt a b", 2..=2, numbers::gt),
    helper("has", "has map key", 2..=2, logic::has),
    helper("indent", "indent text spaces", 2..=2, text::indent),
    helper("int", "int value", 1..=1, numbers::int),
    helper("join", "join list separator", 2..=2, text::join),
    Helper {
        hash: &["pretty"],
        ..helper("json", "json value [pretty=true]", 1..=1, data::json)
    },
    helper("le", "le a b", 2..=2, numbers::le),
    helper("len", "len value", 1..=1, data::len),
    helper("lookup", "lookup map key", 2..=2, data::lookup),
    helper("lower", "lower text", 1..=1, text::lower),
    helper("lt", "lt a b", 2..=2, numbers::lt),
    helper("mod", "mod a b", 2..=2, numbers::modulo),
    helper("mul", "mul a b ...", 2..=MANY, numbers::mul),
    helper("ne", "ne a b", 2..=2, logic::ne),
    helper("nindent", "nindent text spaces", 2..=2, text::nindent),
    helper("not", "not value", 1..=1, logic::not),
    helper("or", "or a b ...", 2..=MANY, logic::or),
    helper("parse-json", "parse-json text", 1..=1, data::parse_json),
    helper("parse-yaml", "parse-yaml text", 1..=1, data::parse_yaml),
    helper("quote", "quote value", 1..=1, text::quote),
    helper("replace", "replace text from to", 3..=3, text::replace),
    helper("required", "required value [message]", 1..=2, logic::required),
    helper("sha256", "sha256 text", 1..=1, encodings::sha256),
    helper("shell-quote", "shell-quote value", 1..=1, text::shell_quote),
    helper("split", "split text separator", 2..=2, text::split),
    helper("sub", "sub a b", 2..=2, numbers::sub),
    helper("toml", "toml value", 1..=1, data::toml),
    helper("trim", "trim text", 1..=1, text::trim),
    helper("upper", "upper text", 1..=1, text::upper),
    helper("yaml", "yaml value", 1..=1, data::yaml),
];

/// Returns the helper of this name.
pub(crate) fn find(name: &str) -> Option<&'static Helper> {
    HELPERS
        .binary_search_by(|helper| helper.name.cmp(name))
        .ok()
        .map(|index| &HELPERS[index])
}

/// Returns a hint at the nearest helper.
pub(crate) fn nearest(name: &str) -> String {
    podweave_formats::params::nearest(name, HELPERS.iter().map(|helper| helper.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(HELPERS.is_sorted_by_key(|helper| helper.name));
    }

    const MANUAL: &str = include_str!("../../../../docs/plugins/handlebars.md");

    /// Returns the rows of the manual's table of helpers: their names and the rest of the row.
    fn rows() -> Vec<(Vec<&'static str>, &'static str)> {
        let (_, chapter) = MANUAL.split_once("\n## Helpers\n").expect("a chapter on helpers");
        let (chapter, _) = chapter.split_once("\n## ").expect("another chapter");
        let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `"));
        rows.map(|row| {
            let (names, rest) = row.split_once("` | ").expect("a cell of names");
            (names.split("` `").collect(), rest)
        })
        .collect()
    }

    #[test]
    fn the_manual_has_each_helper_once_and_no_other() {
        let mut documented: Vec<_> = rows().into_iter().flat_map(|(names, _)| names).collect();
        documented.sort_unstable();
        assert_eq!(documented, HELPERS.each_ref().map(|helper| helper.name));
    }

    #[test]
    fn the_manual_shows_calls_and_options() {
        for (names, rest) in rows() {
            let (example, _) = rest.split_once(" | ").expect("a cell with an example");
            let is_called = |name: &&str| {
                ["{{", "("]
                    .iter()
                    .any(|open| example.contains(&format!("{open}{name} ")))
            };
            assert!(names.iter().any(is_called), "{example} calls none of {names:?}");
            let options = names.iter().flat_map(|name| find(name).expect("a helper").hash);
            for option in options {
                assert!(
                    rest.contains(&format!("{option}=")),
                    "{names:?}: the option {option}"
                );
            }
        }
    }
}
