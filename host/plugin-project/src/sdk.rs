//! Adds the SDK to a project without one: a copy of an example, or a project that does not keep it in its
//! repository.

use std::fs;
use std::io;
use std::path::Path;

use toml::Table;

use crate::Language;
use crate::build::BuildError;
use crate::templates;

/// The directory of the SDK in a project.
const DIRECTORY: &str = "sdk";

/// Writes the SDK into a project that needs one and has none. Returns whether it did. An existing SDK is not
/// changed.
///
/// # Errors
/// The SDK is a dangling link, or cannot be written.
pub fn provide(language: Language, project: &Path) -> Result<bool, BuildError> {
    let sdk = project.join(DIRECTORY);
    match sdk.symlink_metadata() {
        Ok(found) if found.is_symlink() && !sdk.exists() => {
            return Err(BuildError::NotReady {
                what: format!("{} is a dangling link", sdk.display()),
                remedy: "Remove it; podweave plugin build then writes the SDK there".to_owned(),
            });
        }
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(BuildError::file(&sdk, cause)),
    }
    if language == Language::Rust && !depends_on_directory(&project.join(language.build_file()))? {
        return Ok(false);
    }
    // Write it under another name and rename it: if the process ends in between, the project has a complete
    // SDK or none.
    let unfinished = sdk.with_extension("unfinished");
    write(language, &unfinished)?;
    fs::rename(&unfinished, &sdk).map_err(|cause| BuildError::file(&sdk, cause))?;
    Ok(true)
}

/// Writes the files of a language's SDK to a directory, whose content is replaced.
fn write(language: Language, directory: &Path) -> Result<(), BuildError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(BuildError::file(directory, error));
        }
        _ => {}
    }
    for (path, text) in templates::sdk_files(language) {
        let file = directory.join(path);
        let parent = file.parent().unwrap_or(directory);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&file, text))
            .map_err(|cause| BuildError::file(&file, cause))?;
    }
    Ok(())
}

/// Whether a Rust project uses an SDK in its own directory, and not one from a registry or a repository.
fn depends_on_directory(manifest: &Path) -> Result<bool, BuildError> {
    let text = fs::read_to_string(manifest).map_err(|cause| BuildError::file(manifest, cause))?;
    let invalid = |error: toml::de::Error| BuildError::BuildFile {
        path: manifest.to_owned(),
        reason: error.message().to_owned(),
    };
    let table: Table = text.parse().map_err(invalid)?;
    let dependencies = table.get("dependencies").and_then(toml::Value::as_table);
    let is_directory =
        |dependency: &toml::Value| dependency.get("path").and_then(toml::Value::as_str) == Some(DIRECTORY);
    Ok(dependencies.is_some_and(|dependencies| dependencies.values().any(is_directory)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A new project, without its SDK.
    fn without_sdk(language: Language) -> TempDir {
        let place = tempfile::tempdir().expect("a directory");
        crate::create(language, &"shop".parse().expect("a name"), place.path()).expect("it is made");
        fs::rename(place.path().join("sdk"), place.path().join("of-new")).expect("it has one");
        place
    }

    fn files(directory: &Path) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                files.extend(
                    self::files(&path)
                        .into_iter()
                        .map(|(below, text)| (format!("{name}/{below}"), text)),
                );
            } else {
                files.push((name, fs::read_to_string(&path).expect("text")));
            }
        }
        files.sort();
        files
    }

    #[test]
    fn a_project_without_an_sdk_gets_that_of_a_new_project() {
        for language in Language::ALL {
            let place = without_sdk(language);
            fs::create_dir_all(place.path().join("sdk.unfinished/left/behind")).expect("a directory");
            assert!(
                provide(language, place.path()).expect("it can be written"),
                "{language}"
            );
            assert_eq!(
                files(&place.path().join("sdk")),
                files(&place.path().join("of-new")),
                "{language}"
            );
            assert!(!place.path().join("sdk.unfinished").exists(), "{language}");
        }
    }

    #[test]
    fn writing_an_sdk_follows_no_link() {
        let (place, elsewhere) = (
            without_sdk(Language::C),
            tempfile::tempdir().expect("a directory"),
        );
        fs::write(elsewhere.path().join("precious"), "text").expect("a file");
        symlink(elsewhere.path(), place.path().join("sdk.unfinished")).expect("a link");
        assert!(provide(Language::C, place.path()).expect("it can be written"));
        assert!(!place.path().join("sdk").is_symlink());
        assert_eq!(
            files(elsewhere.path()),
            [("precious".to_owned(), "text".to_owned())]
        );
    }

    #[test]
    fn an_existing_sdk_is_not_changed() {
        let place = without_sdk(Language::C);
        fs::create_dir(place.path().join("sdk")).expect("a directory");
        assert!(!provide(Language::C, place.path()).expect("nothing to do"));
        assert_eq!(files(&place.path().join("sdk")), []);
    }

    #[test]
    fn a_dangling_link_is_reported() {
        let place = without_sdk(Language::Go);
        symlink("../nowhere", place.path().join("sdk")).expect("a link");
        let error = provide(Language::Go, place.path())
            .expect_err("there is no SDK")
            .to_string();
        assert!(error.contains("sdk is a dangling link. Remove it"), "{error}");
    }

    #[test]
    fn a_rust_project_with_an_sdk_from_a_registry_gets_none() {
        let place = without_sdk(Language::Rust);
        let manifest = place.path().join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        fs::write(&manifest, text.replace("{ path = \"sdk\" }", "\"0.1\"")).expect("it can be written");
        assert!(!provide(Language::Rust, place.path()).expect("nothing to do"));
        assert!(!place.path().join("sdk").exists());
    }
}
