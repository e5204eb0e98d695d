//! Builds URLs from keys of ConfigMaps. Refuses values that would change the structure of the URL, such as a
//! host with a path in it.

mod part;

use std::collections::BTreeMap;

use podweave_plugin::{Description, Error, Result, inputs, outputs, plugin};
use serde::Deserialize;

use part::{encoded, is_host, is_port};

plugin! { render: render, describe: describe }

fn describe() -> Description {
    Description {
        params: include_str!("params.schema.json"),
        example: r#"{"urls": {"API_URL": {"scheme": "https", "host": "settings/api_host", "path": ["v1", "orders"]}}}"#,
        ..Description::default()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The URLs, by the names of their variables.
    urls: BTreeMap<String, Url>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Url {
    scheme: String,
    /// The keys of the host name and of the port number: `ALIAS/KEY`.
    host: Key,
    port: Option<Key>,
    /// The segments of the path. Any text is allowed: it is encoded.
    #[serde(default)]
    path: Vec<String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Key {
    config_map: String,
    key: String,
}

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let (config_map, key) = text.split_once('/').ok_or("it must have the form ALIAS/KEY")?;
        Ok(Self { config_map: config_map.to_owned(), key: key.to_owned() })
    }
}

impl Key {
    /// Reads the text under the key, and checks it.
    fn read(&self, is_of_the_kind: fn(&str) -> bool, kind: &str) -> Result<String> {
        let value = inputs::require(&self.config_map, &self.key);
        if is_of_the_kind(&value) { Ok(value) } else { Err(Error::invalid_value(&self.config_map, &self.key, kind)) }
    }
}

fn render() -> Result {
    let params: Params = inputs::params()?;
    for (variable, url) in &params.urls {
        outputs::env(variable, &built(variable, url)?);
    }
    Ok(())
}

fn built(variable: &str, url: &Url) -> Result<String> {
    if !["http", "https", "ws", "wss"].contains(&url.scheme.as_str()) {
        return Err(Error::invalid_params(format!("urls.{variable}.scheme"), "must be http, https, ws or wss"));
    }
    let mut text = format!("{}://{}", url.scheme, url.host.read(is_host, "is not a host name; use letters, digits, '-' and '.'")?);
    if let Some(port) = &url.port {
        text = text + ":" + &port.read(is_port, "is not a port number; write 1 to 65535")?;
    }
    for part in &url.path {
        text = text + "/" + &encoded(part);
    }
    for (index, (name, value)) in url.query.iter().enumerate() {
        text = text + if index == 0 { "?" } else { "&" } + &encoded(name) + "=" + &encoded(value);
    }
    Ok(text)
}
