//! The files of a new project. They lie beside this crate as what they are, and are built into it.

use crate::{Language, ProjectName};

/// The text of a file.
#[derive(Clone, Copy)]
pub enum Source {
    /// With `@name@` and the like in it.
    Template(&'static str),
    /// As it is.
    AsIs(&'static str),
}

use Source::{AsIs, Template};

type File = (&'static str, Source);

/// What the common texts say of a language.
struct Words {
    /// The file that an author edits first.
    source: &'static str,
    /// What has to be installed.
    needs: &'static str,
    /// The commands before the first build.
    setup: &'static [&'static str],
    /// The steps of a workflow that provide the toolchain.
    ci: &'static [&'static str],
}

const CONTRACT: &str = include_str!("../../../wit/plugin.wit");

const COMMON: [File; 9] = [
    ("README.md", Template(include_str!("../templates/common/README.md"))),
    (".github/workflows/plugin.yaml", Template(include_str!("../templates/common/workflow.yaml"))),
    ("cases/database-url/pod.yaml", Template(include_str!("../templates/common/cases/database-url/pod.template.yaml"))),
    ("cases/database-url/configmaps.yaml", AsIs(include_str!("../templates/common/cases/database-url/configmaps.yaml"))),
    ("cases/database-url/expected.yaml", Template(include_str!("../templates/common/cases/database-url/expected.yaml"))),
    ("cases/bad-port/pod.yaml", Template(include_str!("../templates/common/cases/bad-port/pod.template.yaml"))),
    ("cases/bad-port/configmaps.yaml", AsIs(include_str!("../templates/common/cases/bad-port/configmaps.yaml"))),
    ("cases/bad-port/expected-error.txt", Template(include_str!("../templates/common/cases/bad-port/expected-error.txt"))),
    ("sdk/wit/plugin.wit", AsIs(CONTRACT)),
];

/// A case names the component, which podweave would not know otherwise.
const CASES: [&str; 2] = ["cases/database-url/case.yaml", "cases/bad-port/case.yaml"];
const CASE: &str = include_str!("../templates/common/cases/case.yaml");

const RUST: [File; 14] = [
    ("Cargo.toml", Template(include_str!("../templates/rust/Cargo.toml"))),
    ("rust-toolchain.toml", AsIs(include_str!("../templates/rust/rust-toolchain.toml"))),
    (".gitignore", Template(include_str!("../templates/rust/gitignore"))),
    ("src/lib.rs", AsIs(include_str!("../templates/rust/lib.rs"))),
    ("src/params.schema.json", AsIs(include_str!("../templates/rust/params.schema.json"))),
    ("sdk/Cargo.toml", AsIs(include_str!("../templates/rust/sdk.Cargo.toml"))),
    ("sdk/src/allocator.rs", AsIs(include_str!("../../../plugins/sdk/src/allocator.rs"))),
    ("sdk/src/description.rs", AsIs(include_str!("../../../plugins/sdk/src/description.rs"))),
    ("sdk/src/error.rs", AsIs(include_str!("../../../plugins/sdk/src/error.rs"))),
    ("sdk/src/inputs.rs", AsIs(include_str!("../../../plugins/sdk/src/inputs.rs"))),
    ("sdk/src/lib.rs", AsIs(include_str!("../../../plugins/sdk/src/lib.rs"))),
    ("sdk/src/log.rs", AsIs(include_str!("../../../plugins/sdk/src/log.rs"))),
    ("sdk/src/outputs.rs", AsIs(include_str!("../../../plugins/sdk/src/outputs.rs"))),
    ("sdk/src/plugin.rs", AsIs(include_str!("../../../plugins/sdk/src/plugin.rs"))),
];

const JAVASCRIPT: [File; 7] = [
    ("package.json", Template(include_str!("../templates/js/package.json"))),
    ("package-lock.json", Template(include_str!("../templates/js/package-lock.json"))),
    ("jsconfig.json", AsIs(include_str!("../templates/js/jsconfig.json"))),
    (".gitignore", Template(include_str!("../templates/js/gitignore"))),
    ("src/plugin.js", Template(include_str!("../templates/js/plugin.js"))),
    ("sdk/podweave.js", AsIs(include_str!("../../../plugins/javascript-sdk/podweave.js"))),
    ("sdk/podweave.d.ts", AsIs(include_str!("../../../plugins/javascript-sdk/podweave.d.ts"))),
];

impl Language {
    /// The commands from a new project to a tested plugin, as its README has them.
    pub fn first_commands(self) -> impl Iterator<Item = &'static str> {
        self.words().setup.iter().copied().chain(["podweave plugin build", "podweave test"])
    }

    fn words(self) -> Words {
        match self {
            Self::Rust => Words {
                source: "src/lib.rs",
                needs: "Rust with rustup (https://rustup.rs), which gets the version and the target in `rust-toolchain.toml` by itself",
                setup: &[],
                ci: &["- run: rustup show active-toolchain || rustup toolchain install"],
            },
            Self::JavaScript => Words {
                source: "src/plugin.js",
                needs: "Node.js 20 or newer (https://nodejs.org)",
                setup: &["npm ci"],
                ci: &["- uses: actions/setup-node@v4", "  with:", "    node-version: 24", "- run: npm ci"],
            },
        }
    }
}

/// A template's text for a project.
pub fn expand(template: &str, language: Language, name: &ProjectName) -> String {
    let words = language.words();
    let lines = |lines: &[&str], indent: &str| -> String { lines.iter().flat_map(|line| [indent, line, "\n"]).collect() };
    let replacements = [
        ("@name@", name.as_str().to_owned()),
        ("@language@", language.to_string()),
        ("@build-file@", language.build_file().to_owned()),
        ("@source@", words.source.to_owned()),
        ("@needs@", words.needs.to_owned()),
        ("@setup@", lines(words.setup, "")),
        ("@ci@", lines(words.ci, "      ")),
    ];
    replacements.iter().fold(template.to_owned(), |text, (placeholder, replacement)| text.replace(placeholder, replacement))
}

/// All files of a new project, relative to its directory.
pub fn files(language: Language) -> impl Iterator<Item = (&'static str, Source)> {
    let own: &[File] = match language {
        Language::Rust => &RUST,
        Language::JavaScript => &JAVASCRIPT,
    };
    COMMON.iter().chain(own).copied().chain(CASES.map(|path| (path, Template(CASE))))
}
