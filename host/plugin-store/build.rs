//! Builds the plugins that ship with podweave, so that `cargo run` needs nothing else.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// Built-in name, package.
const BUILT_IN: [(&str, &str); 3] = [("dotenv", "podweave-dotenv"), ("handlebars", "podweave-handlebars"), ("layers", "podweave-layers")];

fn main() -> Result<()> {
    let packages: Vec<&str> = BUILT_IN.iter().map(|(_, package)| *package).collect();
    let components = podweave_component_build::build_all(&packages)?;
    let mut table = String::from("&[");
    for ((name, _), component) in BUILT_IN.iter().zip(components) {
        let bytes = fs::read(&component.path).with_context(|| format!("cannot read {}", component.path.display()))?;
        // The digest is computed here, so that no process has to hash what it carries; without podweave_core, for which this script would have to wait:
        // compiling the guests is the longest of all that can begin at once.
        table += &format!(
            "BuiltIn {{ name: {name:?}, digest: Digest::from_bytes({:?}), component: include_bytes!({:?}) }},",
            <[u8; 32]>::from(Sha256::digest(&bytes)),
            component.path.display().to_string()
        );
    }
    table += "]";
    let file = PathBuf::from(env::var("OUT_DIR").context("OUT_DIR is set for build scripts")?).join("built_in.rs");
    fs::write(&file, table).with_context(|| format!("cannot write {}", file.display()))
}
