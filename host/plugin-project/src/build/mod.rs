//! Building a project to a component.

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

/// The world of all SDKs; a plugin that says nothing of itself describes itself as `{}`.
const WORLD: &str = "described-plugin";

/// A component that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// What it was built from.
    pub language: Language,
    /// The file: `NAME.wasm` in the project's directory.
    pub component: PathBuf,
    /// Its size in bytes.
    pub size: usize,
    /// Whether it imports WASI, of which a render has a deterministic one.
    pub imports_wasi: bool,
    /// Whether the project had no SDK and has got it.
    pub has_new_sdk: bool,
}

/// What a language's toolchain has made.
struct Made {
    /// The plugin's name, as the language's build file has it.
    name: String,
    component: Vec<u8>,
}

/// Builds the project in a directory, and puts the SDK into it where there is none. What the toolchain says goes to standard error as it is.
///
/// # Errors
/// There is no project, a tool is missing, or the build failed. Every error says what to do.
pub fn build(directory: &Path) -> Result<Built, BuildError> {
    let language = language_of(directory)?;
    // Tools are run elsewhere than here, and an author may say `podweave plugin build ..`.
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
    Ok(Built { language, size: made.component.len(), imports_wasi: component::imports_wasi(&made.component)?, component, has_new_sdk })
}

/// Who reads the file, such as `podweave test --watch`, finds a whole component. A project of somebody else's may have links of any name, and none is followed.
fn write(path: &Path, component: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    // The process's mask takes its bits away, as from any other new file.
    let mut unfinished = tempfile::Builder::new().prefix(".podweave-").permissions(Permissions::from_mode(0o666)).tempfile_in(directory)?;
    unfinished.write_all(component)?;
    unfinished.persist(path)?;
    Ok(())
}

fn language_of(directory: &Path) -> Result<Language, BuildError> {
    match *Language::found_in(directory) {
        [language] => Ok(language),
        [] => Err(BuildError::NoProject { directory: directory.to_owned() }),
        [first, second, ..] => Err(BuildError::Ambiguous { directory: directory.to_owned(), first: first.build_file(), second: second.build_file() }),
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
    fn a_component_is_written_through_no_link() {
        let place = tempfile::tempdir().unwrap();
        let (precious, component) = (place.path().join("precious"), place.path().join("project/shop.wasm"));
        fs::create_dir(place.path().join("project")).unwrap();
        fs::write(&precious, "text").unwrap();
        for link in ["project/shop.wasm", "project/shop.wasm.unfinished"] {
            symlink(&precious, place.path().join(link)).unwrap();
        }
        write(&component, b"component").unwrap();
        assert_eq!((fs::read(&precious).unwrap(), fs::read(&component).unwrap()), (b"text".to_vec(), b"component".to_vec()));
        assert!(!component.is_symlink());
    }
}
