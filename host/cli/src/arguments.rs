//! Defines the command line: commands, arguments and their help.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};
use podweave_plugin_project::{Language, ProjectName};

use crate::bench::arguments::BenchArguments;
use crate::explain::arguments::ExplainArguments;
use crate::input::FileArguments;
use crate::plugin::arguments::{
    ListArguments, PullArguments, PushArguments, RegistryArguments, VerifyArguments,
};
use crate::shared_arguments::{RenderEnvironment, ReportOutput, parse_namespace};

/// Weaves computed configuration into pods: a sandboxed Wasm plugin turns a pod's ConfigMaps into environment
/// variables, arguments and files.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what each container of a pod would get.
    ///
    /// Exit codes: 0 done, 1 a render failed, 2 wrong usage.
    Render(RenderArguments),
    /// Check golden cases: directories with a pod.yaml and the expected result.
    ///
    /// A case is a directory with pod.yaml, found recursively. configmaps.yaml in it has the ConfigMaps,
    /// expected.yaml the result (or expected-error.txt the error), case.yaml facts and plugins of this case.
    /// Every case is rendered twice, and both results must be byte-identical.
    ///
    /// Exit codes: 0 all passed, 1 a case failed or no case was found, 2 wrong usage.
    Test(TestArguments),
    /// Show which ConfigMap keys and pod facts a variable, an argument or a file of a container depends on.
    ///
    /// It renders once, and then again for each input with that input changed or removed, and compares the
    /// results. This works for plugins in any language.
    ///
    /// Exit codes: 0 done, 1 a render failed or no output has that name, 2 wrong usage.
    Explain(ExplainArguments),
    /// Measure how long a render takes: the first one of a process, and many further ones.
    ///
    /// It compares the result with the last run of the same containers on this machine.
    ///
    /// Exit codes: 0 done, 1 a render failed, 2 wrong usage.
    Bench(BenchArguments),
    /// Create, build, share and inspect plugins.
    #[command(arg_required_else_help = true)]
    Plugin {
        #[command(subcommand)]
        command: PluginCommand,
    },
    /// Run the agent, the node process that renders for the pods of its node and answers the container
    /// runtime when containers are created.
    ///
    /// It talks to the API server as its pod's ServiceAccount, or as the kubeconfig in KUBECONFIG says. It
    /// runs until SIGTERM or SIGINT, and logs JSON lines to standard error.
    ///
    /// Exit codes: 0 stopped by a signal, 1 it could not run, 2 wrong usage.
    Agent(AgentArguments),
    /// Run the guard, the node process that refuses containers which the agent has not configured.
    ///
    /// Like the agent, it connects to the container runtime by NRI. It needs no API server and no
    /// configuration. It runs until SIGTERM or SIGINT, and logs JSON lines to standard error.
    ///
    /// Exit codes: 0 stopped by a signal, 1 it could not run, 2 wrong usage.
    Guard(GuardArguments),
    /// Show what runs on this node: the pods that use podweave, the state of their renders, and whether
    /// running containers have what would be rendered now.
    ///
    /// It asks the agent of this node through its socket. In a cluster: kubectl exec -n podweave
    /// ds/podweave-agent -- podweave status
    ///
    /// Exit codes: 0 done, 1 no agent answers, 2 wrong usage.
    Status(StatusArguments),
    /// Show what the containers of a pod on this node were given: at their creation, and whenever their files
    /// followed a change.
    ///
    /// It asks the agent of this node through its socket, as `podweave status` does. The agent keeps the last
    /// 16 entries of each running container.
    ///
    /// Exit codes: 0 done, 1 no agent answers or there is no history, 2 wrong usage.
    History(HistoryArguments),
    /// Find what is wrong with this node's set-up, and how to fix it.
    ///
    /// Run it in the agent's pod: kubectl exec -n podweave ds/podweave-agent -- podweave doctor. It changes
    /// nothing.
    ///
    /// Exit codes: 0 no problem (warnings are not problems), 1 a problem, 2 wrong usage.
    Doctor(DoctorArguments),
    /// Print a script that completes podweave's arguments in a shell.
    ///
    /// For bash: `source <(podweave completions bash)`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// The compiling process, which the other commands start.
    #[command(hide = true)]
    CompileComponent {
        /// Bytes of address space.
        memory_bytes: u64,
        /// Seconds.
        seconds: u64,
    },
    /// The process that talks to a registry, which the other commands start.
    #[command(hide = true)]
    RegistryRequest,
}

#[derive(Debug, Args)]
pub struct RenderArguments {
    /// Manifests: files, directories (their .yaml, .yml and .json files), or - for standard input; with
    /// --from-cluster also KIND/NAME.
    ///
    /// They have a pod, or an object with a pod template, and the ConfigMaps that it reads, in any order and
    /// number of files. KIND/NAME is a pod or a workload of the cluster, such as pod/web-0 or deployment/web.
    /// If a file of that name exists, it is read as a file.
    #[arg(required_unless_present = "filenames", value_name = "FILE|DIR|KIND/NAME")]
    pub manifests: Vec<PathBuf>,
    #[command(flatten)]
    pub files: FileArguments,
    /// Output format: table, env, json, yaml, template=FILE|TEXT for a Handlebars template, or dir=PATH to
    /// write the files.
    #[arg(short, long, default_value = "table", value_parser = Output::parse, value_name = "FORMAT")]
    pub output: Output,
    /// Only this container.
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// Render again whenever a manifest or plugin is saved, or a ConfigMap of the cluster changes, and show
    /// what changed.
    #[arg(long)]
    pub watch: bool,
    /// Read ConfigMaps that are not in the manifests from the cluster of the kubeconfig.
    ///
    /// The kubeconfig is KUBECONFIG or ~/.kube/config. Without one, in a pod, the pod's own cluster is used.
    /// The context also gives the namespace of manifests without one, unless -n is given.
    #[arg(long)]
    pub from_cluster: bool,
    /// The kubeconfig's context to use instead of the current one.
    #[arg(long, value_name = "NAME", requires = "from_cluster")]
    pub context: Option<String>,
    /// Write the inputs and the result into a new directory, as a case that `podweave test` replays without a
    /// cluster.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["watch", "container"])]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    pub environment: RenderEnvironment,
}

#[derive(Debug, Args)]
pub struct TestArguments {
    /// The directories to search for cases.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// Write the results as the expected ones, and list the changed files.
    #[arg(long)]
    pub update: bool,
    /// Check again whenever a file of a case or a plugin is saved.
    #[arg(long)]
    pub watch: bool,
    /// Also write a JUnit report.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub environment: RenderEnvironment,
}

#[derive(Debug, Args)]
pub struct AgentArguments {
    /// The configuration file [default: /etc/podweave/agent.yaml if it exists].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct GuardArguments {
    /// The runtime's NRI socket.
    #[arg(long, value_name = "PATH", default_value = podweave_agent::guard::DEFAULT_SOCKET)]
    pub socket: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Create a project for a new plugin: one render function, its language's own build file, and golden
    /// cases.
    ///
    /// Exit codes: 0 done, 1 it could not be created, 2 wrong usage.
    New(NewArguments),
    /// Build the project in a directory into NAME.wasm there, with its language's toolchain.
    ///
    /// Exit codes: 0 done, 1 it could not be built, 2 wrong usage.
    Build(BuildArguments),
    /// Show a plugin: its world, imports, parameters, size, digest, and why the sandbox would refuse it.
    Inspect(InspectArguments),
    /// Push a component to a registry under a tag, and print its reference with its digest.
    ///
    /// Credentials are those of docker login or podman login. The same component always has the same digest.
    ///
    /// Exit codes: 0 done, 1 the push failed, 2 wrong usage.
    Push(PushArguments),
    /// Pull a plugin from a registry, for use by `podweave render` and `podweave test`, and print its
    /// reference with its digest.
    ///
    /// Exit codes: 0 done, 1 the pull failed, 2 wrong usage.
    Pull(PullArguments),
    /// Check that a plugin in a registry has a signature of one of the given signers (cosign sign), and print
    /// the signer.
    ///
    /// Exit codes: 0 signed by one of them, 1 not signed by them or the check failed, 2 wrong usage.
    Verify(VerifyArguments),
    /// List the pulled plugins, or the tags of a repository in its registry.
    List(ListArguments),
}

#[derive(Debug, Args)]
pub struct NewArguments {
    /// The plugin's name: lower-case letters, digits and '-'.
    pub name: ProjectName,
    /// The language.
    #[arg(long, value_name = "LANGUAGE", value_parser = PossibleValuesParser::new(Language::ALL.map(Language::name)).try_map(|name| Language::named(&name)))]
    pub lang: Language,
    /// The directory to create [default: ./NAME].
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct BuildArguments {
    /// The project's directory.
    #[arg(default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,
}

#[derive(Debug, Args)]
pub struct InspectArguments {
    /// A component file, the name of a built-in plugin, or REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST].
    #[arg(value_name = "FILE.wasm|NAME|REFERENCE")]
    pub plugin: String,
    #[command(flatten)]
    pub registry: RegistryArguments,
    /// Output format: a table for people, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Output format: a table for people, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
    /// The agent's socket.
    #[arg(long, value_name = "PATH", default_value = podweave_agent::status::DEFAULT_SOCKET)]
    pub socket: PathBuf,
}

#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// The pod's name.
    #[arg(value_name = "POD", value_parser = parse_pod)]
    pub pod: String,
    /// Only this container.
    #[arg(value_name = "CONTAINER")]
    pub container: Option<String>,
    /// The pod's namespace [default: the one that has a pod of this name on this node].
    #[arg(short, long, value_parser = parse_namespace)]
    pub namespace: Option<String>,
    /// Output format: a table for people, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
    /// The agent's socket.
    #[arg(long, value_name = "PATH", default_value = podweave_agent::status::DEFAULT_SOCKET)]
    pub socket: PathBuf,
}

#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Output format: a table for people, or a document for scripts.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub output: ReportOutput,
    /// The agent's configuration file [default: the one that the agent uses].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The runtime's NRI socket [default: the one in the configuration].
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
}

fn parse_pod(text: &str) -> Result<String, String> {
    podweave_core::names::Form::Subdomain
        .problem(text)
        .map_or_else(|| Ok(text.to_owned()), Err)
}

/// The output format of `render`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A table for people.
    Table,
    /// `NAME=value` lines for a shell.
    Env,
    /// A `RenderList`.
    Json,
    /// A `RenderList`.
    Yaml,
    /// The output of this template for a `RenderList`: a file, or its text.
    Template(String),
    /// Files below this directory.
    Directory(PathBuf),
}

impl Output {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "env" => Ok(Self::Env),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            _ => match text.split_once('=') {
                Some(("dir", "")) => Err("dir= needs a path: dir=PATH".to_owned()),
                Some(("dir", path)) => Ok(Self::Directory(path.into())),
                Some(("template", "")) => {
                    Err("template= needs a file or a text: template=FILE, template='{{...}}'".to_owned())
                }
                Some(("template", template)) => Ok(Self::Template(template.to_owned())),
                Some((
                    "go-template" | "go-template-file" | "jsonpath" | "jsonpath-file" | "custom-columns",
                    _,
                )) => Err(
                    "use a Handlebars template instead: -o template='{{#each items}}{{container}}{{/each}}'"
                        .to_owned(),
                ),
                _ => Err(format!(
                    "must be one of table, env, json, yaml, template=FILE|TEXT and dir=PATH{}",
                    podweave_core::text::did_you_mean(
                        text,
                        ["table", "env", "json", "yaml", "template", "dir"]
                    )
                )),
            },
        }
    }
}
