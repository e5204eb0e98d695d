//! Implements the plugin that podweave runs.

use podweave_formats::Podweave;
use podweave_plugin::{Description, Result, inputs, outputs};

fn render() -> Result {
    for file in crate::files(&inputs::params_json(), &Podweave)? {
        outputs::file(&file.path, &file.contents);
        if let Some(mode) = file.mode {
            outputs::file_mode(&file.path, mode);
        }
    }
    Ok(())
}

/// Describes the plugin.
pub fn describe() -> Description {
    Description {
        name: "layers",
        params: include_str!("params.schema.json"),
        example: include_str!("params.example.json"),
        ..Description::default()
    }
}

podweave_plugin::plugin! { render: render, describe: describe }
