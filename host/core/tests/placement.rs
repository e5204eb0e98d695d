//! Checks that podweave annotations without effect are errors that say where the annotations belong.

mod support;

use support::{manifest_error, manifests};

const TEMPLATE: &str = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: web}]}}";

#[track_caller]
fn refused(manifest: &str, key: &str, place: &str, belongs: &str) {
    for manifest in [
        manifest.to_owned(),
        format!("kind: List\nitems:\n- {}", manifest.replace('\n', "\n  ")),
    ] {
        let message = manifest_error(&manifest);
        let expected = format!("{key} in {place} has no effect there; it belongs in {belongs}");
        assert!(
            message.starts_with("shop.yaml, document 1: ") && message.ends_with(&expected),
            "{message}\n{expected}"
        );
    }
}

#[test]
fn on_a_workload_instead_of_its_template() {
    for kind in [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
    ] {
        for key in [
            "podweave.dev/plugin",
            "podweave.dev/params",
            "web.podweave.dev/params",
            "podweave.dev/plugn",
            "podweave.dev/on-failure",
        ] {
            refused(
                &format!(
                    "kind: {kind}\nmetadata: {{name: web, annotations: {{{key}: x}}}}\nspec: {{{TEMPLATE}}}"
                ),
                &format!("{kind} \"web\": annotation {key}"),
                "metadata.annotations",
                "spec.template.metadata.annotations",
            );
        }
    }
}

#[test]
fn on_either_level_of_a_cron_job() {
    let belongs = "spec.jobTemplate.spec.template.metadata.annotations";
    let annotations = "annotations: {podweave.dev/plugin: handlebars}";
    refused(
        &format!(
            "kind: CronJob\nmetadata: {{name: web, {annotations}}}\nspec: {{jobTemplate: {{spec: {{{TEMPLATE}}}}}}}"
        ),
        "annotation podweave.dev/plugin",
        "metadata.annotations",
        belongs,
    );
    refused(
        &format!(
            "kind: CronJob\nmetadata: {{name: web}}\nspec: {{jobTemplate: {{metadata: {{{annotations}}}, spec: {{{TEMPLATE}}}}}}}"
        ),
        "annotation podweave.dev/plugin",
        "spec.jobTemplate.metadata.annotations",
        belongs,
    );
}

#[test]
fn in_places_without_annotations_of_a_pod() {
    for (spec, place) in [
        ("annotations: {podweave.dev/plugin: x}", "spec.annotations"),
        (
            "volumeClaimTemplates: [{metadata: {annotations: {podweave.dev/plugin: x}}}]",
            "spec.volumeClaimTemplates.0.metadata.annotations",
        ),
    ] {
        refused(
            &format!("kind: StatefulSet\nmetadata: {{name: web}}\nspec: {{{spec}, {TEMPLATE}}}"),
            "annotation podweave.dev/plugin",
            place,
            "spec.template.metadata.annotations",
        );
    }
    let pod = "kind: Pod\nmetadata: {name: web}\nspec: {annotations: {podweave.dev/plugin: x}, containers: [{name: web}]}";
    refused(
        pod,
        "Pod \"web\": annotation podweave.dev/plugin",
        "spec.annotations",
        "metadata.annotations",
    );
}

#[test]
fn on_objects_that_make_no_pods() {
    for (kind, api_version) in [
        ("Service", "v1"),
        ("ConfigMap", "v1"),
        ("Namespace", "v1"),
        ("Ingress", "networking.k8s.io/v1"),
        ("HorizontalPodAutoscaler", "autoscaling/v2"),
    ] {
        refused(
            &format!(
                "kind: {kind}\napiVersion: {api_version}\nmetadata: {{name: a, annotations: {{podweave.dev/config-maps: c}}}}"
            ),
            &format!("{kind} \"a\": annotation podweave.dev/config-maps"),
            "metadata.annotations",
            "the annotations of a pod, or of a workload's pod template (spec.template.metadata.annotations)",
        );
    }
}

#[test]
fn consent_belongs_on_a_config_map() {
    let consent = "metadata: {name: a, annotations: {podweave.dev/share-with: shop}}";
    assert!(
        manifests(&format!("kind: ConfigMap\n{consent}"))
            .config_map("shop", "a")
            .is_some()
    );
    refused(
        &format!("kind: Secret\n{consent}"),
        "podweave.dev/share-with",
        "metadata.annotations",
        "metadata.annotations of the ConfigMap that is shared",
    );
    let deployment = format!("kind: Deployment\n{consent}\nspec: {{{TEMPLATE}}}");
    refused(
        &deployment,
        "podweave.dev/share-with",
        "metadata.annotations",
        "metadata.annotations of the ConfigMap that is shared",
    );
}

#[test]
fn a_hold_belongs_on_a_config_map() {
    let hold = "metadata: {name: a, annotations: {podweave.dev/hold: 'until Monday'}}";
    assert!(
        manifests(&format!("kind: ConfigMap\n{hold}"))
            .config_map("shop", "a")
            .is_some()
    );
    refused(
        &format!("kind: Secret\n{hold}"),
        "podweave.dev/hold",
        "metadata.annotations",
        "metadata.annotations of the ConfigMap whose changes wait",
    );
}

#[test]
fn a_label_instead_of_an_annotation() {
    let deployment = "kind: Deployment\nmetadata: {name: web}\nspec: {template: {metadata: {labels: {podweave.dev/plugin: x}}, spec: {containers: [{name: web}]}}}";
    refused(
        deployment,
        "label podweave.dev/plugin",
        "spec.template.metadata.labels",
        "spec.template.metadata.annotations",
    );
}

#[test]
fn reserved_and_misspelt_keys_are_reported_as_on_a_pod() {
    let on_deployment = |annotation: &str| {
        let deployment = format!(
            "kind: Deployment\nmetadata: {{name: web, annotations: {{{annotation}: x}}}}\nspec: {{template: {{spec: {{containers: [{{name: web}}]}}}}}}"
        );
        manifest_error(&deployment)
    };
    assert!(
        on_deployment("podweave.dev/seal")
            .contains("annotation podweave.dev/seal in metadata.annotations: only the agent sets it")
    );
    for key in ["Podweave.dev/plugin", "podweave.DEV/restarted-at"] {
        let message = on_deployment(key);
        assert!(
            message.contains(&format!(
                "annotation {key} in metadata.annotations: write the domain in lower case"
            )),
            "{message}"
        );
    }
    let message =
        manifest_error("kind: ConfigMap\nmetadata: {name: a, annotations: {podweave.Dev/share-with: shop}}");
    assert!(
        message.contains("without a dot at its end: podweave.dev/share-with"),
        "{message}"
    );
}

#[test]
fn what_is_legal_stays_legal() {
    for manifest in [
        // kustomize's commonAnnotations adds it to a workload, and users may repeat it.
        "kind: Deployment\nmetadata: {name: web, annotations: {podweave.dev/plugin: x}}\n\
         spec: {template: {metadata: {annotations: {podweave.dev/plugin: x}}, spec: {containers: [{name: web}]}}}",
        "kind: Pod\nmetadata: {name: web, annotations: {podweave.dev/plugin: x}, labels: {podweave.dev/plugin: x, podweave.dev/team: blue}}\n\
         spec: {nodeSelector: {podweave.dev/plugin: x}, containers: [{name: web}]}",
        // podweave writes these itself.
        "kind: Deployment\nmetadata: {name: web, annotations: {podweave.dev/restarted-at: now}}\nspec: {template: {spec: {containers: [{name: web}]}}}",
        // Annotations of other software.
        "kind: Deployment\nmetadata: {name: web, annotations: {notpodweave.dev/plugin: x, podweave.dev: x}}\nspec: {template: {spec: {containers: [{name: web}]}}}",
        "kind: PodTemplate\nmetadata: {name: web}\ntemplate: {metadata: {annotations: {podweave.dev/plugin: x}}}",
        // Other kinds may pass annotations on to their pods.
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec: {template: {metadata: {annotations: {podweave.dev/plugin: x}}}}",
        "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: web}\nspec: {driver: {annotations: {podweave.dev/plugin: x}}}",
        "kind: ConfigMap\nmetadata: {name: a, labels: {podweave.dev/plugin: x}}\ndata: {annotations: 'podweave.dev/plugin: x'}",
        "kind: Service\nmetadata: {name: a, annotations: 5}",
    ] {
        manifests(manifest);
    }
}
