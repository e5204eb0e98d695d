//! Runs a whole render: from parameters to files.

use podweave_formats::{
    Format, Kind, Layer, Mistake, Node, Place, Read, Scalar, Sources, Value, indices_to_lists, merge,
};
use podweave_plugin::{Error, Result};

use crate::params::{self, Source, Wanted};

/// A rendered file.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, relative to the directory of the rendered files.
    pub path: String,
    /// Its contents.
    pub contents: String,
    /// Its mode, if the parameters set one.
    pub mode: Option<u32>,
}

/// Returns the files that the parameters, a JSON object, request.
///
/// # Errors
/// What is wrong with the parameters or with a document that they name.
pub fn files(params: &str, read: &dyn Read) -> Result<Vec<File>> {
    let document = Format::Json
        .read(params, 0)
        .map_err(|mistake| Error::invalid_params("", mistake.message))?;
    params::read(&document)?
        .iter()
        .map(|wanted| file(wanted, read))
        .collect()
}

fn file(wanted: &Wanted<'_>, read: &dyn Read) -> Result<File> {
    let mut sources = Sources::new(read);
    // A value that comes from no document has no place to report.
    let mut result = Node::empty(Place {
        source: u32::MAX,
        line: 0,
    });
    let mut has_indices = false;
    for (index, source) in wanted.layers.iter().enumerate() {
        let (node, is_flat) = match source {
            Source::Key {
                reference,
                format,
                profiles,
            } => match sources.document(reference, *format, profiles.as_deref())? {
                Some(node) => (node, format.is_flat()),
                None => continue,
            },
            Source::Values(param) => (sources.inline(param), false),
        };
        has_indices |= is_flat;
        match layer(node).map_err(|mistake| sources.error(&mistake))? {
            // The first layer is the document itself: in RFC 7396, null has a meaning only in a layer over
            // another.
            Some(node) if index == 0 => result = node,
            Some(node) => merge(
                &mut result,
                node,
                Layer {
                    lists: wanted.lists,
                    is_flat,
                },
            ),
            None => {}
        }
    }
    if has_indices && !wanted.format.is_flat() {
        indices_to_lists(&mut result);
    }
    let contents = wanted.format.write(&result).map_err(|mistake| {
        let message = format!("{} (for the file {:?})", mistake.message, wanted.path);
        sources.error(&Mistake { message, ..mistake })
    })?;
    Ok(File {
        path: wanted.path.clone(),
        contents,
        mode: wanted.mode,
    })
}

/// Returns a document as a layer; `None` for a YAML document with nothing but comments in it.
fn layer(node: Node) -> std::result::Result<Option<Node>, Mistake> {
    match &node.value {
        Value::Map(_) => Ok(Some(node)),
        Value::Scalar(Scalar { kind: Kind::Null, .. }) => Ok(None),
        _ => Err(Mistake {
            place: node.place,
            message: format!("the document is {}, but a layer is a map of names", node.kind()),
        }),
    }
}
