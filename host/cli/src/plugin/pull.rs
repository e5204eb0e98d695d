//! `podweave plugin pull`.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};
use podweave_core::oci_reference::OciReference;
use podweave_core::reference::PluginReference;
use podweave_core::text::Shown as _;
use podweave_plugin_store::settings::Settings;
use podweave_plugin_store::{Component, Request};

use crate::plugin::arguments::{PullArguments, RegistryArguments};
use crate::plugin::registry;
use crate::session::Session;
use crate::shared_arguments::{Pull, RenderEnvironment};
use crate::{EXIT_OK, messages};

pub async fn run(arguments: PullArguments) -> Result<u8> {
    let pulled = Pulled::get(&arguments.reference, &arguments.registry).await?;
    if let Some(path) = &arguments.output {
        pulled.write(path)?;
    }
    messages::print(&format!("{}\n", pulled.reference))?;
    Ok(EXIT_OK)
}

/// A component in the user's cache.
pub struct Pulled {
    pub session: Session,
    pub component: Component,
    /// The reference with its digest.
    pub reference: OciReference,
}

impl Pulled {
    /// Resolves the reference at the registry, and pulls what is not in the cache.
    pub async fn get(reference: &OciReference, arguments: &RegistryArguments) -> Result<Self> {
        let session = Session::new(&RenderEnvironment {
            pull: Pull::Always,
            ..RenderEnvironment::default()
        })?;
        let registries = registry::registries(arguments, reference).await?;
        session.store.configure(Settings {
            registries,
            ..Settings::clone(&session.store.settings())
        });
        let wanted = PluginReference::parse(&reference.to_string()).map_err(anyhow::Error::msg)?;
        let component = session.store.component(&Request::ahead(&wanted)).await?;
        // The library has noted what the tag means.
        let manifest = reference
            .digest()
            .or_else(|| session.store.artifacts().tag(reference).map(|tag| tag.manifest));
        let manifest = manifest.with_context(|| {
            format!(
                "cannot store what {reference} means in {}",
                session.store.artifacts().directory().shown()
            )
        })?;
        let reference = reference.with_digest(manifest);
        Ok(Self {
            session,
            component,
            reference,
        })
    }

    fn write(&self, path: &Path) -> Result<()> {
        let library = self.session.store.artifacts();
        let kept = library
            .component(&self.component.digest())
            .context("cannot read the cache")?
            .context("the component was removed from the cache; pull it again")?;
        // Not a copy: the cache's file is private, and the mode of this one comes from the umask.
        let written = File::open(kept.path())
            .and_then(|mut component| io::copy(&mut component, &mut File::create(path)?));
        written
            .map(drop)
            .with_context(|| format!("cannot write {}", path.shown()))
    }
}
