//! The files of a new project.

use std::fs;
use std::path::Path;

use podweave_plugin_project::{Language, create};

/// The directories of the SDKs.
const SDKS: [(Language, &str); 5] = [
    (Language::Rust, "sdk"),
    (Language::Go, "go-sdk"),
    (Language::JavaScript, "javascript-sdk"),
    (Language::Python, "python-sdk"),
    (Language::C, "c-sdk"),
];

/// The parts of an SDK's directory that authors do not need.
const NOT_FOR_AUTHORS: [&str; 3] = ["tests/", ".gitignore", "__pycache__/"];

fn files_below(root: &Path, directory: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files_below(root, &path, files);
        } else {
            files.push(
                path.strip_prefix(root)
                    .expect("below it")
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
}

#[test]
fn a_new_project_has_the_whole_sdk() {
    for (language, sdk) in SDKS {
        let place = tempfile::tempdir().expect("a directory");
        let project = place.path().join("shop");
        create(language, &"shop".parse().expect("a name"), &project).expect("it is made");
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../plugins")
            .join(sdk);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        files_below(&sdk, &sdk, &mut ours);
        files_below(&project.join("sdk"), &project.join("sdk"), &mut theirs);
        ours.retain(|file| !NOT_FOR_AUTHORS.iter().any(|part| file.contains(part)));
        ours.sort();
        theirs.sort();
        assert_eq!(theirs, ours, "{language}");
        for file in ours.iter().filter(|file| *file != "Cargo.toml") {
            let read = |path: &Path| {
                fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            };
            assert!(
                read(&project.join("sdk").join(file)) == read(&sdk.join(file)),
                "{language}: {file}"
            );
        }
    }
}

#[test]
fn no_placeholder_is_left() {
    for language in Language::ALL {
        let place = tempfile::tempdir().expect("a directory");
        let created = create(language, &"shop".parse().expect("a name"), place.path()).expect("it is made");
        for file in created.files {
            let text = fs::read_to_string(place.path().join(&file)).expect("text");
            let is_of_sdk = file.starts_with("sdk");
            assert!(
                is_of_sdk || !text.contains("{{"),
                "{language}: a placeholder is left in {}",
                file.display()
            );
        }
    }
}

#[test]
fn readme_and_workflow_match_the_language() {
    for language in Language::ALL {
        let place = tempfile::tempdir().expect("a directory");
        create(language, &"shop".parse().expect("a name"), place.path()).expect("it is made");
        let read = |path: &str| {
            fs::read_to_string(place.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        let readme = read("README.md");
        let first: String = language
            .first_commands()
            .map(|command| format!("{command}\n"))
            .collect();
        assert!(
            readme.starts_with("# shop\n") && readme.contains(&format!("```sh\n{first}```\n")),
            "{readme}"
        );
        let workflow = read(".github/workflows/plugin.yaml");
        assert!(
            workflow.contains("\n      - uses: actions/checkout@v4\n      - "),
            "{workflow}"
        );
        assert!(
            !workflow.contains("\n\n") && workflow.contains("\n      - name: podweave\n"),
            "{workflow}"
        );
        for path in [
            ".gitignore",
            "cases/database-url/pod.yaml",
            "cases/bad-port/case.yaml",
            "sdk/wit/plugin.wit",
            language.build_file(),
        ] {
            assert!(!read(path).is_empty(), "{language}: {path}");
        }
    }
}
