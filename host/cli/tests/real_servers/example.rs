//! A copy of an example, with changed ConfigMaps, rendered by the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use podweave_core::manifest::Manifests;
use podweave_core::yaml;
use serde_json::Value;
use tempfile::TempDir;

/// A copy of an example, which a test can change.
pub struct Example {
    directory: TempDir,
    config_maps: Vec<Value>,
}

impl Example {
    pub fn of(name: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples")
            .join(name);
        let directory = TempDir::with_prefix("podweave-example-").expect("a directory can be made");
        // nginx drops root's rights, and then still has to enter this directory.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))
            .expect("its mode can be set");
        let manifests = directory.path().join("manifests");
        fs::create_dir(&manifests).expect("a directory can be made");
        fs::create_dir(directory.path().join("state")).expect("a directory can be made");
        for file in ["pod.yaml", "configmaps.yaml"] {
            fs::copy(source.join(file), manifests.join(file))
                .unwrap_or_else(|error| panic!("examples/{name}/{file} cannot be copied: {error}"));
        }
        let text = fs::read_to_string(manifests.join("configmaps.yaml")).expect("the copy can be read");
        Self {
            directory,
            config_maps: yaml::documents(&text).expect("an example is YAML"),
        }
    }

    /// Sets a key of one of the example's ConfigMaps.
    pub fn set(mut self, config_map: &str, key: &str, value: impl ToString) -> Self {
        self.data(config_map)[key] = Value::String(value.to_string());
        self
    }

    /// Removes an existing key of a ConfigMap.
    pub fn unset(mut self, config_map: &str, key: &str) -> Self {
        let data = self.data(config_map).as_object_mut().expect("data is an object");
        assert!(
            data.remove(key).is_some(),
            "ConfigMap {config_map} of the example has no {key}"
        );
        self
    }

    /// Returns a directory for a server's files.
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// Returns the path on this machine of a container's file.
    pub fn path_of(&self, container: &str, path: &str) -> PathBuf {
        self.rendered(container)
            .join("root")
            .join(path.trim_start_matches('/'))
    }

    /// Renders it; the container is `namespace/pod/container`.
    pub fn render(self, container: &str) -> Container {
        let output = self.run();
        assert!(
            output.status.success(),
            "podweave failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Container::new(self, container)
    }

    /// Renders it, which has to fail, and returns the message.
    pub fn render_in_vain(self) -> String {
        let output = self.run();
        assert_eq!(
            output.status.code(),
            Some(1),
            "podweave did not fail: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn run(&self) -> Output {
        let documents: Vec<String> = self
            .config_maps
            .iter()
            .map(|config_map| yaml::to_string(config_map).expect("a tree is YAML"))
            .collect();
        fs::write(self.manifests().join("configmaps.yaml"), documents.join("---\n"))
            .expect("the copy can be written");
        let mut podweave = Command::new(env!("CARGO_BIN_EXE_podweave"));
        podweave
            .arg("render")
            .arg(self.manifests())
            .arg("-o")
            .arg(format!("dir={}", self.output().display()));
        podweave.env(
            "PODWEAVE_CACHE_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"),
        );
        podweave.output().expect("podweave can be started")
    }

    fn data(&mut self, config_map: &str) -> &mut Value {
        let found = self
            .config_maps
            .iter_mut()
            .find(|candidate| candidate["metadata"]["name"] == config_map);
        &mut found.unwrap_or_else(|| panic!("the example has no ConfigMap {config_map}"))["data"]
    }

    fn manifests(&self) -> PathBuf {
        self.directory.path().join("manifests")
    }

    fn output(&self) -> PathBuf {
        self.directory.path().join("rendered")
    }

    fn rendered(&self, container: &str) -> PathBuf {
        self.output().join(container)
    }
}

/// The environment, command and files of a container.
pub struct Container {
    /// The variables that podweave adds to its environment.
    pub env: BTreeMap<String, String>,
    /// Its command and arguments, rendered or the spec's. The path of a rendered file is this machine's.
    pub argv: Vec<String>,
    example: Example,
    name: String,
}

impl Container {
    /// Returns the path on this machine of a rendered file.
    pub fn path_of(&self, path: &str) -> PathBuf {
        self.example.path_of(&self.name, path)
    }

    pub fn state(&self) -> PathBuf {
        self.example.state()
    }

    fn new(example: Example, name: &str) -> Self {
        let report = fs::read_to_string(example.rendered(name).join("render.json"))
            .unwrap_or_else(|error| panic!("{name} was not rendered: {error}"));
        let report: Value = serde_json::from_str(&report).expect("render.json is JSON");
        let env = items(&report["env"])
            .iter()
            .map(|variable| (text(&variable["name"]), text(&variable["value"])))
            .collect();
        let mut container = Self {
            env,
            argv: Vec::new(),
            example,
            name: name.to_owned(),
        };
        let (command, args) = container.spec();
        let rendered = |field: &str| {
            report[field]
                .as_array()
                .map(|list| list.iter().map(text).collect::<Vec<_>>())
        };
        container.argv = [rendered("command").or(command), rendered("args").or(args)]
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        for argument in &mut container.argv {
            if items(&report["files"])
                .iter()
                .any(|file| file["path"] == argument.as_str())
            {
                *argument = container.example.path_of(name, argument).display().to_string();
            }
        }
        container
    }

    /// Command and arguments of the pod's spec.
    fn spec(&self) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let path = self.example.manifests().join("pod.yaml");
        let mut manifests = Manifests::default();
        manifests
            .add(
                "pod.yaml",
                &fs::read_to_string(path).expect("the copy can be read"),
                "default",
            )
            .expect("an example is a manifest");
        let (pod, container) = self
            .name
            .rsplit_once('/')
            .expect("a container is namespace/pod/container");
        let pod = manifests
            .pods
            .iter()
            .find(|candidate| candidate.identity() == pod)
            .expect("the example has the pod");
        let container = pod.container(container).expect("the pod has the container");
        (container.command.clone(), container.args.clone())
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is text").to_owned()
}
