//! Provides a podweave made of maps, and short ways to render with it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use podweave_handlebars::{Host, run};
use podweave_plugin::Error;

/// The contents of a ConfigMap.
type Data = BTreeMap<String, Vec<u8>>;

/// The inputs of a render.
#[derive(Clone, Default)]
pub struct Case {
    params: String,
    /// ConfigMaps by alias; `None` for one that does not exist.
    config_maps: Vec<(String, Option<Data>)>,
    facts: BTreeMap<String, String>,
}

/// The results of a render.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    pub env: BTreeMap<String, Env>,
    pub appended: Vec<String>,
    pub replaced: Option<Vec<String>>,
    pub files: BTreeMap<String, Vec<u8>>,
    pub modes: BTreeMap<String, u32>,
    /// What the render read, in order.
    pub reads: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Env {
    Plain(String),
    Expanded(String),
}

impl Case {
    pub fn new() -> Self {
        Self {
            params: "{}".to_owned(),
            ..Self::default()
        }
    }

    /// Binds a ConfigMap.
    pub fn map<const N: usize>(self, alias: &str, data: [(&str, &str); N]) -> Self {
        self.map_of(alias, &data)
    }

    pub fn map_of(mut self, alias: &str, data: &[(&str, &str)]) -> Self {
        let data = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_owned()))
            .collect();
        self.config_maps.push((alias.to_owned(), Some(data)));
        self
    }

    /// Binds a ConfigMap that is optional and does not exist.
    pub fn absent(mut self, alias: &str) -> Self {
        self.config_maps.push((alias.to_owned(), None));
        self
    }

    /// Sets a fact: `pod.name`, `label.app`, `port.http`.
    pub fn fact(mut self, name: &str, value: &str) -> Self {
        self.facts.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn params(mut self, json: &str) -> Self {
        self.params = json.to_owned();
        self
    }

    /// Adds a field to the parameters.
    fn with(&self, name: &str, field: serde_json::Value) -> Self {
        let mut params: serde_json::Value = serde_json::from_str(&self.params).unwrap();
        params[name] = field;
        Self {
            params: params.to_string(),
            ..self.clone()
        }
    }

    pub fn values(&self, json: &str) -> Self {
        self.with("values", serde_json::from_str(json).unwrap())
    }

    /// Declares partials; their texts are keys of a ConfigMap `partials`.
    pub fn partials<const N: usize>(self, texts: [(&str, &str); N]) -> Self {
        let references = texts
            .iter()
            .map(|(name, _)| ((*name).to_owned(), format!("partials/{name}").into()))
            .collect();
        self.map("partials", texts)
            .with("partials", serde_json::Value::Object(references))
    }

    pub fn render(&self) -> Result<Rendered, Error> {
        let host = Fake {
            case: self,
            rendered: RefCell::default(),
        };
        run(&host)?;
        Ok(host.rendered.into_inner())
    }

    pub fn failure(&self) -> Error {
        self.render().expect_err("a failure")
    }

    /// Renders a template as the file `f`.
    pub fn text(&self, template: &str) -> Result<String, Error> {
        let mut rendered = self
            .with("files", serde_json::json!({ "f": template }))
            .render()?;
        Ok(String::from_utf8(rendered.files.remove("f").unwrap()).unwrap())
    }

    /// Renders a template as the environment variable `E`.
    pub fn env(&self, template: &str) -> Result<Env, Error> {
        Ok(self
            .with("env", serde_json::json!({ "E": template }))
            .render()?
            .env
            .remove("E")
            .unwrap())
    }

    /// Returns what a template reads, apart from the parameters.
    pub fn reads(&self, template: &str) -> Vec<String> {
        let rendered = self
            .with("files", serde_json::json!({ "f": template }))
            .render()
            .unwrap();
        rendered
            .reads
            .into_iter()
            .filter(|read| read != "params")
            .collect()
    }

    pub fn fails(&self, template: &str) -> Error {
        self.text(template).expect_err("a failure")
    }

    #[track_caller]
    pub fn gives(&self, template: &str, wanted: &str) -> &Self {
        match self.text(template) {
            Ok(text) => assert_eq!(text, wanted, "{template}"),
            Err(error) => panic!("{template}: {error:?}"),
        }
        self
    }
}

pub fn render(template: &str) -> Result<String, Error> {
    Case::new().text(template)
}

#[track_caller]
pub fn gives(template: &str, wanted: &str) {
    Case::new().gives(template, wanted);
}

/// A failure that blames the template `files.f`.
pub fn in_template(message: &str) -> Error {
    Error::invalid_params("files.f", message)
}

struct Fake<'c> {
    case: &'c Case,
    rendered: RefCell<Rendered>,
}

impl Fake<'_> {
    fn read(&self, what: String) {
        self.rendered.borrow_mut().reads.push(what);
    }

    fn bound(&self, alias: &str) -> Option<&Data> {
        let bound = self.case.config_maps.iter().find(|(known, _)| known == alias);
        bound
            .unwrap_or_else(|| panic!("podweave ends the render: {alias} is not bound"))
            .1
            .as_ref()
    }

    fn fact(&self, name: String) -> Option<String> {
        self.read(name.clone());
        self.case.facts.get(&name).cloned()
    }

    fn sure(&self, name: &str) -> String {
        self.fact(name.to_owned())
            .unwrap_or_else(|| format!("the {name}"))
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        self.fact(name.to_owned())
            .map(|list| list.split(' ').map(str::to_owned).collect())
    }
}

impl Host for Fake<'_> {
    fn params(&self) -> String {
        self.read("params".to_owned());
        self.case.params.clone()
    }
    fn config_maps(&self) -> Vec<String> {
        self.read("config-maps".to_owned());
        self.case
            .config_maps
            .iter()
            .filter(|(_, data)| data.is_some())
            .map(|(alias, _)| alias.clone())
            .collect()
    }
    fn keys(&self, config_map: &str) -> Vec<String> {
        self.read(format!("keys {config_map}"));
        self.bound(config_map)
            .expect("it exists")
            .keys()
            .cloned()
            .collect()
    }
    fn find(&self, config_map: &str, key: &str) -> Option<String> {
        self.find_bytes(config_map, key)
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }
    fn find_bytes(&self, config_map: &str, key: &str) -> Option<Vec<u8>> {
        self.read(format!("{config_map}/{key}"));
        self.bound(config_map)?.get(key).cloned()
    }
    fn pod_name(&self) -> Option<String> {
        self.fact("pod.name".to_owned())
    }
    fn pod_uid(&self) -> Option<String> {
        self.fact("pod.uid".to_owned())
    }
    fn node_name(&self) -> Option<String> {
        self.fact("node.name".to_owned())
    }
    fn pod_namespace(&self) -> String {
        self.sure("pod.namespace")
    }
    fn service_account(&self) -> String {
        self.sure("pod.serviceAccount")
    }
    fn container_name(&self) -> String {
        self.sure("container.name")
    }
    fn image(&self) -> String {
        self.sure("container.image")
    }
    fn label(&self, key: &str) -> Option<String> {
        self.fact(format!("label.{key}"))
    }
    fn annotation(&self, key: &str) -> Option<String> {
        self.fact(format!("annotation.{key}"))
    }
    fn node_label(&self, key: &str) -> Option<String> {
        self.fact(format!("node-label.{key}"))
    }
    fn command(&self) -> Option<Vec<String>> {
        self.list("container.command")
    }
    fn args(&self) -> Option<Vec<String>> {
        self.list("container.args")
    }
    fn port(&self, name: &str) -> Option<u16> {
        self.fact(format!("port.{name}"))
            .map(|port| port.parse().unwrap())
    }
    fn resource_request(&self, name: &str) -> Option<String> {
        self.fact(format!("request.{name}"))
    }
    fn resource_limit(&self, name: &str) -> Option<String> {
        self.fact(format!("limit.{name}"))
    }

    fn env(&self, name: &str, value: &str) {
        self.rendered
            .borrow_mut()
            .env
            .insert(name.to_owned(), Env::Plain(value.to_owned()));
    }
    fn expand_env(&self, name: &str, value: &str) {
        self.rendered
            .borrow_mut()
            .env
            .insert(name.to_owned(), Env::Expanded(value.to_owned()));
    }
    fn append_arg(&self, arg: &str) {
        self.rendered.borrow_mut().appended.push(arg.to_owned());
    }
    fn replace_args(&self, args: &[String]) {
        self.rendered.borrow_mut().replaced = Some(args.to_vec());
    }
    fn file(&self, path: &str, contents: &str) {
        self.file_bytes(path, contents.as_bytes());
    }
    fn file_bytes(&self, path: &str, contents: &[u8]) {
        self.rendered
            .borrow_mut()
            .files
            .insert(path.to_owned(), contents.to_owned());
    }
    fn file_mode(&self, path: &str, mode: u32) {
        self.rendered.borrow_mut().modes.insert(path.to_owned(), mode);
    }
}
