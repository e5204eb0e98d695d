//! Formats explanations as text for people.

use std::fmt::Write as _;

use podweave_core::text::printable;
use podweave_explain::{Dependency, Effect, OutputValue};

use super::Explained;
use crate::messages::{BAD, FAINT, GOOD, HEADING, NAME, WARNING, styled};

/// The maximum length of a value or a line that is shown.
const SHOWN_BYTES: usize = 2000;

/// The maximum number of lines of a file that are shown.
const SHOWN_LINES: usize = 20;

/// The maximum length of an input's name, and of a message.
const SHOWN_NAME_BYTES: usize = 160;
const SHOWN_REASON_BYTES: usize = 400;

/// Formats all explanations, one below the other, with `all` messages. Escapes text that a plugin wrote.
pub fn table(explained: &[Explained<'_>], all: bool) -> String {
    explained
        .iter()
        .map(|explained| one(explained, all))
        .collect::<Vec<_>>()
        .join("\n")
}

fn one(explained: &Explained<'_>, all: bool) -> String {
    let item = explained.explainer.item();
    let mut text = String::new();
    // Writing to a String cannot fail.
    let heading = format!(
        "{} of {}/{}, container {}",
        printable(&explained.output.to_string(), SHOWN_NAME_BYTES),
        item.namespace,
        item.pod,
        item.container
    );
    let _ = writeln!(text, "{}", styled(HEADING, &heading));
    let _ = writeln!(text, "{}", styled(FAINT, &made_by(explained)));
    value(&mut text, &explained.explanation.value);
    let dependencies = &explained.explanation.dependencies;
    if dependencies.is_empty() {
        let _ = writeln!(text, "\n  it depends on nothing but the plugin and its params");
        return text;
    }
    let _ = writeln!(text);
    let names: Vec<String> = dependencies
        .iter()
        .map(|dependency| printable(&dependency.input.to_string(), SHOWN_NAME_BYTES))
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, dependency) in names.iter().zip(dependencies) {
        let padding = " ".repeat(width - name.chars().count());
        let _ = writeln!(text, "  {}{padding}  {}", styled(NAME, name), effect(dependency));
        for (when, reason) in [
            ("without it", &dependency.fails_without),
            ("with another value", &dependency.fails_with_another),
        ] {
            // A known effect needs no other proof.
            if let Some(reason) = reason
                .as_ref()
                .filter(|_| all || dependency.effect != Effect::Changes)
            {
                let _ = writeln!(
                    text,
                    "    {}",
                    styled(
                        FAINT,
                        &format!(
                            "{when} the render fails: {}",
                            printable(reason, SHOWN_REASON_BYTES)
                        )
                    )
                );
            }
        }
    }
    text
}

fn made_by(explained: &Explained<'_>) -> String {
    let renders = &explained.explainer.binding().renders;
    let shown = |number: &usize| match renders.get(*number) {
        Some(render) if renders.len() > 1 => format!("{} (render {})", render.plugin, number + 1),
        Some(render) => render.plugin.to_string(),
        None => String::new(),
    };
    match explained.explanation.made_by.split_last() {
        None => "set by the pod's spec, which refers to rendered variables".to_owned(),
        Some((last, [])) => format!("set by {}", shown(last)),
        Some((last, before)) => format!(
            "set by {}, which overrides {}",
            shown(last),
            before.iter().map(shown).collect::<Vec<_>>().join(" and ")
        ),
    }
}

fn value(text: &mut String, value: &OutputValue) {
    let mut line = |shown: &str| {
        let _ = writeln!(text, "  {}{}", styled(FAINT, "| "), printable(shown, SHOWN_BYTES));
    };
    match value {
        OutputValue::Text(value) => line(value),
        OutputValue::List(list) => list.iter().for_each(|element| line(element)),
        OutputValue::File(file) => match &file.contents {
            None => line("not text"),
            Some(contents) => {
                let mut lines = contents.lines();
                lines.by_ref().take(SHOWN_LINES).for_each(&mut line);
                let more = lines.count();
                if more > 0 {
                    line(&format!("... {more} more lines; podweave render shows them"));
                }
            }
        },
    }
}

fn effect(dependency: &Dependency) -> String {
    match dependency.effect {
        Effect::Changes if !dependency.is_found => {
            styled(GOOD, "does not exist; if it did, it would change it")
        }
        Effect::Changes => {
            let fails = if dependency.fails_without.is_some() {
                "; without it the render fails"
            } else {
                ""
            };
            styled(GOOD, &format!("changes it{}{fails}", lines(dependency)))
        }
        Effect::Undecided => styled(
            BAD,
            "is needed for it: every attempted change makes the render fail",
        ),
        Effect::Needed if !dependency.is_found => styled(
            WARNING,
            "does not exist; if it did, it would not change it, but could make the render fail",
        ),
        Effect::Needed => styled(WARNING, "does not change it, but the render needs it"),
        Effect::None => styled(FAINT, "was read, but does not change it"),
    }
}

/// Formats ` (lines 2, 5-7)`, or an empty text.
fn lines(dependency: &Dependency) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for line in &dependency.lines {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => runs.push((*line, *line)),
        }
    }
    let shown: Vec<String> = runs
        .iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    match dependency.lines.len() {
        0 => String::new(),
        1 => format!(" (line {})", shown[0]),
        _ => format!(" (lines {})", shown.join(", ")),
    }
}
