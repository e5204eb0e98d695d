//! The pod of the tests, and its containers, as the API server and the runtime have them.

use crate::node::NAMESPACE;
use podweave_core::yaml;
use podweave_nri::api::{Container, PodSandbox};

/// A pod with these annotations, an init container `migrate`, and two others, `web` and `worker`.
pub fn pod(uid: &str, annotations: &[(&str, &str)]) -> serde_json::Value {
    let mut pod = yaml::document(
        "
metadata: {name: web-0, namespace: shop, annotations: {}}
spec:
  initContainers:
  - {name: migrate, image: app, args: [migrate]}
  containers:
  - name: web
    image: app
    command: [serve]
    args: ['--port=$(PORT)', '$$(PORT)']
    env: [{name: URL, value: 'http://localhost:$(PORT)'}]
  - {name: worker, image: app}
",
    )
    .unwrap();
    pod["metadata"]["uid"] = uid.into();
    for (key, value) in annotations {
        pod["metadata"]["annotations"][*key] = (*value).into();
    }
    pod
}

/// A container as the kubelet asks the runtime for it.
pub fn container(name: &str, env: &[&str], args: &[&str]) -> Container {
    Container {
        id: format!("id-of-{name}"),
        pod_sandbox_id: "sandbox-of-u-1".to_owned(),
        name: name.to_owned(),
        env: env.iter().map(|it| (*it).to_owned()).collect(),
        args: args.iter().map(|it| (*it).to_owned()).collect(),
        ..Container::default()
    }
}

/// The container `web` of [`pod`] as the kubelet expands it, which has no PORT.
pub fn web() -> Container {
    container(
        "web",
        &["PATH=/bin", "URL=http://localhost:$(PORT)", "PASSWORD=s3cret"],
        &["serve", "--port=$(PORT)", "$(PORT)"],
    )
}

/// A pod's sandbox, as the runtime has it.
pub fn sandbox(uid: &str, annotations: &[(&str, &str)]) -> PodSandbox {
    PodSandbox {
        id: format!("sandbox-of-{uid}"),
        name: "web-0".to_owned(),
        uid: uid.to_owned(),
        namespace: NAMESPACE.to_owned(),
        annotations: annotations
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..PodSandbox::default()
    }
}
