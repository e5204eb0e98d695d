//! Writes the Rust types of the messages in `proto/nri.proto` to `../src/api/messages.rs`:
//!
//! ```sh
//! cargo run --locked --manifest-path host/nri/generate/Cargo.toml && cargo fmt -p podweave-nri
//! ```
//!
//! Run it when `nri.proto` changes, which is once for each release of NRI. The result is in the repository,
//! so that a build of the crate needs two other crates instead of twenty. protox reads the definition: no
//! protoc is needed.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let definition = protox::compile([here.join("proto/nri.proto")], [here.join("proto")])?;
    let out = here.join("out");
    std::fs::create_dir_all(&out)?;
    prost_build::Config::new()
        .out_dir(&out)
        // Maps in order, so that equal messages have equal bytes.
        .btree_map(["."])
        // They carry environments and arguments, Secrets included: `api::redacted` implements their Debug.
        .skip_debug(["Container", "ContainerAdjustment", "KeyValue", "Hook"].map(|name| format!(".nri.pkg.api.v1alpha1.{name}")))
        .compile_fds(definition)?;
    let messages = std::fs::read_to_string(out.join("nri.pkg.api.v1alpha1.rs"))?;
    std::fs::write(here.join("../src/api/messages.rs"), messages)?;
    Ok(std::fs::remove_dir_all(out)?)
}
