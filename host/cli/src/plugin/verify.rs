//! `podweave plugin verify`.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use podweave_core::text::Shown as _;
use podweave_signature::{CertificatePolicy, Key, Policy, Roots, verify};
use serde_json::json;

use crate::messages::{GOOD, styled};
use crate::plugin::arguments::VerifyArguments;
use crate::plugin::registry::{self, CERTIFICATES_BYTES};
use crate::shared_arguments::ReportOutput;
use crate::{EXIT_OK, messages};

pub async fn run(arguments: VerifyArguments) -> Result<u8> {
    let policy = policy(&arguments)?;
    let reference = &arguments.reference;
    let (client, access) = (
        registry::client()?,
        registry::access(&arguments.registry, reference).await?,
    );
    let manifest = client.resolve(reference, &access).await?;
    let signatures = client.signatures(reference, &manifest, &access).await?;
    let verified = verify(&policy, &manifest, &signatures, SystemTime::now())
        .with_context(|| format!("cannot verify {reference}"))?;
    let reference = reference.with_digest(manifest);
    match arguments.output {
        ReportOutput::Table => messages::print(&format!(
            "{reference} {} {}\n",
            styled(GOOD, "signed by"),
            verified.by
        ))?,
        ReportOutput::Json => {
            let document = json!({ "reference": reference.to_string(), "manifest": manifest.to_string(), "signedBy": verified.by });
            messages::print_raw(&format!("{}\n", serde_json::to_string_pretty(&document)?))?;
        }
    }
    Ok(EXIT_OK)
}

fn policy(arguments: &VerifyArguments) -> Result<Policy> {
    let key = |path: &std::path::PathBuf| -> Result<Key> {
        Key::from_pem(path.shown(), &pem(path)?).with_context(|| format!("the key {}", path.shown()))
    };
    let certificates = arguments
        .certificate_roots
        .as_ref()
        .map(|path| -> Result<CertificatePolicy> {
            let roots = Roots::from_pem(&pem(path)?)
                .with_context(|| format!("the certificate roots {}", path.shown()))?;
            Ok(CertificatePolicy {
                roots,
                identities: arguments.identities.clone(),
            })
        });
    Ok(Policy {
        keys: arguments.keys.iter().map(key).collect::<Result<_>>()?,
        certificates: certificates.transpose()?,
    })
}

fn pem(path: &Path) -> Result<Vec<u8>> {
    podweave_bounded_read::file(path, CERTIFICATES_BYTES)
        .with_context(|| format!("cannot read {}", path.shown()))
}
