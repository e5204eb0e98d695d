//! The reason why a text is not YAML that its author needs: braces of a template.

/// What only a chart's templates have.
const OF_HELM: [&str; 14] =
    ["{{-", "-}}", ".Values", ".Release", ".Chart", ".Capabilities", ".Files", "include ", "toYaml", "{{ .", "{{.", "{{ if ", "{{ range ", "{{ end"];

/// The reason for a mistake on a line (counted from 1): this one, or, where braces without quotes are the cause, what to do about them.
pub(super) fn or(text: &str, line: usize, reason: String) -> String {
    // What cannot stand where it stands is often found on the next line.
    let before = line.saturating_sub(2);
    let suspects = text.lines().skip(before).take(line - before);
    let Some(braces) = suspects.filter(|line| has_bare_braces(line)).last() else { return reason };
    let is_of_helm = OF_HELM.iter().any(|mark| braces.contains(mark)) || ["{{end", "{{else", "{{if "].iter().any(|mark| braces.contains(mark));
    if is_of_helm {
        "this is a template of Helm, not YAML; render it first: helm template CHART | podweave render -f -. If it is text for a plugin, put it in quotes"
            .to_owned()
    } else {
        "what begins with '{{' has to be in quotes, such as \"{{config.port}}\"; without them, YAML takes it for an object".to_owned()
    }
}

/// Whether `{{` begins a value on this line.
fn has_bare_braces(line: &str) -> bool {
    let content = line.split(" #").next().unwrap_or(line);
    content.match_indices("{{").any(|(at, _)| matches!(content[..at].trim_end().chars().next_back(), None | Some(':' | '-' | '[' | ',' | '{' | '?')))
}
