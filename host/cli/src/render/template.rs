//! Renders the result with a template of the user's, as `kubectl -o go-template` does.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use handlebars::template::TemplateElement;
use handlebars::{
    Handlebars, RenderError, RenderErrorReason, Template, TemplateError, TemplateErrorReason,
    handlebars_helper, no_escape,
};
use podweave_core::report::RenderList;
use podweave_core::text;
use podweave_core::text::Shown as _;

use crate::{Usage, input};

/// The maximum size of a template: the time to parse one grows with the square of its size.
const MAX_BYTES: usize = 64 * 1024;
/// The maximum nesting of blocks, and of brackets in a tag.
const MAX_DEPTH: usize = 32;
/// The maximum size of the output.
const MAX_OUTPUT: usize = 64 * 1024 * 1024;
const NAME: &str = "template";

handlebars_helper!(json: |value: Json| value.to_string());

/// A compiled template.
#[derive(Debug)]
pub struct Parsed {
    engine: Handlebars<'static>,
}

/// Returns the file that `template=FILE|TEXT` names; `None` for a text.
pub fn file(given: &str) -> Option<PathBuf> {
    let path = Path::new(given);
    (path.is_file() || !given.contains("{{")).then(|| path.to_owned())
}

/// Reads the template of `template=FILE|TEXT`: a file of that name if it exists, otherwise the text, which
/// has to contain a tag.
pub fn parse(given: &str) -> Result<Parsed> {
    let read = |path: &Path| {
        if path.symlink_metadata().is_err() {
            let given = text::quoted(given);
            let reason = format!(
                "-o template={given}: there is no such file, and a template text has to contain tags, such as {{{{#each items}}}}"
            );
            return Err(Usage(reason).into());
        }
        input::text_of(path)
    };
    let (name, template) = match file(given) {
        Some(path) => (path.shown(), read(&path)?),
        None => ("-o template".to_owned(), given.to_owned()),
    };
    compile(&template).map_err(|error| Usage(format!("{name}: {error:#}")).into())
}

fn compile(template: &str) -> Result<Parsed> {
    if template.len() > MAX_BYTES {
        bail!(
            "the template has {} bytes, more than the limit of 64 KiB",
            template.len()
        );
    }
    check_depth(template)?;
    let compiled = Template::compile(template).map_err(|error| syntax_error(&error))?;
    check_elements(&compiled)?;
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(no_escape);
    engine.register_helper("json", Box::new(json));
    // The helper would write to podweave's log, which the command line does not show.
    engine.unregister_helper("log");
    engine.register_template(NAME, compiled);
    Ok(Parsed { engine })
}

impl Parsed {
    /// Renders the result with the template, completely or with an error.
    pub fn render(&self, list: &RenderList) -> Result<String> {
        let mut output = Bounded(Vec::new());
        self.engine
            .render_to_write(NAME, &serde_json::to_value(list)?, &mut output)
            .map_err(|error| render_error(&error))?;
        String::from_utf8(output.0).context("the template's output is not valid text")
    }
}

/// Limits the output: nested loops can make a huge output of a small template.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("its output is more than 64 MiB"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Checks the nesting, because the parser and the engine recurse.
fn check_depth(template: &str) -> Result<()> {
    let (mut blocks, mut rest) = (0usize, template);
    while let Some(start) = rest.find("{{") {
        let tag = &rest[start + 2..];
        let tag = &tag[..tag.find("}}").unwrap_or(tag.len())];
        match tag.trim_start_matches(['{', '~', ' ']).chars().next() {
            Some('#' | '^') => blocks += 1,
            Some('/') => blocks = blocks.saturating_sub(1),
            _ => {}
        }
        let mut brackets = 0usize;
        for character in tag.chars() {
            match character {
                '(' | '[' | '{' => brackets += 1,
                ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            if blocks.max(brackets) > MAX_DEPTH {
                bail!("blocks and brackets nest at most {MAX_DEPTH} deep");
            }
        }
        rest = &rest[start + 2 + tag.len()..];
    }
    Ok(())
}

/// Refuses partials, which can include themselves endlessly.
fn check_elements(template: &Template) -> Result<()> {
    for element in &template.elements {
        match element {
            TemplateElement::PartialExpression(_)
            | TemplateElement::PartialBlock(_)
            | TemplateElement::DecoratorExpression(_)
            | TemplateElement::DecoratorBlock(_) => {
                bail!("partials ({{{{> name}}}}) and decorators ({{{{* name}}}}) are not available here");
            }
            TemplateElement::HelperBlock(block) => [&block.template, &block.inverse]
                .into_iter()
                .flatten()
                .try_for_each(check_elements)?,
            _ => {}
        }
    }
    Ok(())
}

fn syntax_error(error: &TemplateError) -> anyhow::Error {
    let (place, reason) = (
        error
            .pos()
            .map_or_else(String::new, |(line, column)| at(line, column)),
        error.reason(),
    );
    match reason {
        TemplateErrorReason::MismatchingClosedHelper(open, closing) => {
            anyhow!("{place}{open:?} is open, but {closing:?} is closed")
        }
        TemplateErrorReason::InvalidSyntax(_) => anyhow!(
            "{place}this is not valid Handlebars syntax: {{{{name}}}}, {{{{#each names}}}}...{{{{/each}}}}"
        ),
        other => anyhow!("{place}{other}"),
    }
}

fn render_error(error: &RenderError) -> anyhow::Error {
    let place = error
        .line_no
        .zip(error.column_no)
        .map_or_else(String::new, |(line, column)| at(line, column));
    let reason = match error.reason() {
        RenderErrorReason::MissingVariable(Some(name)) => format!(
            "there is no {} here; -o json shows everything that exists",
            text::quoted(name)
        ),
        RenderErrorReason::MissingVariable(None) => {
            "there is no such name here; -o json shows everything that exists".to_owned()
        }
        RenderErrorReason::ParamNotFoundForName(helper, ..)
        | RenderErrorReason::ParamNotFoundForIndex(helper, ..) => {
            format!(
                "there is no value for {} here; -o json shows everything that exists",
                text::quoted(helper)
            )
        }
        RenderErrorReason::HelperNotFound(name) => format!("there is no helper {}", text::quoted(name)),
        other => other.to_string(),
    };
    anyhow!("-o template: {place}{}", text::printable(&reason, 500))
}

fn at(line: usize, column: usize) -> String {
    format!("line {line}, column {column}: ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(template: &str) -> Result<String, String> {
        let parsed = compile(template).map_err(|error| error.to_string())?;
        let mut output = Bounded(Vec::new());
        let data = json!({"items": [{"container": "web", "command": null, "args": ["a<b", "c"], "env": [{"name": "A", "value": "<\"&"}]}]});
        parsed
            .engine
            .render_to_write(NAME, &data, &mut output)
            .map_err(|error| render_error(&error).to_string())?;
        Ok(String::from_utf8(output.0).expect("text"))
    }

    #[test]
    fn values_are_printed_as_they_are() {
        assert_eq!(
            rendered("{{#each items}}{{container}}:{{#each env}}{{name}}={{value}}{{/each}}{{/each}}")
                .as_deref(),
            Ok("web:A=<\"&")
        );
        assert_eq!(
            rendered("{{items.0.env.0.value}} {{json items.0.args}}|{{items.0.command}}|").as_deref(),
            Ok("<\"& [\"a<b\",\"c\"]||")
        );
    }

    #[test]
    fn a_missing_name_is_an_error_where_a_value_is_needed() {
        for template in [
            "{{itms}}",
            "{{items.0.contaner}}",
            "{{#each itms}}{{/each}}",
            "{{#with itms}}{{/with}}",
            "{{json itms}}",
            "{{lookup items.0 'x'}}",
            "{{nope items}}",
        ] {
            let error = rendered(template).expect_err(template);
            assert!(
                error.starts_with("-o template: ") && error.contains("there is no "),
                "{template}: {error}"
            );
        }
        assert_eq!(
            rendered("{{#if items.0.reads}}yes{{else}}no{{/if}}").as_deref(),
            Ok("no"),
            "`if` is how to ask"
        );
    }

    #[test]
    fn an_invalid_template_is_an_error_with_its_place() {
        for (template, part) in [
            ("a\n{{#each items}}", "line "),
            ("{{#each items}}{{/if}}", "\"each\" is open, but \"if\" is closed"),
            ("{{", "line 1, column "),
            ("{{> a}}", "partials"),
            (
                "{{#each items}}{{#*inline \"a\"}}{{> a}}{{/inline}}{{/each}}",
                "partials",
            ),
        ] {
            let error = rendered(template).expect_err(template);
            assert!(error.contains(part), "{template}: {error}");
        }
    }

    #[test]
    fn a_template_is_bounded_in_size_depth_and_output() {
        let deep = format!("{}{}", "{{#if items}}".repeat(2000), "{{/if}}".repeat(2000));
        let brackets = format!("{{{{x {}1{}}}}}", "(".repeat(2000), ")".repeat(2000));
        let lists = format!("{{{{x {}1{}}}}}", "[".repeat(2000), "]".repeat(2000));
        for (template, part) in [
            ("x".repeat(MAX_BYTES + 1), "64 KiB"),
            (deep, "deep"),
            (brackets, "deep"),
            (lists, "deep"),
        ] {
            let error = rendered(&template).expect_err("too much");
            assert!(error.contains(part), "{error}");
        }
        let fan: String = (0..24).fold("x".repeat(60_000), |inner, _| {
            format!("{{{{#each @root.items.0.args}}}}{inner}{{{{/each}}}}")
        });
        let error = rendered(&fan).expect_err("too much");
        assert!(error.contains("64 MiB"), "{error}");
    }
}
