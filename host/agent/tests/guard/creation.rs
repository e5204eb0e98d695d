//! Simulates the creation of a container in the runtime: plugins adjust it, one after the other, and the
//! result is validated. Does the same as pkg/adaptation/result.go of NRI; `tests/guard_runtime.rs` uses that
//! one.

use std::collections::BTreeMap;

use podweave_agent::for_tests::seal;
use podweave_agent::guard::refusal::Refusal;
use podweave_agent::guard::rule::judge;
use podweave_nri::api::{
    Container, ContainerAdjustment, Field, FieldOwners, KeyValue, Mount, OwningPlugins, PluginInstance,
    PodSandbox, ValidateContainerAdjustmentRequest, Validation,
};
use podweave_nri::{Adjustment, AdjustmentError};
use prost::Message;

pub const AGENT: &str = "50-podweave";
pub const REQUIRED: &str = "required-plugins.noderesource.dev/pod";

/// The answer of a plugin.
pub type Change = for<'a> fn(&'a mut Adjustment) -> Result<&'a mut Adjustment, AdjustmentError>;

/// Two plugins claim one thing: the runtime refuses the container itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict;

/// A creation up to its validation.
#[derive(Debug, Clone)]
pub struct Creation {
    pub request: ValidateContainerAdjustmentRequest,
}

impl Creation {
    /// Creates container `web` of a pod with these annotations, on a node whose runtime has its validator on.
    pub fn of(annotations: &[(&str, &str)]) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let pod = PodSandbox {
            namespace: "shop".into(),
            name: "web-0".into(),
            annotations: annotations.iter().map(owned).collect(),
            ..PodSandbox::default()
        };
        let plugins = ["00-default-validator", AGENT, "90-podweave-guard"].map(|plugin| {
            let (index, name) = plugin.split_once('-').expect("an index and a name");
            PluginInstance {
                index: index.into(),
                name: name.into(),
            }
        });
        let container = Container {
            id: "id".into(),
            name: "web".into(),
            ..Container::default()
        };
        let request = ValidateContainerAdjustmentRequest {
            pod: Some(pod),
            container: Some(container),
            adjust: Some(ContainerAdjustment::default()),
            plugins: plugins.into(),
            ..ValidateContainerAdjustmentRequest::default()
        };
        Self { request }
    }

    /// Creates a container of an opted-in pod, as the admission policies leave it.
    pub fn opted_in() -> Self {
        Self::of(&[
            ("podweave.dev/plugin", "handlebars"),
            (REQUIRED, r#"["podweave-guard"]"#),
        ])
    }

    /// Applies the agent's answer.
    pub fn marked(
        mut self,
        build: impl FnOnce(&mut Adjustment) -> Result<&mut Adjustment, AdjustmentError>,
    ) -> Self {
        let mut adjustment = Adjustment::default();
        build(&mut adjustment).expect("an adjustment");
        seal::mark(&mut adjustment, "sha256:abc").expect("it is not marked yet");
        self.adjust(AGENT, adjustment.into_message())
            .expect("the agent is the first");
        self
    }

    /// Applies another plugin's answer.
    pub fn then(
        mut self,
        plugin: &str,
        build: impl FnOnce(&mut Adjustment) -> Result<&mut Adjustment, AdjustmentError>,
    ) -> Self {
        let mut adjustment = Adjustment::default();
        build(&mut adjustment).expect("an adjustment");
        self.adjust(plugin, adjustment.into_message())
            .expect("no conflict");
        self
    }

    pub fn judge(&self) -> Result<(), Refusal> {
        judge(&brief(&self.request))
    }

    /// Returns the guard's refusal.
    #[track_caller]
    pub fn refusal(&self) -> String {
        self.judge().expect_err("it is refused").to_string()
    }

    /// Applies a plugin's answer.
    pub fn adjust(&mut self, plugin: &str, answer: ContainerAdjustment) -> Result<(), Conflict> {
        let owners = self
            .request
            .owners
            .get_or_insert_with(OwningPlugins::default)
            .owners
            .entry("id".to_owned())
            .or_default();
        let adjust = self.request.adjust.get_or_insert_default();
        adjust_annotations(adjust, owners, plugin, answer.annotations)?;
        adjust_mounts(adjust, owners, plugin, answer.mounts)?;
        adjust_env(adjust, owners, plugin, answer.env)?;
        adjust_args(adjust, owners, plugin, answer.args)
    }
}

/// The request as the guard reads it.
pub fn brief(request: &ValidateContainerAdjustmentRequest) -> Validation {
    Validation::decode(&*request.encode_to_vec()).expect("the same message with fewer fields")
}

fn removed(key: &str) -> Option<&str> {
    key.strip_prefix('-')
}

fn claim(owner: Option<&String>, plugin: &str) -> Result<(), Conflict> {
    if owner.is_none_or(|owner| removed(owner) == Some(plugin)) {
        Ok(())
    } else {
        Err(Conflict)
    }
}

fn entries(owners: &mut FieldOwners, field: Field) -> &mut BTreeMap<String, String> {
    &mut owners.compound.entry(field as i32).or_default().owners
}

fn adjust_annotations(
    adjust: &mut ContainerAdjustment,
    owners: &mut FieldOwners,
    plugin: &str,
    annotations: BTreeMap<String, String>,
) -> Result<(), Conflict> {
    let owners = entries(owners, Field::Annotations);
    let (removals, additions): (BTreeMap<_, _>, BTreeMap<_, _>) = annotations
        .into_iter()
        .partition(|(key, _)| removed(key).is_some());
    for (key, value) in additions {
        if removals.contains_key(&format!("-{key}")) {
            owners.insert(key.clone(), format!("-{plugin}"));
        }
        claim(owners.get(&key), plugin)?;
        owners.insert(key.clone(), plugin.to_owned());
        adjust.annotations.insert(key, value);
    }
    // A removed entry stays in the answer beside the mark of its removal.
    adjust.annotations.extend(removals);
    Ok(())
}

fn adjust_mounts(
    adjust: &mut ContainerAdjustment,
    owners: &mut FieldOwners,
    plugin: &str,
    mounts: Vec<Mount>,
) -> Result<(), Conflict> {
    let owners = entries(owners, Field::Mounts);
    let (removals, additions): (Vec<Mount>, Vec<Mount>) = mounts
        .into_iter()
        .partition(|mount| removed(&mount.destination).is_some());
    let is_removed = |destination: &str| {
        removals
            .iter()
            .any(|removal| removed(&removal.destination) == Some(destination))
    };
    for mount in adjust
        .mounts
        .iter()
        .filter(|mount| is_removed(&mount.destination))
    {
        owners.insert(mount.destination.clone(), format!("-{plugin}"));
    }
    adjust.mounts.retain(|mount| !is_removed(&mount.destination));
    for mount in &additions {
        claim(owners.get(&mount.destination), plugin)?;
        owners.insert(mount.destination.clone(), plugin.to_owned());
        adjust.mounts.push(mount.clone());
    }
    let is_added = |removal: &Mount| {
        additions
            .iter()
            .any(|mount| removed(&removal.destination) == Some(&*mount.destination))
    };
    adjust
        .mounts
        .extend(removals.iter().filter(|removal| !is_added(removal)).cloned());
    Ok(())
}

fn adjust_env(
    adjust: &mut ContainerAdjustment,
    owners: &mut FieldOwners,
    plugin: &str,
    env: Vec<KeyValue>,
) -> Result<(), Conflict> {
    let owners = entries(owners, Field::Env);
    let (removals, additions): (Vec<KeyValue>, Vec<KeyValue>) = env
        .into_iter()
        .partition(|variable| removed(&variable.key).is_some());
    let is_removed = |key: &str| removals.iter().any(|removal| removed(&removal.key) == Some(key));
    for variable in adjust.env.iter().filter(|variable| is_removed(&variable.key)) {
        owners.insert(variable.key.clone(), format!("-{plugin}"));
    }
    adjust.env.retain(|variable| !is_removed(&variable.key));
    for variable in additions {
        claim(owners.get(&variable.key), plugin)?;
        owners.insert(variable.key.clone(), plugin.to_owned());
        adjust.env.push(variable);
    }
    Ok(())
}

fn adjust_args(
    adjust: &mut ContainerAdjustment,
    owners: &mut FieldOwners,
    plugin: &str,
    args: Vec<String>,
) -> Result<(), Conflict> {
    let args = match args.split_first() {
        None => return Ok(()),
        Some((first, rest)) if first.is_empty() => {
            owners.simple.insert(Field::Args as i32, format!("-{plugin}"));
            rest.to_vec()
        }
        Some(_) => args,
    };
    claim(owners.simple.get(&(Field::Args as i32)), plugin)?;
    owners.simple.insert(Field::Args as i32, plugin.to_owned());
    adjust.args = args;
    Ok(())
}

/// The answer of a plugin that has nothing to change.
pub fn nothing(adjustment: &mut Adjustment) -> Result<&mut Adjustment, AdjustmentError> {
    Ok(adjustment)
}

/// A bind mount.
pub fn mount(destination: &str) -> Mount {
    Mount {
        destination: destination.into(),
        r#type: "bind".into(),
        source: "/run/podweave/x".into(),
        options: vec!["rbind".into(), "ro".into()],
    }
}
