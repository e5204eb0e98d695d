//! Runs a whole render: from parameters to variables.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use podweave_formats::{Format, Kind, Leaf, Mistake, Place, Read, Reference, Sources, Value, leaves, quoted};
use podweave_plugin::{Error, Result};

use crate::params::{Duplicates, Params, Source};
use crate::{glob, names};

/// Returns the variables that the parameters, a JSON object, request.
///
/// # Errors
/// What is wrong with the parameters or with a document that they name.
pub fn variables(params: &str, read: &dyn Read) -> Result<BTreeMap<String, String>> {
    let document = Format::Json
        .read(params, 0)
        .map_err(|mistake| Error::invalid_params("", mistake.message))?;
    let params = Params::read(&document)?;
    let mut sources = Sources::new(read);
    let mut found = BTreeMap::new();
    let wanted = match params.sources {
        Some(wanted) => wanted,
        None => every_key(read)?,
    };
    for source in &wanted {
        let document = match source.interpolate {
            true => sources.document_by(&source.reference, Format::read_env_with_references)?,
            false => sources.document(&source.reference, source.format, source.profiles.as_deref())?,
        };
        let Some(document) = document else { continue };
        if !matches!(document.value, Value::Map(_)) && !is_nothing(&document.value) {
            let mistake = Mistake {
                place: document.place,
                message: format!("the document is {}, not a map of names", document.kind()),
            };
            return Err(sources.error(&mistake));
        }
        let leaves = leaves(&document);
        check_names(source, &leaves)?;
        for (name, variable) in of_source(source, &leaves, &sources)? {
            add(&mut found, name, variable, params.duplicates, &sources)?;
        }
    }
    Ok(found
        .into_iter()
        .map(|(name, variable)| (name, variable.value))
        .collect())
}

/// Returns the keys whose extension shows their format, for parameters without sources.
fn every_key(read: &dyn Read) -> Result<Vec<Source>> {
    let keys = read.keys();
    let is_empty = keys.is_empty();
    let sources: Vec<Source> = keys.into_iter().filter_map(Source::of_key).collect();
    if sources.is_empty() && !is_empty {
        const MESSAGE: &str = "is missing, and no key of the bound ConfigMaps has an extension of a known format: name the keys, as {key: ALIAS/KEY, format: ...}";
        return Err(Error::invalid_params("sources", MESSAGE));
    }
    Ok(sources)
}

/// A variable's value and its origin.
struct Variable {
    value: String,
    place: Place,
}

/// Whether it is the value of a YAML document with nothing but comments in it.
fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Scalar(scalar) if scalar.kind == Kind::Null)
}

/// Refuses names in the parameters that no document contains: they are misspelt.
fn check_names(source: &Source, leaves: &[Leaf<'_>]) -> Result {
    let exact = source
        .include
        .iter()
        .filter(|pattern| glob::is_exact(pattern))
        .map(|name| ("include", name));
    let wanted: Vec<_> = source
        .rename
        .keys()
        .map(|name| ("rename", name))
        .chain(exact)
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let known: BTreeSet<String> = leaves.iter().map(Leaf::name).collect();
    match wanted.into_iter().find(|(_, name)| !known.contains(*name)) {
        Some((field, name)) => {
            let Reference { config_map, key, .. } = &source.reference;
            let message = format!(
                "names {}, which {config_map}/{key} does not have: names are written as `server.port` and `hosts[0]`",
                quoted(name)
            );
            Err(Error::invalid_params(format!("{}.{field}", source.path), message))
        }
        None => Ok(()),
    }
}

/// Returns the variables of one source. Two names that become the same variable are a mistake.
fn of_source(
    source: &Source,
    leaves: &[Leaf<'_>],
    sources: &Sources<'_>,
) -> Result<BTreeMap<String, Variable>> {
    let mut found = BTreeMap::new();
    for leaf in leaves.iter().filter(|leaf| leaf.scalar.kind != Kind::Null) {
        let name = leaf.name();
        let blame = |message: String| {
            sources.error(&Mistake {
                place: leaf.place,
                message,
            })
        };
        let Some(variable) = names::variable(source, leaf, &name)
            .map_err(|reason| blame(format!("{} {reason}", quoted(&name))))?
        else {
            continue;
        };
        add(
            &mut found,
            variable,
            Variable {
                value: leaf.scalar.plain().into_owned(),
                place: leaf.place,
            },
            Duplicates::Error,
            sources,
        )?;
    }
    Ok(found)
}

fn add(
    found: &mut BTreeMap<String, Variable>,
    name: String,
    variable: Variable,
    duplicates: Duplicates,
    sources: &Sources<'_>,
) -> Result {
    match found.entry(name) {
        Entry::Occupied(earlier) if duplicates == Duplicates::Error => {
            let message = format!(
                "sets the variable {}, which {} sets already",
                quoted(earlier.key()),
                sources.describe(earlier.get().place)
            );
            Err(sources.error(&Mistake {
                place: variable.place,
                message,
            }))
        }
        Entry::Occupied(mut earlier) => {
            earlier.insert(variable);
            Ok(())
        }
        Entry::Vacant(free) => {
            free.insert(variable);
            Ok(())
        }
    }
}
