//! `podweave plugin build`.

use anyhow::Result;
use podweave_core::text::Shown as _;
use podweave_core::text::human_size;
use podweave_plugin_project::build;

use crate::arguments::BuildArguments;
use crate::messages::{GOOD, styled};
use crate::{EXIT_OK, messages};

pub fn run(arguments: &BuildArguments) -> Result<u8> {
    let built = build(&arguments.directory)?;
    if built.has_new_sdk {
        messages::note(&format!(
            "added the SDK for {} in {}, where it was missing",
            built.language,
            arguments.directory.join("sdk").shown()
        ));
    }
    let wasi = if built.imports_wasi {
        "with the deterministic WASI"
    } else {
        "without WASI"
    };
    let name = built.component.file_name().unwrap_or_default().to_string_lossy();
    messages::print(&format!(
        "{} {}: {}, {wasi}\n",
        styled(GOOD, "built"),
        arguments.directory.join(&*name).shown(),
        human_size(built.size)
    ))?;
    Ok(EXIT_OK)
}
