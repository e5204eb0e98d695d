//! Renders the files of a new project. Their sources are in `templates/` and in the directories of the SDKs;
//! the build script embeds them in a table.

use handlebars::{Handlebars, no_escape};
use serde::Serialize;

use crate::{Language, ProjectName};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file of new projects.
struct File {
    /// The name of its language; empty if projects in all languages have it.
    language: &'static str,
    /// The path in a project.
    path: &'static str,
    /// Whether its text is a Handlebars template.
    is_template: bool,
    text: &'static str,
}

/// The texts about a language in the templates.
#[derive(Serialize)]
struct Words {
    /// The file that an author edits first.
    source: &'static str,
    /// What the author has to install.
    needs: &'static str,
    /// The commands before the first build.
    setup: &'static [&'static str],
    /// Commands that check the project, in addition to its cases.
    checks: &'static [&'static str],
    /// The workflow steps that install the toolchain.
    ci: &'static [&'static str],
}

/// The values that templates can use.
#[derive(Serialize)]
struct Project<'n> {
    name: &'n str,
    language: String,
    build_file: &'static str,
    #[serde(flatten)]
    words: Words,
}

/// All files of a new project, by their paths in it, with their texts, or why a template cannot be rendered.
pub fn files(
    language: Language,
    name: &ProjectName,
) -> impl Iterator<Item = (&'static str, Result<String, String>)> {
    let mut engine = Handlebars::new();
    // Strict mode: an unknown name is an error in a template. No escaping: the files are not HTML.
    engine.set_strict_mode(true);
    engine.register_escape_fn(no_escape);
    let project = serde_json::json!(Project {
        name: name.as_str(),
        language: language.to_string(),
        build_file: language.build_file(),
        words: language.words()
    });
    let of_language = FILES
        .iter()
        .filter(move |file| file.language.is_empty() || file.language == language.name());
    of_language.map(move |file| {
        let text = if file.is_template {
            engine
                .render_template(file.text, &project)
                .map_err(|error| error.to_string())
        } else {
            Ok(file.text.to_owned())
        };
        (file.path, text)
    })
}

/// The files of a language's SDK, by their paths in it, with their texts. They contain nothing that depends
/// on the project.
pub fn sdk_files(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_language = FILES
        .iter()
        .filter(move |file| file.language.is_empty() || file.language == language.name());
    of_language.filter_map(|file| Some((file.path.strip_prefix("sdk/")?, file.text)))
}

impl Language {
    /// The commands from a new project to a tested plugin, as in its README.
    pub fn first_commands(self) -> impl Iterator<Item = &'static str> {
        self.words()
            .setup
            .iter()
            .copied()
            .chain(["podweave plugin build", "podweave test"])
    }

    fn words(self) -> Words {
        match self {
            Self::Rust => Words {
                source: "src/lib.rs",
                needs: "Rust with rustup (https://rustup.rs), which installs the version and the target in `rust-toolchain.toml` by itself",
                setup: &[],
                checks: &[],
                ci: &["- run: rustup show active-toolchain || rustup toolchain install"],
            },
            Self::Go => Words {
                source: "plugin.go",
                needs: "Go 1.21 or newer, which fetches the version in `go.mod` (https://go.dev/doc/install)",
                setup: &[],
                checks: &["GOOS=wasip1 GOARCH=wasm go vet ."],
                ci: &[
                    "- uses: actions/setup-go@v5",
                    "  with:",
                    "    go-version-file: go.mod",
                    "- run: GOOS=wasip1 GOARCH=wasm go vet .",
                ],
            },
            Self::JavaScript => Words {
                source: "src/plugin.js",
                needs: "Node.js 20 or newer (https://nodejs.org)",
                setup: &["npm ci"],
                checks: &["npm run check"],
                ci: &[
                    "- uses: actions/setup-node@v4",
                    "  with:",
                    "    node-version: 24",
                    "- run: npm ci",
                    "- run: npm run check",
                ],
            },
            Self::Python => Words {
                source: "src/plugin.py",
                needs: "Python 3.10 or newer with venv (on Debian: `apt-get install python3-venv`)",
                setup: &[
                    "python3 -m venv .venv",
                    ".venv/bin/pip install --require-hashes -r requirements.txt",
                ],
                checks: &[],
                ci: &[
                    "- run: python3 -m venv .venv",
                    "- run: .venv/bin/pip install --require-hashes -r requirements.txt",
                ],
            },
            Self::C => Words {
                source: "src/plugin.c",
                needs: "make and a clang for Wasm (on Debian: `apt-get install make clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32`; \
                        anywhere: the [WASI SDK](https://github.com/WebAssembly/wasi-sdk/releases), with `WASI_SDK_PATH` set to it)",
                setup: &[],
                checks: &[],
                ci: &[
                    "- run: sudo apt-get update",
                    "- run: sudo apt-get install --yes clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32",
                ],
            },
        }
    }
}
