//! Explains the most common reason why a text is not YAML: braces of a template.

use granit_parser::Marker;

/// Texts that occur only in a chart's templates.
const OF_HELM: [&str; 14] = [
    "{{-",
    "-}}",
    ".Values",
    ".Release",
    ".Chart",
    ".Capabilities",
    ".Files",
    "include ",
    "toYaml",
    "{{ .",
    "{{.",
    "{{ if ",
    "{{ range ",
    "{{ end",
];

/// How many bytes before and behind a mistake are searched. A text may have a thousand mistakes and megabytes
/// in one line.
const LOOK: usize = 4096;

/// Returns the reason for a mistake: this one, or the remedy if braces without quotes are the cause.
pub(super) fn or(text: &str, at: Marker, reason: String) -> String {
    let Some(braces) = lines_near(text, at).rfind(|line| has_bare_braces(line)) else {
        return reason;
    };
    let is_of_helm = OF_HELM.iter().any(|mark| braces.contains(mark))
        || ["{{end", "{{else", "{{if "]
            .iter()
            .any(|mark| braces.contains(mark));
    if is_of_helm {
        "this is a template of Helm, not YAML; render it first: helm template CHART | podweave render -f -. If it is text for a plugin, put it in quotes"
            .to_owned()
    } else {
        "put a value that begins with '{{' in quotes, such as \"{{config.port}}\"; without them, YAML takes it for an object".to_owned()
    }
}

/// Returns the line of a place and the line before it, as far as they are near: the parser often reports a
/// mistake one line too late.
fn lines_near(text: &str, at: Marker) -> std::str::Lines<'_> {
    let line_start = || {
        text.split_inclusive('\n')
            .take(at.line().saturating_sub(1))
            .map(str::len)
            .sum()
    };
    let offset = text.floor_char_boundary(at.byte_offset().unwrap_or_else(line_start));
    let start = text.floor_char_boundary(offset.saturating_sub(LOOK));
    let (before, behind) = (
        &text[start..offset],
        &text[offset..text.ceil_char_boundary(offset.saturating_add(LOOK))],
    );
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let line_before = before[..line.saturating_sub(1)]
        .rfind('\n')
        .map_or(0, |end| end + 1);
    text[start + line_before..offset + behind.find('\n').unwrap_or(behind.len())].lines()
}

/// Whether `{{` begins a value on this line.
fn has_bare_braces(line: &str) -> bool {
    let content = line.split(" #").next().unwrap_or(line);
    content.match_indices("{{").any(|(at, _)| {
        matches!(
            content[..at].trim_end().chars().next_back(),
            None | Some(':' | '-' | '[' | ',' | '{' | '?')
        )
    })
}
