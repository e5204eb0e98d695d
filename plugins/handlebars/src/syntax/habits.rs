//! Recognizes syntax of Go's templates and Helm, and suggests what to write in Handlebars.

/// `{{- x -}}`: a dash where an expression begins or ends.
pub(crate) fn dash(rest: &str) -> Option<String> {
    let behind = rest.strip_prefix('-')?;
    let is_lone = behind.starts_with("}}") || behind.starts_with(char::is_whitespace);
    is_lone.then(|| {
        "`-` takes whitespace in Go's templates: Handlebars writes `~`, as in `{{~name~}}`".to_owned()
    })
}

/// `.Values.x`: a dot in front of a name.
pub(crate) fn leading_dot(rest: &str) -> Option<String> {
    let name = rest.strip_prefix('.')?;
    let end = name
        .find(|next: char| !super::is_id(next) && next != '.')
        .unwrap_or(name.len());
    let name = &name[..end];
    let meant = match name.strip_prefix("Values.") {
        Some(rest) => format!("values.{rest}"),
        None => name.to_owned(),
    };
    (!name.is_empty()).then(|| format!("a name has no dot in front of it in Handlebars: write `{meant}`"))
}

/// `x | quote`: a pipe behind an expression.
pub(crate) fn pipe(rest: &str, value: &str, (open, close): (&str, &str)) -> Option<String> {
    let behind = rest.strip_prefix('|')?.trim_start();
    let end = behind
        .find(|next: char| !super::is_id(next))
        .unwrap_or(behind.len());
    let name = match &behind[..end] {
        "" => "helper",
        name => name,
    };
    let value = if value.contains(' ') && !value.starts_with(['"', '\'']) {
        format!("({value})")
    } else {
        value.to_owned()
    };
    let arguments = behind[end..]
        .split(['}', ')', '|', '~'])
        .next()
        .unwrap_or_default()
        .trim();
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!(" {arguments}")
    };
    Some(format!(
        "Handlebars has no `|`: a helper goes in front of its value, `{open}{name} {value}{arguments}{close}`"
    ))
}

/// Returns what replaces a helper or a keyword of Go's templates, Sprig and Helm.
pub(crate) fn helper(name: &str) -> Option<String> {
    let hint = match name {
        "if" => "a block begins with `#` and ends with `/`: `{{#if x}} ... {{/if}}`",
        "unless" => "a block begins with `#` and ends with `/`: `{{#unless x}} ... {{/unless}}`",
        "with" => "a block begins with `#` and ends with `/`: `{{#with x}} ... {{/with}}`",
        "each" | "range" => "a loop is `{{#each x}} ... {{/each}}`",
        "include" | "template" => "a partial is included with `{{> name}}`",
        "define" | "block" => "a partial is defined with `{{#*inline \"name\"}} ... {{/inline}}`",
        "toYaml" => "write `yaml`",
        "toJson" | "toRawJson" => "write `json`",
        "toPrettyJson" => "write `json` with `pretty=true`",
        "toToml" => "write `toml`",
        "fromYaml" => "write `parse-yaml`",
        "fromJson" => "write `parse-json`",
        "b64enc" => "write `b64`",
        "b64dec" => "write `b64-decode`",
        "sha256sum" => "write `sha256`",
        "squote" => "write `quote` or `shell-quote`",
        "printf" | "print" | "cat" => "write `concat`",
        "index" | "get" => "write `lookup`",
        "hasKey" => "write `has`",
        "coalesce" => "write `default`",
        "int64" | "atoi" => "write `int`",
        "splitList" => "write `split`",
        _ => return None,
    };
    Some(format!(": {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_one_only_if_it_is_alone() {
        assert!(dash("- x }}").is_some() && dash("-}}").is_some());
        assert!(dash("-1}}").is_none() && dash("-x}}").is_none() && dash("x").is_none());
    }

    #[test]
    fn a_pipe_shows_the_call_that_was_meant() {
        let meant = |rest, value| pipe(rest, value, ("{{", "}}")).unwrap();
        assert!(meant("| quote }}", "values.x").ends_with("`{{quote values.x}}`"));
        assert!(meant("|default \"a\" | quote}}", "x").ends_with("`{{default x \"a\"}}`"));
        assert!(meant("| indent 4}}", "yaml x").ends_with("`{{indent (yaml x) 4}}`"));
    }

    #[test]
    fn a_leading_dot_shows_the_name_that_was_meant() {
        assert!(leading_dot(".Values.a.b }}").unwrap().ends_with("`values.a.b`"));
        assert!(leading_dot(".name)").unwrap().ends_with("`name`"));
        assert!(leading_dot(".").is_none() && leading_dot("x").is_none());
    }
}
