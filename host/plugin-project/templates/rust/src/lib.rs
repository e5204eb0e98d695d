//! Builds `DATABASE_URL` from a ConfigMap and a parameter.

use podweave_plugin::{Description, Error, Result, inputs, outputs, plugin};

plugin! { render: render, describe: describe }

fn describe() -> Description {
    Description {
        params: include_str!("params.schema.json"),
        example: r#"{"database": "shop"}"#,
        ..Description::default()
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The name of the database.
    database: String,
}

fn render() -> Result {
    let Params { database } = inputs::params()?;
    let host = inputs::require("settings", "db_host");
    let port = inputs::find("settings", "db_port").unwrap_or_else(|| "5432".to_owned());
    if !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err(Error::invalid_value(
            "settings",
            "db_port",
            "is not a port number; write 1 to 65535",
        ));
    }
    outputs::expand_env(
        "DATABASE_URL",
        &format!("postgres://app:$(DB_PASSWORD)@{host}:{port}/{database}"),
    );
    Ok(())
}
