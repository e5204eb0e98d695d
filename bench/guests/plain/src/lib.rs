//! A minimal plugin: each key of `settings` becomes a variable.

use podweave_plugin::{Result, inputs, outputs, plugin};

plugin!(render);

fn render() -> Result<()> {
    for key in [
        "K00", "K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10",
    ] {
        outputs::env(key, &inputs::require("settings", key));
    }
    Ok(())
}
