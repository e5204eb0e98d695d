//! `-o env`: prints variables as lines that a shell can read: `set -a; . <(podweave render -o env ...)`.

use anyhow::{Result, bail};
use podweave_core::report::RenderList;
use podweave_core::text;

/// Formats the variables of the only container in the list.
pub fn env(list: &RenderList) -> Result<String> {
    let [item] = &list.items[..] else {
        let names = list.items.iter().map(|item| item.container.as_str());
        bail!(
            "-o env prints the variables of one container, but these were rendered: {}; choose one with --container",
            text::list(names)
        );
    };
    let mut lines = String::new();
    for variable in &item.env {
        if !is_shell_name(&variable.name) {
            bail!(
                "variable {} is not a valid name in a shell; use -o json",
                text::quoted(&variable.name)
            );
        }
        lines.push_str(&format!("{}={}\n", variable.name, shell_quoted(&variable.value)));
    }
    Ok(lines)
}

fn is_shell_name(name: &str) -> bool {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts_well
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn shell_quoted(value: &str) -> String {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b',' | b'+' | b'@' | b'%')
    };
    if !value.is_empty() && value.bytes().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}
