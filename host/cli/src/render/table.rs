//! Formats what containers get as a table for people.

use std::fmt::Write as _;

use podweave_core::report::{File, Item, RenderList};
use podweave_core::text::printable;

use crate::messages::{FAINT, HEADING, NAME, styled};

/// The maximum number of lines of a file that are shown.
const SHOWN_LINES: usize = 60;

/// The maximum length of a value or a line that is shown.
const SHOWN_BYTES: usize = 2000;

/// Formats all items, one below the other. Escapes text that a plugin rendered.
pub fn table(list: &RenderList) -> String {
    list.items.iter().map(item).collect::<Vec<_>>().join("\n")
}

fn item(item: &Item) -> String {
    let mut text = String::new();
    let plugins: Vec<String> = item
        .plugins
        .iter()
        .map(|plugin| plugin.reference.clone())
        .collect();
    let _ = writeln!(
        text,
        "{}",
        styled(
            HEADING,
            &format!("{}/{}, container {}", item.namespace, item.pod, item.container)
        )
    );
    let _ = writeln!(
        text,
        "{}",
        styled(FAINT, &format!("rendered by {}", plugins.join(", then ")))
    );
    if !item.env.is_empty() {
        heading(&mut text, "environment");
        let width = item
            .env
            .iter()
            .map(|variable| variable.name.len())
            .max()
            .unwrap_or(0);
        for variable in &item.env {
            let padding = " ".repeat(width - variable.name.len());
            let _ = writeln!(
                text,
                "  {}{padding}  {}",
                styled(NAME, &variable.name),
                printable(&variable.value, SHOWN_BYTES)
            );
        }
    }
    for (name, list) in [
        ("command", &item.command),
        ("args", &item.args),
        ("args, after those of the image", &item.append_args),
    ] {
        if let Some(list) = list {
            heading(&mut text, name);
            for element in list {
                let _ = writeln!(text, "  {}", printable(element, SHOWN_BYTES));
            }
        }
    }
    for file in &item.files {
        self::file(&mut text, file);
    }
    if item.env.is_empty()
        && item.command.is_none()
        && item.args.is_none()
        && item.append_args.is_none()
        && item.files.is_empty()
    {
        let _ = writeln!(
            text,
            "\n  nothing: the plugin set no variable, no argument and no file"
        );
    }
    text
}

fn heading(text: &mut String, name: &str) {
    let _ = writeln!(text, "\n{}", styled(HEADING, name));
}

fn file(text: &mut String, file: &File) {
    let path = styled(NAME, &printable(&file.path, SHOWN_BYTES));
    let _ = writeln!(
        text,
        "\n{} {path} {}",
        styled(HEADING, "file"),
        styled(FAINT, &format!("mode {}", file.mode))
    );
    let Some(contents) = &file.contents else {
        let _ = writeln!(text, "  {}", styled(FAINT, "not text; -o dir=PATH writes it"));
        return;
    };
    let mut lines = contents.lines();
    for line in lines.by_ref().take(SHOWN_LINES) {
        let shown = line
            .split('\t')
            .map(printable_line)
            .collect::<Vec<_>>()
            .join("\t");
        let _ = writeln!(text, "  {}{shown}", styled(FAINT, "| "));
    }
    let more = lines.count();
    if more > 0 {
        let _ = writeln!(
            text,
            "  {}",
            styled(FAINT, &format!("| ... {more} more lines; -o yaml shows all"))
        );
    }
}

/// Shortens a line of a file, and keeps its spaces.
fn printable_line(line: &str) -> String {
    let trimmed = line.trim_end();
    format!(
        "{}{}",
        printable(trimmed, SHOWN_BYTES),
        &line[trimmed.len()..].replace(|c: char| c.is_control(), "")
    )
}
