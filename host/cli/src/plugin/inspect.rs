//! `podweave plugin inspect`.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use podweave_core::oci_reference::OciReference;
use podweave_core::reference::PluginReference;
use podweave_core::text::human_size;
use podweave_core::text::printable;
use podweave_plugin_store::{BuiltIn, Component, Request};
use podweave_sandbox::compile::CompileLimits;
use podweave_sandbox::inspect::{Inspection, Interface};
use serde_json::{Value, json};

use crate::arguments::InspectArguments;
use crate::messages::{BAD, GOOD, HEADING, NAME, styled};
use crate::plugin::pull::Pulled;
use crate::session::Session;
use crate::shared_arguments::{RenderEnvironment, ReportOutput};
use crate::{EXIT_FAILED, EXIT_OK, messages};

pub async fn run(arguments: InspectArguments) -> Result<u8> {
    let (session, component, name) = found(&arguments).await?;
    let name = name.as_str();
    let inspection = session.store.inspect(&component, name).await?;
    let about = if inspection.refused.is_empty() {
        about(&session, &component, name).await
    } else {
        About::default()
    };
    match arguments.output {
        ReportOutput::Table => messages::print(&table(name, &inspection, &about))?,
        ReportOutput::Json => messages::print_raw(&format!(
            "{}\n",
            serde_json::to_string_pretty(&document(&inspection, &about))?
        ))?,
    }
    Ok(if inspection.refused.is_empty() {
        EXIT_OK
    } else {
        EXIT_FAILED
    })
}

/// Finds the component and its name for messages: a built-in plugin, a file, or a reference to a registry.
async fn found(arguments: &InspectArguments) -> Result<(Session, Component, String)> {
    let name = arguments.plugin.as_str();
    if !Path::new(name).exists()
        && let Ok(reference) = OciReference::parse(name)
    {
        let Pulled {
            session,
            component,
            reference,
        } = Pulled::get(&reference, &arguments.registry).await?;
        return Ok((session, component, reference.to_string()));
    }
    let session = Session::new(&RenderEnvironment::default())?;
    let component = match BuiltIn::find(name) {
        // For a file of that name, write ./NAME.
        Some(_) => {
            session
                .store
                .component(&Request::ahead(
                    &PluginReference::parse(name).map_err(anyhow::Error::msg)?,
                ))
                .await?
        }
        None => Component::from_file(Path::new(name), CompileLimits::default().component_bytes)?,
    };
    Ok((session, component, name.to_owned()))
}

/// Returns the plugin's description of itself.
#[derive(Default)]
struct About {
    description: Option<Value>,
    problem: Option<String>,
}

async fn about(session: &Session, component: &Component, name: &str) -> About {
    let described = async {
        let plugin = session
            .store
            .ready(component, name)
            .await
            .map_err(|error| error.to_string())?;
        let text = session
            .sandbox
            .describe(&plugin, &Arc::new(session.limits.clone()))
            .await
            .map_err(|error| error.to_string())?;
        match text.map(|text| serde_json::from_str::<Value>(&text)) {
            None => Ok(None),
            Some(Ok(description @ Value::Object(_))) => Ok(Some(description)),
            Some(_) => Err("its description is not a JSON object".to_owned()),
        }
    };
    match described.await {
        Ok(description) => About {
            description,
            problem: None,
        },
        Err(problem) => About {
            description: None,
            problem: Some(problem),
        },
    }
}

fn document(inspection: &Inspection, about: &About) -> Value {
    let interfaces = |list: &[Interface]| -> Vec<Value> {
        list.iter()
            .map(|interface| json!({ "name": interface.name, "functions": interface.functions }))
            .collect()
    };
    json!({
        "digest": inspection.digest.to_string(),
        "size": inspection.size,
        "world": inspection.world,
        "contract": inspection.contract,
        "imports": interfaces(&inspection.imports),
        "exports": interfaces(&inspection.exports),
        "takes": inspection.takes.iter().map(|taken| json!({ "what": taken.limit.name, "amount": taken.amount, "most": taken.limit.most })).collect::<Vec<_>>(),
        "refused": inspection.refused,
        "about": about.description,
    })
}

fn table(name: &str, inspection: &Inspection, about: &About) -> String {
    let mut text = String::new();
    for (label, value) in facts(name, inspection, about) {
        let _ = writeln!(
            text,
            "{}{}{value}",
            styled(NAME, label),
            " ".repeat(14 - label.len())
        );
    }
    interfaces(&mut text, "imports", &inspection.imports);
    interfaces(&mut text, "exports", &inspection.exports);
    if let Some(description) = &about.description {
        part(&mut text, "parameters (JSON Schema)", &description["params"]);
        part(&mut text, "example parameters", &description["example"]);
    }
    if let Some(problem) = &about.problem {
        let _ = writeln!(text, "\n{} {problem}", styled(BAD, "cannot get its description:"));
    }
    if inspection.refused.is_empty() {
        let _ = writeln!(text, "\n{}", styled(GOOD, "the sandbox runs it"));
    } else {
        let _ = writeln!(text, "\n{}", styled(BAD, "the sandbox refuses it:"));
        for refused in &inspection.refused {
            let _ = writeln!(text, "  {refused}");
        }
    }
    text
}

/// Returns what is known of a plugin in one line each, with a label.
fn facts(name: &str, inspection: &Inspection, about: &About) -> Vec<(&'static str, String)> {
    let mut facts = vec![("plugin", name.to_owned())];
    for field in ["name", "version", "summary"] {
        let said = about
            .description
            .as_ref()
            .and_then(|description| description[field].as_str());
        facts.extend(said.map(|said| (field, printable(said, 500))));
    }
    let world = match (inspection.world, &inspection.contract) {
        (Some(world), Some(version)) => format!("podweave:plugin/{world}@{version}"),
        _ => "not a podweave plugin".to_owned(),
    };
    let taken = inspection.takes.iter().map(|taken| {
        format!(
            "{} of {} {}",
            taken.limit.show(taken.amount),
            taken.limit.shown(),
            taken.limit.name
        )
    });
    facts.extend([
        ("digest", inspection.digest.to_string()),
        (
            "size",
            format!("{} ({} bytes)", human_size(inspection.size), inspection.size),
        ),
        ("world", world),
        ("takes", taken.collect::<Vec<_>>().join(", ")),
    ]);
    facts
}

/// Shows a part of the plugin's description, if it has that part.
fn part(text: &mut String, heading: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    let _ = writeln!(text, "\n{}", styled(HEADING, heading));
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    for line in pretty.lines() {
        let _ = writeln!(text, "  {}", printable(line, 500));
    }
}

fn interfaces(text: &mut String, heading: &str, list: &[Interface]) {
    let _ = writeln!(text, "\n{}", styled(HEADING, heading));
    if list.is_empty() {
        let _ = writeln!(text, "  none");
    }
    for interface in list {
        let functions = if interface.functions.is_empty() {
            String::new()
        } else {
            format!(": {}", interface.functions.join(", "))
        };
        let _ = writeln!(text, "  {}{functions}", interface.name);
    }
}
