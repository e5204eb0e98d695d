//! A test's own namespace.

use std::fmt;

use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::config::Kubeconfig;

use crate::kubeconfig;

/// A namespace that no other test has. In an existing cluster it is deleted, with everything in it, when this
/// is dropped.
pub struct Namespace {
    pub(crate) name: String,
    /// How to delete it.
    pub(crate) deleted_with: Option<Kubeconfig>,
}

impl Namespace {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let Some(kubeconfig) = self.deleted_with.take() else {
            return;
        };
        let name = self.name.clone();
        // A thread with its own runtime: the test's may be the one that is being dropped.
        let deletion = std::thread::spawn(move || -> anyhow::Result<()> {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(async {
                    let namespaces: Api<core::Namespace> = Api::all(kubeconfig::client(&kubeconfig).await?);
                    namespaces
                        .delete(&name, &kube::api::DeleteParams::default())
                        .await?;
                    Ok(())
                })
        });
        let failure = match deletion.join() {
            Ok(Ok(())) => return,
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "a panic".to_owned(),
        };
        eprintln!("cannot delete the namespace {}: {failure}", self.name);
    }
}
