//! Pods whose containers first check what they received, and record what they lack.

use anyhow::{Context, Result};
use podweave_agent::guard::required_plugins;
use serde_json::{Value, json};

/// The annotation that makes the runtime's own validator require the guard. The admission policy adds it
/// where it is installed.
pub const REQUIRED: (&str, &str) = (required_plugins::POD, r#"["podweave-guard"]"#);

/// The name of the ConfigMap that pods are rendered from, and its only entry.
pub const CONFIG_MAP: (&str, [(&str, &str); 1]) = ("web", [("value", "rendered")]);

/// The annotations that opt a pod in. Every result has the name of its pod, so that a mix-up is noticed.
pub const OPTED_IN: [(&str, &str); 3] = [
    ("podweave.dev/plugin", "handlebars"),
    ("podweave.dev/config-maps", CONFIG_MAP.0),
    (
        "podweave.dev/params",
        r#"
env: {TOKEN: "{{config.value}}-{{pod.name}}"}
args: {append: ["{{config.value}}-{{pod.name}}"]}
files: {token: "{{config.value}}-{{pod.name}}"}
"#,
    ),
];

/// The first part of a container's script, which records its start. `$0` is its name.
const LOOK: &str = r#"
lacks=
[ "$TOKEN" = "rendered-$POD" ] || lacks="$lacks env"
[ "$1" = "rendered-$POD" ] || lacks="$lacks args"
[ "$(cat /etc/podweave/token 2>/dev/null)" = "rendered-$POD" ] || lacks="$lacks file"
echo "$POD $0$lacks" >> /evidence/starts
"#;

/// The second part of the script: wait.
pub const WAIT: &str = "exec sleep 100000";

/// The second part of the script: end at the first start, and wait at the second.
pub const END_ONCE: &str = "mkdir /own/ended 2>/dev/null && exit 1; exec sleep 100000";

/// The second part of the script: end on request ([`Evidence::end`]).
pub const UNTIL_TOLD: &str = r#"start=$(grep -c "^$POD " /evidence/starts); until [ -e "/evidence/end-$POD-$start" ]; do sleep 0.1; done; exit 1"#;

/// A start of a container, as the container has recorded it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// The pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The parts that it lacked: env, args, file.
    pub lacks: Vec<String>,
}

impl Start {
    /// Whether it had its whole configuration.
    pub fn is_configured(&self) -> bool {
        self.lacks.is_empty()
    }

    /// Whether it had nothing of its configuration.
    pub fn is_untouched(&self) -> bool {
        self.lacks == ["env", "args", "file"]
    }
}

/// The record of the starts: a directory of the node that each container mounts, so that it outlives them
/// all.
pub struct Evidence(tempfile::TempDir);

impl Evidence {
    /// Creates an empty directory.
    pub fn new() -> Result<Self> {
        Ok(Self(
            tempfile::tempdir().context("cannot create a directory for the evidence")?,
        ))
    }

    /// Returns all starts so far, in order.
    pub fn starts(&self) -> Result<Vec<Start>> {
        let text = match std::fs::read_to_string(self.0.path().join("starts")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.context("cannot read the evidence")?,
        };
        // The last line may still be written.
        let whole = text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'));
        whole
            .map(|line| {
                let mut words = line.split(' ').map(str::to_owned);
                let (pod, container) = (words.next(), words.next());
                Ok(Start {
                    pod: pod.context("a start has no pod")?,
                    container: container.with_context(|| format!("{line:?}"))?,
                    lacks: words.collect(),
                })
            })
            .collect()
    }

    /// Returns the starts of a pod's containers.
    pub fn of(&self, pod: &str) -> Result<Vec<Start>> {
        Ok(self
            .starts()?
            .into_iter()
            .filter(|start| start.pod == pod)
            .collect())
    }

    /// Ends a container with [`UNTIL_TOLD`], the only one of its pod, given the number of its start, from 1.
    pub fn end(&self, pod: &str, start: usize) -> Result<()> {
        std::fs::write(self.0.path().join(format!("end-{pod}-{start}")), "")
            .context("cannot ask the container to end")
    }

    /// A container that records its start, and then does this.
    pub fn container(&self, name: &str, then: &str) -> Value {
        json!({
            "name": name,
            "image": "podweave.test/busybox:1",
            "command": ["sh", "-c", format!("{LOOK}{then}"), name],
            "env": [{ "name": "POD", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } }],
            "volumeMounts": [{ "name": "evidence", "mountPath": "/evidence" }, { "name": "own", "mountPath": "/own" }],
        })
    }

    /// A pod with these annotations and containers.
    pub fn pod(
        &self,
        name: &str,
        annotations: &[(&str, &str)],
        containers: impl IntoIterator<Item = Value>,
    ) -> Value {
        let annotations: serde_json::Map<String, Value> = annotations
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        json!({
            "metadata": { "name": name, "annotations": annotations },
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "containers": containers.into_iter().collect::<Vec<_>>(),
                "volumes": [{ "name": "evidence", "hostPath": { "path": self.0.path() } }, { "name": "own", "emptyDir": {} }],
            },
        })
    }
}
