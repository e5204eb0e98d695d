//! A stand-in for the sandbox's host, based on a map: runs the handlebars plugin's renderer natively.

use std::cell::RefCell;
use std::collections::BTreeMap;

use podweave_handlebars::Host;

/// Provides one ConfigMap and keeps the rendered files. It knows no facts and discards all other outputs.
pub struct StandIn<'a> {
    pub params: &'a str,
    pub alias: &'a str,
    pub values: &'a BTreeMap<String, String>,
    pub files: RefCell<BTreeMap<String, String>>,
}

impl Host for StandIn<'_> {
    fn params(&self) -> String {
        self.params.to_owned()
    }
    fn config_maps(&self) -> Vec<String> {
        vec![self.alias.to_owned()]
    }
    fn keys(&self, _config_map: &str) -> Vec<String> {
        self.values.keys().cloned().collect()
    }
    fn find(&self, _config_map: &str, key: &str) -> Option<String> {
        self.values.get(key).cloned()
    }
    fn find_bytes(&self, config_map: &str, key: &str) -> Option<Vec<u8>> {
        self.find(config_map, key).map(String::into_bytes)
    }
    fn pod_name(&self) -> Option<String> {
        None
    }
    fn pod_uid(&self) -> Option<String> {
        None
    }
    fn node_name(&self) -> Option<String> {
        None
    }
    fn pod_namespace(&self) -> String {
        String::new()
    }
    fn service_account(&self) -> String {
        String::new()
    }
    fn container_name(&self) -> String {
        String::new()
    }
    fn image(&self) -> String {
        String::new()
    }
    fn label(&self, _key: &str) -> Option<String> {
        None
    }
    fn annotation(&self, _key: &str) -> Option<String> {
        None
    }
    fn node_label(&self, _key: &str) -> Option<String> {
        None
    }
    fn command(&self) -> Option<Vec<String>> {
        None
    }
    fn args(&self) -> Option<Vec<String>> {
        None
    }
    fn port(&self, _name: &str) -> Option<u16> {
        None
    }
    fn resource_request(&self, _name: &str) -> Option<String> {
        None
    }
    fn resource_limit(&self, _name: &str) -> Option<String> {
        None
    }

    fn env(&self, _name: &str, _value: &str) {}
    fn expand_env(&self, _name: &str, _value: &str) {}
    fn append_arg(&self, _arg: &str) {}
    fn replace_args(&self, _args: &[String]) {}
    fn file(&self, path: &str, contents: &str) {
        self.files
            .borrow_mut()
            .insert(path.to_owned(), contents.to_owned());
    }
    fn file_bytes(&self, _path: &str, _contents: &[u8]) {}
    fn file_mode(&self, _path: &str, _mode: u32) {}
}
