//! Reads and writes the manifest of a plugin in a registry: one Wasm layer, in the CNCF's layout for Wasm and
//! as `wkg` and `oras` push it.

use std::collections::BTreeMap;

use podweave_core::digest::Digest;
use podweave_core::text;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::failure::Failure;
use crate::protocol::{Annotations, NewBlob};

/// The largest manifest that is accepted; registries do not accept larger ones either.
pub const MANIFEST_BYTES: u64 = 4 * 1024 * 1024;

/// The media type of pushed manifests. Pulled ones can also be an index.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Media types of a Wasm layer: that of the CNCF's layout, and the one used before it.
const WASM: [&str; 2] = ["application/wasm", "application/vnd.wasm.content.layer.v1+wasm"];
const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";

/// The annotation with a layer's file name: `oras pull` writes the layer under it.
const TITLE: &str = "org.opencontainers.image.title";

/// The layer with the component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    pub digest: Digest,
    pub size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub media_type: Option<String>,
    pub artifact_type: Option<String>,
    pub config: Option<Descriptor>,
    pub layers: Option<Vec<Descriptor>>,
    manifests: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    #[serde(default)]
    pub annotations: Option<BTreeMap<String, String>>,
}

impl Manifest {
    /// Reads a manifest.
    pub fn parse(manifest: &[u8]) -> Result<Self, Failure> {
        if manifest.len() as u64 > MANIFEST_BYTES {
            return Err(Failure::TooLarge {
                what: "manifest".to_owned(),
                size: manifest.len() as u64,
                limit: MANIFEST_BYTES,
            });
        }
        serde_json::from_slice(manifest)
            .map_err(|error| Failure::Unexpected(format!("cannot parse its manifest: {error}")))
    }

    fn type_of_config(&self) -> &str {
        self.config
            .as_ref()
            .map_or("", |config| config.media_type.as_str())
    }

    /// Names the kind of an artifact that is not a plugin, for the error message.
    fn kind(&self) -> String {
        let of = |part: &str| {
            self.type_of_config().contains(part)
                || self
                    .artifact_type
                    .as_deref()
                    .is_some_and(|kind| kind.contains(part))
        };
        match () {
            () if of("helm") => "it is a Helm chart".to_owned(),
            () if of("vnd.oci.image.config") || of("vnd.docker.container.image") => {
                "it is a container image".to_owned()
            }
            () if of("sigstore") || of("cosign") => "it is a signature".to_owned(),
            () => {
                let kind = self.artifact_type.as_deref().unwrap_or(self.type_of_config());
                format!("it is an artifact of the type {}", text::quoted(kind))
            }
        }
    }
}

impl Descriptor {
    fn is_wasm(&self) -> bool {
        let title = self
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(TITLE));
        WASM.contains(&self.media_type.as_str()) || title.is_some_and(|title| title.ends_with(".wasm"))
    }
}

/// Finds the layer with the component in a manifest.
pub fn component_layer(manifest: &[u8], limit: u64) -> Result<Layer, Failure> {
    let manifest = Manifest::parse(manifest)?;
    let is_index = manifest
        .media_type
        .as_deref()
        .is_some_and(|kind| kind.contains("index") || kind.contains("manifest.list"));
    if manifest.manifests.is_some() || is_index {
        let reason = "it is an index of several manifests, as a multi-platform image has; name the digest of the manifest to use";
        return Err(Failure::NotAPlugin(reason.to_owned()));
    }
    let layers = manifest.layers.as_deref().unwrap_or_default();
    let mut wasm = layers.iter().filter(|layer| layer.is_wasm());
    let (Some(layer), others) = (wasm.next(), wasm.count()) else {
        let reason = format!(
            "{} without a Wasm layer; push a component: podweave plugin push FILE.wasm REFERENCE",
            manifest.kind()
        );
        return Err(Failure::NotAPlugin(reason));
    };
    if others > 0 {
        return Err(Failure::NotAPlugin(format!(
            "it has {} Wasm layers; a plugin has exactly one",
            others + 1
        )));
    }
    let Some(digest) = Digest::parse(&layer.digest) else {
        return Err(Failure::Unexpected(format!(
            "its manifest has the digest {}, which is not a SHA-256 digest",
            text::quoted(&layer.digest)
        )));
    };
    if layer.size > limit {
        return Err(Failure::TooLarge {
            what: "component".to_owned(),
            size: layer.size,
            limit,
        });
    }
    Ok(Layer {
        digest,
        size: layer.size,
    })
}

/// The metadata that is pushed with a component.
#[derive(Debug, Clone, Default)]
pub struct NewArtifact {
    /// The file name under which `oras pull` writes the component.
    pub title: Option<String>,
    /// The interfaces that the component imports.
    pub imports: Vec<String>,
    /// The interfaces that the component exports.
    pub exports: Vec<String>,
    /// The manifest's annotations.
    pub annotations: Annotations,
}

impl NewArtifact {
    /// The manifest and the small blobs that it refers to. They depend on the component and this metadata
    /// only, so the same push always has the same digest.
    pub(crate) fn manifest(&self, component: Layer) -> (String, Vec<NewBlob>) {
        let config = json!({
            // The layout requires a time. A fixed one keeps the digest stable.
            "created": "1970-01-01T00:00:00Z",
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [component.digest.to_string()],
            "component": { "exports": self.exports, "imports": self.imports, "target": null },
        })
        .to_string();
        let mut layer =
            json!({ "mediaType": WASM[0], "digest": component.digest.to_string(), "size": component.size });
        if let Some(title) = &self.title {
            layer["annotations"] = json!({ TITLE: title });
        }
        let digest = Digest::of(config.as_bytes()).to_string();
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": WASM_CONFIG, "digest": digest, "size": config.len() },
            "layers": [layer],
        });
        if !self.annotations.is_empty() {
            manifest["annotations"] = json!(self.annotations);
        }
        (manifest.to_string(), vec![NewBlob { digest, text: config }])
    }
}
