//! Builds a project to a component.

mod c;
mod component;
mod error;
mod go;
mod javascript;
mod python;
mod rust;
mod tool;

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub use error::BuildError;

use crate::{Language, sdk};

/// The world that all SDKs use. A plugin without a description describes itself as `{}`.
const WORLD: &str = "described-plugin";

/// The result of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The project's language.
    pub language: Language,
    /// The component's file: `NAME.wasm` in the project's directory.
    pub component: PathBuf,
    /// The component's size in bytes.
    pub size: usize,
    /// Whether the component imports WASI. A render provides a deterministic WASI.
    pub imports_wasi: bool,
    /// Whether the SDK was added to the project, because it had none.
    pub has_new_sdk: bool,
}

/// The result of a language's toolchain.
struct Made {
    /// The plugin's name, from the language's build file.
    name: String,
    component: Vec<u8>,
}

/// Builds the project in a directory, and adds the SDK if it has none. The toolchain's output goes to
/// standard error unchanged.
///
/// # Errors
/// There is no project, a tool is missing, or the build failed. Every error has a remedy.
pub fn build(directory: &Path) -> Result<Built, BuildError> {
    let language = language_of(directory)?;
    // The tools run in the project's directory, and the argument can be relative, as in `podweave plugin
    // build ..`.
    let directory = fs::canonicalize(directory).map_err(|cause| BuildError::file(directory, cause))?;
    let has_new_sdk = sdk::provide(language, &directory)?;
    let made = match language {
        Language::Rust => rust::build(&directory)?,
        Language::Go => go::build(&directory)?,
        Language::JavaScript => javascript::build(&directory)?,
        Language::Python => python::build(&directory)?,
        Language::C => c::build(&directory)?,
    };
    let component = directory.join(format!("{}.wasm", file_name(&made.name)));
    write(&component, &made.component).map_err(|cause| BuildError::file(&component, cause))?;
    Ok(Built {
        language,
        size: made.component.len(),
        imports_wasi: component::imports_wasi(&made.component)?,
        component,
        has_new_sdk,
    })
}

/// Writes the component so that readers, such as `podweave test --watch`, never see an incomplete one. Links
/// in the project are not followed, since it may come from an untrusted source.
fn write(path: &Path, component: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    // The process's umask applies, as to any other new file.
    let mut unfinished = tempfile::Builder::new()
        .prefix(".podweave-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    unfinished.write_all(component)?;
    unfinished.persist(path)?;
    Ok(())
}

fn language_of(directory: &Path) -> Result<Language, BuildError> {
    match *Language::found_in(directory) {
        [language] => Ok(language),
        [] => Err(BuildError::NoProject {
            directory: directory.to_owned(),
        }),
        [first, second, ..] => Err(BuildError::Ambiguous {
            directory: directory.to_owned(),
            first: first.build_file(),
            second: second.build_file(),
        }),
    }
}

/// The last part of a package's name: `@acme/web` is `web`, as is `example.com/plugins/web`.
fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn writing_a_component_follows_no_link() {
        let place = tempfile::tempdir().unwrap();
        let (precious, component) = (
            place.path().join("precious"),
            place.path().join("project/shop.wasm"),
        );
        fs::create_dir(place.path().join("project")).unwrap();
        fs::write(&precious, "text").unwrap();
        for link in ["project/shop.wasm", "project/shop.wasm.unfinished"] {
            symlink(&precious, place.path().join(link)).unwrap();
        }
        write(&component, b"component").unwrap();
        assert_eq!(
            (fs::read(&precious).unwrap(), fs::read(&component).unwrap()),
            (b"text".to_vec(), b"component".to_vec())
        );
        assert!(!component.is_symlink());
    }
}
