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
    /// What else checks the project, beside its cases.
    checks: &'static [&'static str],
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
    ("sdk/src/bindings.rs", AsIs(include_str!("../../../plugins/sdk/src/bindings.rs"))),
    ("sdk/src/description.rs", AsIs(include_str!("../../../plugins/sdk/src/description.rs"))),
    ("sdk/src/error.rs", AsIs(include_str!("../../../plugins/sdk/src/error.rs"))),
    ("sdk/src/inputs.rs", AsIs(include_str!("../../../plugins/sdk/src/inputs.rs"))),
    ("sdk/src/lib.rs", AsIs(include_str!("../../../plugins/sdk/src/lib.rs"))),
    ("sdk/src/log.rs", AsIs(include_str!("../../../plugins/sdk/src/log.rs"))),
    ("sdk/src/outputs.rs", AsIs(include_str!("../../../plugins/sdk/src/outputs.rs"))),
    ("sdk/src/plugin.rs", AsIs(include_str!("../../../plugins/sdk/src/plugin.rs"))),
];

const GO: [File; 25] = [
    ("go.mod", Template(include_str!("../templates/go/go.mod"))),
    (".gitignore", Template(include_str!("../templates/go/gitignore"))),
    ("plugin.go", Template(include_str!("../templates/go/plugin.go"))),
    ("sdk/failure.go", AsIs(include_str!("../../../plugins/go-sdk/failure.go"))),
    ("sdk/go.mod", AsIs(include_str!("../../../plugins/go-sdk/go.mod"))),
    ("sdk/inputs/inputs.go", AsIs(include_str!("../../../plugins/go-sdk/inputs/inputs.go"))),
    ("sdk/inputs/params.go", AsIs(include_str!("../../../plugins/go-sdk/inputs/params.go"))),
    (
        "sdk/internal/bindings/export_podweave_plugin_about/describe.go",
        AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/export_podweave_plugin_about/describe.go")),
    ),
    (
        "sdk/internal/bindings/export_podweave_plugin_renderer/render.go",
        AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/export_podweave_plugin_renderer/render.go")),
    ),
    ("sdk/internal/bindings/podweave_plugin_inputs/empty.s", AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_inputs/empty.s"))),
    (
        "sdk/internal/bindings/podweave_plugin_inputs/wit_bindings.go",
        AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_inputs/wit_bindings.go")),
    ),
    ("sdk/internal/bindings/podweave_plugin_log/empty.s", AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_log/empty.s"))),
    (
        "sdk/internal/bindings/podweave_plugin_log/wit_bindings.go",
        AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_log/wit_bindings.go")),
    ),
    ("sdk/internal/bindings/podweave_plugin_outputs/empty.s", AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_outputs/empty.s"))),
    (
        "sdk/internal/bindings/podweave_plugin_outputs/wit_bindings.go",
        AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_outputs/wit_bindings.go")),
    ),
    (
        "sdk/internal/bindings/podweave_plugin_renderer/empty.s",
        AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_renderer/empty.s")),
    ),
    (
        "sdk/internal/bindings/podweave_plugin_renderer/wit_bindings.go",
        AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/podweave_plugin_renderer/wit_bindings.go")),
    ),
    ("sdk/internal/bindings/wit_exports/wit_exports.go", AsIs(include_str!("../../../plugins/go-sdk/internal/bindings/wit_exports/wit_exports.go"))),
    ("sdk/internal/check/check.go", AsIs(include_str!("../../../plugins/go-sdk/internal/check/check.go"))),
    ("sdk/internal/registered/registered.go", AsIs(include_str!("../../../plugins/go-sdk/internal/registered/registered.go"))),
    ("sdk/internal/wit/runtime/memory.go", AsIs(include_str!("../../../plugins/go-sdk/internal/wit/runtime/memory.go"))),
    ("sdk/internal/wit/types/types.go", AsIs(include_str!("../../../plugins/go-sdk/internal/wit/types/types.go"))),
    ("sdk/log/log.go", AsIs(include_str!("../../../plugins/go-sdk/log/log.go"))),
    ("sdk/outputs/outputs.go", AsIs(include_str!("../../../plugins/go-sdk/outputs/outputs.go"))),
    ("sdk/plugin.go", AsIs(include_str!("../../../plugins/go-sdk/plugin.go"))),
];

const JAVASCRIPT: [File; 9] = [
    ("package.json", Template(include_str!("../templates/js/package.json"))),
    ("package-lock.json", Template(include_str!("../templates/js/package-lock.json"))),
    ("jsconfig.json", AsIs(include_str!("../templates/js/jsconfig.json"))),
    (".gitignore", Template(include_str!("../templates/js/gitignore"))),
    ("src/plugin.js", Template(include_str!("../templates/js/plugin.js"))),
    ("sdk/podweave.js", AsIs(include_str!("../../../plugins/javascript-sdk/podweave.js"))),
    ("sdk/checks.js", AsIs(include_str!("../../../plugins/javascript-sdk/checks.js"))),
    ("sdk/failures.js", AsIs(include_str!("../../../plugins/javascript-sdk/failures.js"))),
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
                checks: &[],
                ci: &["- run: rustup show active-toolchain || rustup toolchain install"],
            },
            Self::Go => Words {
                source: "plugin.go",
                needs: "Go 1.21 or newer, which gets the version that `go.mod` asks for (https://go.dev/doc/install)",
                setup: &[],
                checks: &["GOOS=wasip1 GOARCH=wasm go vet ."],
                ci: &["- uses: actions/setup-go@v5", "  with:", "    go-version-file: go.mod", "- run: GOOS=wasip1 GOARCH=wasm go vet ."],
            },
            Self::JavaScript => Words {
                source: "src/plugin.js",
                needs: "Node.js 20 or newer (https://nodejs.org)",
                setup: &["npm ci"],
                checks: &["npm run check"],
                ci: &["- uses: actions/setup-node@v4", "  with:", "    node-version: 24", "- run: npm ci", "- run: npm run check"],
            },
            Self::Python => Words {
                source: "src/plugin.py",
                needs: "Python 3.10 or newer with venv (on Debian: `apt-get install python3-venv`)",
                setup: &["python3 -m venv .venv", ".venv/bin/pip install --require-hashes -r requirements.txt"],
                checks: &[],
                ci: &["- run: python3 -m venv .venv", "- run: .venv/bin/pip install --require-hashes -r requirements.txt"],
            },
            Self::C => Words {
                source: "src/plugin.c",
                needs: "make and a clang for Wasm (on Debian: `apt-get install make clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32`; \
                        anywhere: the [WASI SDK](https://github.com/WebAssembly/wasi-sdk/releases), with `WASI_SDK_PATH` set to it)",
                setup: &[],
                checks: &[],
                ci: &["- run: sudo apt-get update", "- run: sudo apt-get install --yes clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32"],
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
        ("@checks@", lines(words.checks, "")),
        ("@ci@", lines(words.ci, "      ")),
    ];
    replacements.iter().fold(template.to_owned(), |text, (placeholder, replacement)| text.replace(placeholder, replacement))
}

const PYTHON: [File; 15] = [
    ("pyproject.toml", Template(include_str!("../templates/python/pyproject.toml"))),
    ("requirements.txt", AsIs(include_str!("../templates/python/requirements.txt"))),
    (".gitignore", Template(include_str!("../templates/python/gitignore"))),
    ("src/plugin.py", Template(include_str!("../templates/python/plugin.py"))),
    ("sdk/podweave_component.py", AsIs(include_str!("../../../plugins/python-sdk/podweave_component.py"))),
    ("sdk/podweave/__init__.py", AsIs(include_str!("../../../plugins/python-sdk/podweave/__init__.py"))),
    ("sdk/podweave/_checks.py", AsIs(include_str!("../../../plugins/python-sdk/podweave/_checks.py"))),
    ("sdk/podweave/_failures.py", AsIs(include_str!("../../../plugins/python-sdk/podweave/_failures.py"))),
    ("sdk/podweave/_plugin.py", AsIs(include_str!("../../../plugins/python-sdk/podweave/_plugin.py"))),
    ("sdk/podweave/inputs.py", AsIs(include_str!("../../../plugins/python-sdk/podweave/inputs.py"))),
    ("sdk/podweave/inputs.pyi", AsIs(include_str!("../../../plugins/python-sdk/podweave/inputs.pyi"))),
    ("sdk/podweave/outputs.py", AsIs(include_str!("../../../plugins/python-sdk/podweave/outputs.py"))),
    ("sdk/podweave/outputs.pyi", AsIs(include_str!("../../../plugins/python-sdk/podweave/outputs.pyi"))),
    ("sdk/podweave/log.py", AsIs(include_str!("../../../plugins/python-sdk/podweave/log.py"))),
    ("sdk/podweave/log.pyi", AsIs(include_str!("../../../plugins/python-sdk/podweave/log.pyi"))),
];

const C: [File; 9] = [
    ("Makefile", Template(include_str!("../templates/c/Makefile"))),
    (".gitignore", Template(include_str!("../templates/c/gitignore"))),
    ("src/plugin.c", Template(include_str!("../templates/c/plugin.c"))),
    ("sdk/podweave.h", AsIs(include_str!("../../../plugins/c-sdk/podweave.h"))),
    ("sdk/podweave.c", AsIs(include_str!("../../../plugins/c-sdk/podweave.c"))),
    ("sdk/internal.h", AsIs(include_str!("../../../plugins/c-sdk/internal.h"))),
    ("sdk/params.c", AsIs(include_str!("../../../plugins/c-sdk/params.c"))),
    ("sdk/contract.h", AsIs(include_str!("../../../plugins/c-sdk/contract.h"))),
    ("sdk/contract.c", AsIs(include_str!("../../../plugins/c-sdk/contract.c"))),
];

/// All files of a new project, relative to its directory.
pub fn files(language: Language) -> impl Iterator<Item = (&'static str, Source)> {
    let own: &[File] = match language {
        Language::Rust => &RUST,
        Language::Go => &GO,
        Language::JavaScript => &JAVASCRIPT,
        Language::Python => &PYTHON,
        Language::C => &C,
    };
    COMMON.iter().chain(own).copied().chain(CASES.map(|path| (path, Template(CASE))))
}
