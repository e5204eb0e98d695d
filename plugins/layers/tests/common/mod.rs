//! Provides short ways to render.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

#[path = "../../../formats/tests/documents/mod.rs"]
mod documents;

pub use documents::{Documents, documents};
use podweave_layers::{File, files};
use podweave_plugin::Error;

pub fn render(documents: &Documents, params: &str) -> Result<Vec<File>, Error> {
    files(params, documents)
}

/// Returns the contents of a file with these layers and further parameters.
pub fn file(documents: &Documents, path: &str, layers: &str, fields: &str) -> Result<String, Error> {
    let fields = if fields.is_empty() {
        String::new()
    } else {
        format!(",{fields}")
    };
    let mut files = render(
        documents,
        &format!(r#"{{"files":{{"{path}":{{"layers":{layers}{fields}}}}}}}"#),
    )?;
    assert_eq!(files[0].path, path);
    Ok(files.remove(0).contents)
}

#[track_caller]
pub fn gives(documents: &Documents, path: &str, layers: &str, wanted: &str) {
    match file(documents, path, layers, "") {
        Ok(contents) => assert_eq!(contents, wanted),
        Err(error) => panic!("{error:?}"),
    }
}
