//! Provides the context: everything that templates can name, read on demand.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::failure::{Missing, Problem, Result};
use crate::host::Host;
use crate::value::{Data, Fact, Members, Name, Origin, Value};

/// The values of those keys of a ConfigMap that were read.
type Keys = BTreeMap<String, Option<Value>>;

/// The context of all templates of a render.
pub(crate) struct Facts<'h> {
    host: &'h dyn Host,
    /// The parameter `values`.
    values: Value,
    config_maps: OnceCell<Vec<Rc<str>>>,
    /// What was read. A loop may read one key a thousand times.
    read: RefCell<BTreeMap<String, Keys>>,
}

impl<'h> Facts<'h> {
    pub(crate) fn new(host: &'h dyn Host, values: Value) -> Self {
        Self {
            host,
            values,
            config_maps: OnceCell::new(),
            read: RefCell::default(),
        }
    }

    /// Returns the aliases of the bound ConfigMaps that exist, in order.
    pub(crate) fn config_maps(&self) -> &[Rc<str>] {
        self.config_maps
            .get_or_init(|| self.host.config_maps().into_iter().map(Rc::from).collect())
    }

    /// Returns a key of a ConfigMap.
    pub(crate) fn find(&self, config_map: &str, key: &str) -> Option<Value> {
        if let Some(known) = self.read.borrow().get(config_map).and_then(|keys| keys.get(key)) {
            return known.clone();
        }
        let value = self.host.find(config_map, key).map(|text| {
            Value::text(text).from(&Some(Rc::new(Origin {
                config_map: config_map.to_owned(),
                key: key.to_owned(),
            })))
        });
        let mut read = self.read.borrow_mut();
        read.entry(config_map.to_owned())
            .or_default()
            .insert(key.to_owned(), value.clone());
        value
    }

    /// Returns a usable value: the text of a key that an iteration has found is read now.
    pub(crate) fn read(&self, value: Value) -> Result<Value> {
        match &value.data {
            Data::Fact(Fact::Entry(config_map, key)) => match self.find(config_map, key) {
                Some(text) => Ok(text),
                None => Err(Problem::template(format!("{config_map}/{key} is gone"))),
            },
            _ => Ok(value),
        }
    }

    /// Returns a member of a part of the context.
    pub(crate) fn member(&self, fact: &Fact, name: &str) -> Option<Value> {
        let host = self.host;
        let text = |text: String| Value::text(text);
        let texts = |texts: Vec<String>| Value::list(texts.into_iter().map(Value::text).collect());
        match (fact, name) {
            (Fact::Root, "config") => Some(Fact::Config.into()),
            (Fact::Root, "maps") => Some(Fact::Maps.into()),
            (Fact::Root, "values") => Some(self.values.clone()),
            (Fact::Root, "pod") => Some(Fact::Pod.into()),
            (Fact::Root, "container") => Some(Fact::Container.into()),
            (Fact::Root, "node") => Some(Fact::Node.into()),
            (Fact::Config, key) => self
                .config_maps()
                .iter()
                .rev()
                .find_map(|config_map| self.find(config_map, key)),
            // podweave itself has the best message for an alias that is not bound.
            (Fact::Maps, config_map) => Some(Fact::ConfigMap(config_map.into()).into()),
            (Fact::ConfigMap(config_map), key) => self.find(config_map, key),
            (Fact::Pod, "name") => host.pod_name().map(text),
            (Fact::Pod, "uid") => host.pod_uid().map(text),
            (Fact::Pod, "namespace") => Some(text(host.pod_namespace())),
            (Fact::Pod, "serviceAccount") => Some(text(host.service_account())),
            (Fact::Pod, "labels") => Some(Fact::Labels.into()),
            (Fact::Pod, "annotations") => Some(Fact::Annotations.into()),
            (Fact::Labels, label) => host.label(label).map(text),
            (Fact::Annotations, annotation) => host.annotation(annotation).map(text),
            (Fact::Container, "name") => Some(text(host.container_name())),
            (Fact::Container, "image") => Some(text(host.image())),
            (Fact::Container, "command") => host.command().map(texts),
            (Fact::Container, "args") => host.args().map(texts),
            (Fact::Container, "ports") => Some(Fact::Ports.into()),
            (Fact::Container, "resources") => Some(Fact::Resources.into()),
            (Fact::Ports, port) => host.port(port).map(|number| i64::from(number).into()),
            (Fact::Resources, "requests") => Some(Fact::Requests.into()),
            (Fact::Resources, "limits") => Some(Fact::Limits.into()),
            (Fact::Requests, resource) => host.resource_request(resource).map(text),
            (Fact::Limits, resource) => host.resource_limit(resource).map(text),
            (Fact::Node, "name") => host.node_name().map(text),
            (Fact::Node, "labels") => Some(Fact::NodeLabels.into()),
            (Fact::NodeLabels, label) => host.node_label(label).map(text),
            _ => None,
        }
    }

    /// Whether a part of the context has a member. Only names are read for this.
    pub(crate) fn has(&self, fact: &Fact, name: &str) -> bool {
        match fact {
            Fact::Maps => self.config_maps().iter().any(|alias| &**alias == name),
            _ => self.member(fact, name).is_some(),
        }
    }

    /// Returns the members of a part of the context, by name; the text of keys is not read yet.
    pub(crate) fn members(&self, fact: &Fact) -> Result<Members> {
        let mut members = Members::new();
        match fact {
            Fact::Config => {
                for config_map in self.config_maps() {
                    members.extend(self.entries(config_map));
                }
            }
            Fact::Maps => {
                let map = |alias: &Rc<str>| {
                    (
                        Name::from(alias.to_string()),
                        Fact::ConfigMap(alias.clone()).into(),
                    )
                };
                members.extend(self.config_maps().iter().map(map));
            }
            Fact::ConfigMap(config_map) if self.has(&Fact::Maps, config_map) => {
                members.extend(self.entries(config_map));
            }
            Fact::ConfigMap(config_map) => {
                return Err(Problem::missing(Missing {
                    name: format!("maps.{config_map}"),
                    key: None,
                    origin: None,
                    hint: "no ConfigMap that exists is bound under this alias; check with `(has maps \"alias\")`".into(),
                }));
            }
            _ => {
                return Err(Problem::template(
                    "this part of the context cannot be listed: name the member that you want; config, maps and values can be listed",
                ));
            }
        }
        Ok(members)
    }

    fn entries(&self, config_map: &Rc<str>) -> impl Iterator<Item = (Name, Value)> {
        self.host.keys(config_map).into_iter().map(|key| {
            let entry = Fact::Entry(config_map.clone(), key.as_str().into()).into();
            (Name::from(key), entry)
        })
    }

    /// Returns a value with everything in it read.
    pub(crate) fn whole(&self, value: Value) -> Result<Value> {
        let value = self.read(value)?;
        match &value.data {
            Data::Fact(fact) => self.whole_members(self.members(fact)?),
            Data::Overlay(overlay) => {
                let base = self.whole(overlay.base.clone())?;
                let Data::Map(members) = &base.data else {
                    return Ok(base);
                };
                let mut members = Members::clone(members);
                members.extend(overlay.members.clone());
                self.whole_members(members)
            }
            _ => Ok(value),
        }
    }

    fn whole_members(&self, members: Members) -> Result<Value> {
        let members: Result<_> = members
            .into_iter()
            .map(|(name, member)| Ok((name, self.whole(member)?)))
            .collect();
        Ok(Value::map(members?))
    }
}
