//! Implements the plugin that podweave runs.

use podweave_formats::Podweave;
use podweave_plugin::{Description, Result, inputs, outputs};

fn render() -> Result {
    for (name, value) in crate::variables(&inputs::params_json(), &Podweave)? {
        outputs::env(&name, &value);
    }
    Ok(())
}

/// Describes the plugin.
pub fn describe() -> Description {
    Description {
        name: "dotenv",
        params: include_str!("params.schema.json"),
        example: include_str!("params.example.json"),
        ..Description::default()
    }
}

podweave_plugin::plugin! { render: render, describe: describe }
