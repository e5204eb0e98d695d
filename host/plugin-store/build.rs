//! Builds the built-in plugins and embeds them, so that `cargo run` needs no further step.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// The names of the built-in plugins, and their packages.
const BUILT_IN: [(&str, &str); 3] = [
    ("dotenv", "podweave-dotenv"),
    ("handlebars", "podweave-handlebars"),
    ("layers", "podweave-layers"),
];

fn main() -> Result<()> {
    let packages: Vec<&str> = BUILT_IN.iter().map(|(_, package)| *package).collect();
    let components = podweave_component_build::build_all(&packages)?;
    let mut table = String::from("&[");
    for ((name, _), component) in BUILT_IN.iter().zip(components) {
        let bytes =
            fs::read(&component.path).with_context(|| format!("cannot read {}", component.path.display()))?;
        // The digest is computed here, so that no process has to hash the components that it embeds. This
        // does not use podweave_core, because the script would then have to wait for that crate: compiling
        // the guests takes longest, so it should begin at once.
        table += &format!(
            "BuiltIn {{ name: {name:?}, digest: Digest::from_bytes({:?}), component: include_bytes!({:?}) }},",
            <[u8; 32]>::from(Sha256::digest(&bytes)),
            component.path.display().to_string()
        );
    }
    table += "]";
    let file =
        PathBuf::from(env::var("OUT_DIR").context("OUT_DIR is set for build scripts")?).join("built_in.rs");
    fs::write(&file, table).with_context(|| format!("cannot write {}", file.display()))
}
