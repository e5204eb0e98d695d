//! Creates new projects.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Language, ProjectName, templates};

/// A created project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The project's directory.
    pub directory: PathBuf,
    /// The project's files, relative to the directory, sorted.
    pub files: Vec<PathBuf>,
}

/// Why a project cannot be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The directory already exists and is not empty.
    #[error("{} already exists; choose another name, or remove it", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        cause: io::Error,
    },
    /// A template is invalid, which is a bug in podweave.
    #[error("cannot render the template of {}, which is a bug in podweave: {reason}", path.display())]
    Template {
        /// The file, relative to the project.
        path: PathBuf,
        /// What is wrong with the template.
        reason: String,
    },
}

/// Creates a new project. The directory must not exist yet, or must be empty.
///
/// # Errors
/// The directory is not empty, or cannot be written.
pub fn create(language: Language, name: &ProjectName, directory: &Path) -> Result<Created, CreateError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| CreateError::File { path, cause }
    };
    match fs::read_dir(directory) {
        // The user may have created an empty directory for the project.
        Ok(entries) => {
            if entries.count() > 0 {
                return Err(CreateError::Exists(directory.to_owned()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(CreateError::Exists(directory.to_owned()));
        }
        Err(cause) => return Err(failed(directory)(cause)),
    }
    let mut files = Vec::new();
    for (path, text) in templates::files(language, name) {
        let file = directory.join(path);
        let parent = file.parent().unwrap_or(directory);
        let text = text.map_err(|reason| CreateError::Template {
            path: PathBuf::from(path),
            reason,
        })?;
        fs::create_dir_all(parent).map_err(failed(parent))?;
        fs::write(&file, text).map_err(failed(&file))?;
        files.push(PathBuf::from(path));
    }
    files.sort();
    Ok(Created {
        directory: directory.to_owned(),
        files,
    })
}
