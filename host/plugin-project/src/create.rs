//! Making a new project.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Language, ProjectName, templates};

/// A project that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its directory.
    pub directory: PathBuf,
    /// Its files, relative to the directory, in order.
    pub files: Vec<PathBuf>,
}

/// Why there is no new project.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Something is there already.
    #[error("{} is there already; choose another name, or remove it", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error("cannot write {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        cause: io::Error,
    },
    /// A template of podweave's own is wrong.
    #[error("the template of {} cannot be rendered, which is a mistake in podweave: {reason}", path.display())]
    Template {
        /// The file, relative to the project.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Writes a new project. The directory must not be there yet, unless it is empty.
///
/// # Errors
/// The directory has something in it, or cannot be written.
pub fn create(language: Language, name: &ProjectName, directory: &Path) -> Result<Created, CreateError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| CreateError::File { path, cause }
    };
    match fs::read_dir(directory) {
        // An empty directory was made for it.
        Ok(entries) => {
            if entries.count() > 0 {
                return Err(CreateError::Exists(directory.to_owned()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(CreateError::Exists(directory.to_owned())),
        Err(cause) => return Err(failed(directory)(cause)),
    }
    let mut files = Vec::new();
    for (path, text) in templates::files(language, name) {
        let file = directory.join(path);
        let parent = file.parent().unwrap_or(directory);
        let text = text.map_err(|reason| CreateError::Template { path: PathBuf::from(path), reason })?;
        fs::create_dir_all(parent).map_err(failed(parent))?;
        fs::write(&file, text).map_err(failed(&file))?;
        files.push(PathBuf::from(path));
    }
    files.sort();
    Ok(Created { directory: directory.to_owned(), files })
}
