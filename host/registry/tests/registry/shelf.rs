//! A correct registry, in memory. The tests build broken ones from it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use podweave_core::digest::Digest;
use serde_json::json;

use crate::server::{Answer, Asked, answer, with};

/// Manifests by tag and digest, and blobs by digest; the same for each repository.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    manifests: BTreeMap<String, Bytes>,
    blobs: BTreeMap<String, Bytes>,
    referrers: BTreeMap<String, Bytes>,
}

impl Shelf {
    pub fn put_blob(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.0
            .lock()
            .unwrap()
            .blobs
            .insert(digest.to_string(), Bytes::copy_from_slice(bytes));
        digest
    }

    pub fn put_manifest(&self, tag: &str, manifest: &str) -> Digest {
        let digest = Digest::of(manifest.as_bytes());
        let content = &mut self.0.lock().unwrap().manifests;
        for key in [tag.to_owned(), digest.to_string()] {
            content.insert(key, Bytes::copy_from_slice(manifest.as_bytes()));
        }
        digest
    }

    /// Adds a component in the CNCF's layout.
    pub fn put_component(&self, tag: &str, component: &[u8]) -> Digest {
        let layer = self.put_blob(component);
        self.put_manifest(tag, &manifest_of("application/wasm", layer, component.len()))
    }

    pub fn put_referrers(&self, subject: Digest, index: &str) {
        self.0
            .lock()
            .unwrap()
            .referrers
            .insert(subject.to_string(), Bytes::copy_from_slice(index.as_bytes()));
    }

    pub fn manifest(&self, tag: &str) -> Option<Bytes> {
        self.0.lock().unwrap().manifests.get(tag).cloned()
    }

    pub fn blob(&self, digest: &str) -> Option<Bytes> {
        self.0.lock().unwrap().blobs.get(digest).cloned()
    }

    /// Answers as a correct registry does.
    pub fn answer(&self, asked: &Asked) -> Answer {
        let Some(path) = asked.path.strip_prefix("/v2/") else {
            return answer(404, "");
        };
        let mut parts = path.rsplitn(3, '/');
        let (last, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let mut content = self.0.lock().unwrap();
        match (asked.method.as_str(), kind) {
            ("GET", "") if last.is_empty() => answer(200, "{}"),
            ("GET" | "HEAD", "manifests") => found(content.manifests.get(last), "MANIFEST_UNKNOWN", asked),
            ("GET" | "HEAD", "blobs") => found(content.blobs.get(last), "BLOB_UNKNOWN", asked),
            ("GET", "referrers") => found(content.referrers.get(last), "NOT_FOUND", asked),
            ("GET", "tags") => {
                let tags: Vec<&String> = content
                    .manifests
                    .keys()
                    .filter(|tag| !tag.contains(':'))
                    .collect();
                answer(200, json!({ "name": "acme/web", "tags": tags }).to_string())
            }
            // POST .../blobs/uploads/
            ("POST", "uploads") => with(answer(202, ""), "location", "/v2/acme/web/blobs/uploads/1"),
            ("PUT", "uploads") => {
                let digest = asked
                    .query
                    .split('&')
                    .find_map(|pair| pair.strip_prefix("digest="))
                    .unwrap_or_default()
                    .replace("%3A", ":");
                if Digest::of(&asked.body).to_string() != digest {
                    return refused(400, "DIGEST_INVALID");
                }
                content.blobs.insert(digest, asked.body.clone());
                with(answer(201, ""), "location", "/v2/acme/web/blobs/x")
            }
            ("PUT", "manifests") => {
                let digest = Digest::of(&asked.body).to_string();
                for key in [last.to_owned(), digest] {
                    content.manifests.insert(key, asked.body.clone());
                }
                with(answer(201, ""), "location", "/v2/acme/web/manifests/x")
            }
            _ => refused(404, "NOT_FOUND"),
        }
    }
}

pub fn manifest_of(media_type: &str, layer: Digest, size: usize) -> String {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": Digest::of(b"{}").to_string(), "size": 2 },
        "layers": [{ "mediaType": media_type, "digest": layer.to_string(), "size": size }],
    })
    .to_string()
}

/// A refusal in the standard format.
pub fn refused(status: u16, code: &str) -> Answer {
    answer(
        status,
        json!({ "errors": [{ "code": code, "message": format!("the registry says {code}") }] }).to_string(),
    )
}

fn found(content: Option<&Bytes>, code: &str, asked: &Asked) -> Answer {
    let Some(content) = content else {
        return refused(404, code);
    };
    let digest = Digest::of(content).to_string();
    let from = asked.range.as_ref().and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse::<usize>()
            .ok()
    });
    let answer = match from {
        Some(from) if from < content.len() => answer(206, content.slice(from..)),
        Some(_) => return answer(416, ""),
        None => answer(200, content.clone()),
    };
    with(answer, "docker-content-digest", &digest)
}
