//! Formats what containers get as a table for people.

use std::fmt::Write as _;

use podweave_core::report::{File, Item, RenderList, Variable};
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
    let title = format!("{}/{}, container {}", item.namespace, item.pod, item.container);
    let plugins: Vec<&str> = item
        .plugins
        .iter()
        .map(|plugin| plugin.reference.as_str())
        .collect();
    let by = format!("rendered by {}", plugins.join(", then "));
    let head = format!("{}\n{}\n", styled(HEADING, &title), styled(FAINT, &by));
    let mut text = head.clone();
    environment(&mut text, &item.env);
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
    if text == head {
        text.push_str("\n  nothing: the plugin set no variable, no argument and no file\n");
    }
    text
}

fn environment(text: &mut String, variables: &[Variable]) {
    let Some(width) = variables.iter().map(|variable| variable.name.len()).max() else {
        return;
    };
    heading(text, "environment");
    for Variable { name, value } in variables {
        let _ = writeln!(
            text,
            "  {}{}  {}",
            styled(NAME, name),
            " ".repeat(width - name.len()),
            printable(value, SHOWN_BYTES)
        );
    }
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
