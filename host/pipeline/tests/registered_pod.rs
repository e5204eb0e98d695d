//! Reads a registered pod's ConfigMaps as the pipeline does.

use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::manifests::ManifestSource;
use podweave_config_maps::{ConfigMaps, NamespacedName, Options, PodIdentity, Want};
use podweave_core::manifest::Manifests;
use podweave_pipeline::{ConfigMapSource as _, RegisteredPod, SourceError};

#[tokio::test]
async fn existing_missing_and_unregistered_config_maps() {
    let mut manifests = Manifests::default();
    manifests
        .add(
            "app.yaml",
            "kind: ConfigMap\nmetadata: {name: app}\ndata: {k: v}",
            "shop",
        )
        .expect("a ConfigMap");
    let manager = ConfigMaps::new(Arc::new(ManifestSource::new(&manifests)), Options::default());
    let pod = PodIdentity {
        namespace: "shop".into(),
        name: "web".into(),
        uid: "1".into(),
    };
    let names = ["app", "absent"].map(|name| NamespacedName::new("shop", name));
    let pod = RegisteredPod {
        config_maps: manager.register(pod, names),
        want: Want {
            within: Duration::from_secs(10),
            max_age: None,
        },
    };
    assert_eq!(
        pod.get("shop", "app")
            .await
            .expect("an answer")
            .expect("a ConfigMap")
            .name,
        "app"
    );
    assert_eq!(pod.get("shop", "absent").await, Ok(None));
    // Cause::Source puts the name in front.
    assert_eq!(
        pod.get("shop", "other").await,
        Err(SourceError("it is not registered".to_owned()))
    );
}
