//! Calls everything in the contract, and outputs the results.

use podweave_plugin::{Error, Result, inputs, log, outputs, plugin};

plugin!(render);

#[derive(serde::Deserialize)]
struct Params {
    r#do: String,
    #[serde(default)]
    text: String,
}

fn render() -> Result {
    let params: Params = inputs::params()?;
    match params.r#do.as_str() {
        "inputs" => show_inputs(&params.text),
        "outputs" => set_outputs(),
        "replace-args" => outputs::replace_args(&["--first".to_owned(), "$(NOT_EXPANDED)".to_owned(), String::new()]),
        "invalid-value" => return Err(Error::invalid_value("app", "word", "is not a good word")),
        "invalid-params" => return Err(Error::invalid_params("do[0].what", "is not a good thing to do")),
        "fail" => return Err(Error::other("nothing to be done: ü")),
        "require-missing" => outputs::env("X", &inputs::require("app", "wrod")),
        "unbound" => outputs::env("X", &inputs::keys("ap").join(",")),
        "bad-name" => outputs::env("A=B", "x"),
        "twice" => {
            outputs::env("X", "1");
            outputs::env("X", "1");
            outputs::env("X", "2");
        }
        _ => return Err(Error::invalid_params("do", "is not an action of this plugin")),
    }
    Ok(())
}

fn show_inputs(text: &str) {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "(none)".to_owned());
    let list_or_none = |value: Option<Vec<String>>| value.map_or_else(|| "(none)".to_owned(), |list| list.join("|"));
    let hex_or_none = |value: Option<Vec<u8>>| value.map_or_else(|| "(none)".to_owned(), |bytes| hex(&bytes));
    let port_or_none = |value: Option<u16>| value.map_or_else(|| "(none)".to_owned(), |port| port.to_string());
    outputs::env("PARAM_TEXT", text);
    outputs::env("CONFIG_MAPS", &inputs::config_maps().join(","));
    outputs::env("KEYS", &inputs::keys("app").join(","));
    outputs::env("REQUIRE", &inputs::require("app", "word"));
    outputs::env("FIND", &or_none(inputs::find("app", "word")));
    outputs::env("FIND_ABSENT", &or_none(inputs::find("app", "absent")));
    outputs::env("FIND_OPTIONAL", &or_none(inputs::find("extra", "word")));
    outputs::env("REQUIRE_BYTES", &hex(&inputs::require_bytes("app", "blob")));
    outputs::env("FIND_BYTES", &hex_or_none(inputs::find_bytes("app", "word")));
    outputs::env("FIND_BYTES_EMPTY", &hex_or_none(inputs::find_bytes("app", "empty")));
    outputs::env("FIND_BYTES_ABSENT", &hex_or_none(inputs::find_bytes("app", "absent")));
    outputs::env("POD_NAME", &or_none(inputs::pod_name()));
    outputs::env("POD_UID", &or_none(inputs::pod_uid()));
    outputs::env("NODE_NAME", &or_none(inputs::node_name()));
    outputs::env("POD_NAMESPACE", &inputs::pod_namespace());
    outputs::env("SERVICE_ACCOUNT", &inputs::service_account());
    outputs::env("CONTAINER_NAME", &inputs::container_name());
    outputs::env("IMAGE", &inputs::image());
    outputs::env("LABEL", &or_none(inputs::label("app")));
    outputs::env("ANNOTATION", &or_none(inputs::annotation("example.org/note")));
    outputs::env("NODE_LABEL", &or_none(inputs::node_label("zone")));
    outputs::env("COMMAND", &list_or_none(inputs::command()));
    outputs::env("ARGS", &list_or_none(inputs::args()));
    outputs::env("PORT", &port_or_none(inputs::port("http")));
    outputs::env("RESOURCE_REQUEST", &or_none(inputs::resource_request("cpu")));
    outputs::env("RESOURCE_LIMIT", &or_none(inputs::resource_limit("memory")));
}

fn set_outputs() {
    let blob = inputs::require_bytes("app", "blob");
    outputs::env("EMPTY", "");
    outputs::expand_env("EXPANDED", "$(HOME_URL)/$$x/$(UNKNOWN)");
    outputs::append_arg("--word=ünï");
    outputs::append_arg("$(NOT_EXPANDED)");
    outputs::file("text.conf", "grüße\n");
    outputs::file_bytes("dir/blob", &blob);
    outputs::file_mode("dir/blob", 0o640);
    log::debug("a debug line");
    log::info("an info line");
    log::warn("a warning");
    log::error("an error line");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
