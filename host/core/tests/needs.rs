//! Checks which ConfigMaps a pod's renders need.

mod support;

use podweave_core::binding::bindings;
use podweave_core::identity::NamespacedName;
use podweave_core::needs::Needs;
use support::pod;

fn identities(list: &[(&str, &str)]) -> Vec<NamespacedName> {
    list.iter()
        .map(|(namespace, name)| NamespacedName::new(*namespace, *name))
        .collect()
}

#[test]
fn bound_config_maps_and_those_of_the_environment() {
    let pod = pod(r"
kind: Pod
metadata:
  name: web-0
  namespace: shop
  annotations:
    podweave.dev/plugin: handlebars
    podweave.dev/config-maps: app, base=platform/base?
    podweave.dev/containers: web
    web.podweave.dev/config-maps: app, web
spec:
  containers:
  - name: web
    env:
    - {name: A, valueFrom: {configMapKeyRef: {name: keys, key: a}}}
    - {name: B, valueFrom: {secretKeyRef: {name: secret, key: a}}}
    - {name: C, valueFrom: {configMapKeyRef: {key: a}}}
    envFrom: [{configMapRef: {name: app}}, {secretRef: {name: secret}}]
  - name: worker
    envFrom: [{configMapRef: {name: worker}}]
");
    let mut bindings = bindings(&pod).expect("they are right");
    let needs = Needs::of(&pod, &bindings);
    assert_eq!(
        needs.bound.into_iter().collect::<Vec<_>>(),
        identities(&[("shop", "app"), ("shop", "web")])
    );
    assert_eq!(
        needs.environment.into_iter().collect::<Vec<_>>(),
        identities(&[("shop", "app"), ("shop", "keys")])
    );
    bindings.clear();
    assert_eq!(Needs::of(&pod, &bindings), Needs::default());
}
