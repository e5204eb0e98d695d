//! Implements the plugin that podweave runs.

use podweave_plugin::{Description, Result, inputs, outputs};

use crate::Host;

/// The calls of podweave.
struct Podweave;

impl Host for Podweave {
    fn params(&self) -> String {
        inputs::params_json()
    }
    fn config_maps(&self) -> Vec<String> {
        inputs::config_maps()
    }
    fn keys(&self, config_map: &str) -> Vec<String> {
        inputs::keys(config_map)
    }
    fn find(&self, config_map: &str, key: &str) -> Option<String> {
        inputs::find(config_map, key)
    }
    fn find_bytes(&self, config_map: &str, key: &str) -> Option<Vec<u8>> {
        inputs::find_bytes(config_map, key)
    }
    fn pod_name(&self) -> Option<String> {
        inputs::pod_name()
    }
    fn pod_uid(&self) -> Option<String> {
        inputs::pod_uid()
    }
    fn node_name(&self) -> Option<String> {
        inputs::node_name()
    }
    fn pod_namespace(&self) -> String {
        inputs::pod_namespace()
    }
    fn service_account(&self) -> String {
        inputs::service_account()
    }
    fn container_name(&self) -> String {
        inputs::container_name()
    }
    fn image(&self) -> String {
        inputs::image()
    }
    fn label(&self, key: &str) -> Option<String> {
        inputs::label(key)
    }
    fn annotation(&self, key: &str) -> Option<String> {
        inputs::annotation(key)
    }
    fn node_label(&self, key: &str) -> Option<String> {
        inputs::node_label(key)
    }
    fn command(&self) -> Option<Vec<String>> {
        inputs::command()
    }
    fn args(&self) -> Option<Vec<String>> {
        inputs::args()
    }
    fn port(&self, name: &str) -> Option<u16> {
        inputs::port(name)
    }
    fn resource_request(&self, name: &str) -> Option<String> {
        inputs::resource_request(name)
    }
    fn resource_limit(&self, name: &str) -> Option<String> {
        inputs::resource_limit(name)
    }

    fn env(&self, name: &str, value: &str) {
        outputs::env(name, value);
    }
    fn expand_env(&self, name: &str, value: &str) {
        outputs::expand_env(name, value);
    }
    fn append_arg(&self, arg: &str) {
        outputs::append_arg(arg);
    }
    fn replace_args(&self, args: &[String]) {
        outputs::replace_args(args);
    }
    fn file(&self, path: &str, contents: &str) {
        outputs::file(path, contents);
    }
    fn file_bytes(&self, path: &str, contents: &[u8]) {
        outputs::file_bytes(path, contents);
    }
    fn file_mode(&self, path: &str, mode: u32) {
        outputs::file_mode(path, mode);
    }
}

fn render() -> Result {
    crate::run(&Podweave)
}

/// Describes the plugin.
pub fn describe() -> Description {
    Description {
        name: "handlebars",
        params: include_str!("params.schema.json"),
        example: include_str!("params.example.json"),
        ..Description::default()
    }
}

podweave_plugin::plugin! { render: render, describe: describe }
