//! Generates the table of the files of new projects from `templates/` and the directories of the SDKs, so
//! that a file that is added there is in every new project.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The directory of each language's templates, and of its SDK.
const LANGUAGES: [(&str, &str); 5] = [
    ("c", "c-sdk"),
    ("go", "go-sdk"),
    ("js", "javascript-sdk"),
    ("python", "python-sdk"),
    ("rust", "sdk"),
];

/// The parts of an SDK's directory that authors do not need.
const NOT_FOR_AUTHORS: [&str; 2] = ["tests", "__pycache__"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let (templates, sdks) = (root.join("templates"), root.join("../../plugins"));
    let mut table = String::from("const FILES: &[File] = &[\n");
    add(&mut table, "", &files(&templates.join("common"), true)?);
    for (language, sdk) in LANGUAGES {
        // A template replaces a file of the SDK with the same path.
        let mut of_language: BTreeMap<String, (PathBuf, bool)> = files(&sdks.join(sdk), false)?
            .into_iter()
            .map(|(path, file)| (format!("sdk/{path}"), file))
            .collect();
        of_language.extend(files(&templates.join(language), true)?);
        add(&mut table, language, &of_language);
    }
    table.push_str("];\n");
    // The SDKs contain links to the contract.
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", root.join("../../wit").display());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("files.rs"), table)
}

/// The files below a directory, by their paths in a project.
fn files(directory: &Path, are_templates: bool) -> io::Result<BTreeMap<String, (PathBuf, bool)>> {
    println!("cargo:rerun-if-changed={}", directory.display());
    let mut files = BTreeMap::new();
    walk(directory, "", are_templates, &mut files)?;
    Ok(files)
}

fn walk(
    directory: &Path,
    prefix: &str,
    are_templates: bool,
    files: &mut BTreeMap<String, (PathBuf, bool)>,
) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))?;
        if name.starts_with('.') || !are_templates && NOT_FOR_AUTHORS.contains(&name) {
            continue;
        }
        let name = if are_templates {
            in_project(name)
        } else {
            name.to_owned()
        };
        if path.is_dir() {
            walk(&path, &format!("{prefix}{name}/"), are_templates, files)?;
        } else {
            files.insert(format!("{prefix}{name}"), (path, are_templates));
        }
    }
    Ok(())
}

/// The name of a template in a project. Some have another name here, because their own name would have an
/// effect in this repository: `dot-gitignore`, and `pod.template.yaml`, since `pod.yaml` would make its
/// directory a golden case.
fn in_project(name: &str) -> String {
    let name = name
        .strip_prefix("dot-")
        .map_or_else(|| name.to_owned(), |name| format!(".{name}"));
    name.replace(".template.", ".")
}

fn add(table: &mut String, language: &str, files: &BTreeMap<String, (PathBuf, bool)>) {
    for (path, (file, is_template)) in files {
        let _ = writeln!(
            table,
            "    File {{ language: {language:?}, path: {path:?}, is_template: {is_template}, text: include_str!({:?}) }},",
            file.display().to_string()
        );
    }
}
