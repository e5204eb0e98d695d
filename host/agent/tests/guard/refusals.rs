//! Each reason for a refusal, with its message.

use podweave_agent::for_tests::seal;
use podweave_agent::mark::{IGNORED, MARK, SKIPPED};
use podweave_nri::Adjustment;
use podweave_nri::api::{ContainerAdjustment, ValidateContainerAdjustmentRequest, Validation};

use crate::creation::{AGENT, Creation, REQUIRED, mount, nothing};

const GOOD: &str = r#"["podweave-guard"]"#;

#[test]
fn a_handled_container_is_accepted() {
    let rendered = Creation::opted_in().marked(|adjustment| {
        adjustment
            .env("PORT", "80")?
            .args(vec!["/bin/web".into()])?
            .mount(mount("/etc/podweave"))
    });
    assert_eq!(rendered.judge(), Ok(()));
    for mark in [SKIPPED, IGNORED] {
        let mut adjustment = Adjustment::default();
        seal::mark(&mut adjustment, mark).unwrap();
        let mut creation = Creation::opted_in();
        creation.adjust(AGENT, adjustment.into_message()).unwrap();
        assert_eq!(creation.judge(), Ok(()), "{mark}");
    }
    let mut moved = Adjustment::default();
    seal::mark(&mut moved, "x").unwrap();
    let mut creation = Creation::opted_in();
    creation.adjust("07-podweave", moved.into_message()).unwrap();
    assert_eq!(
        creation.judge(),
        Ok(()),
        "the agent is identified by its name, not by its index"
    );
}

#[test]
fn pods_without_podweave_are_accepted_even_if_invalid() {
    let mut creation = Creation::of(&[
        (REQUIRED, "[]"),
        ("kubernetes.io/config.source", "file"),
        ("example.org/podweave.dev", "x"),
    ]);
    creation.request.plugins.clear();
    creation.request.container = None;
    creation.request.adjust = None;
    assert_eq!(creation.judge(), Ok(()));
    assert_eq!(Creation::of(&[]).judge(), Ok(()));
}

#[test]
fn any_podweave_annotation_requires_the_mark() {
    for key in [
        "podweave.dev/plugin",
        "podweave.dev/on-failure",
        "podweave.dev/no-such-field",
        "web.podweave.dev/renders",
        "other.podweave.dev/plugin",
    ] {
        let creation = Creation::of(&[(key, "x"), (REQUIRED, GOOD)]);
        assert_eq!(
            creation.refusal(),
            "podweave's agent has not configured container \"web\": it is away or starting, and the kubelet tries again by itself; if this lasts, check \
             the node's pod of the DaemonSet podweave-agent",
            "{key}"
        );
    }
}

#[test]
fn a_mark_without_an_owner_does_not_count() {
    let mut creation = Creation::opted_in().marked(nothing);
    creation.request.owners = None;
    assert!(creation.refusal().contains("has not configured container"));
    let mut creation = Creation::opted_in().marked(nothing);
    let owners = &mut creation.request.owners.as_mut().unwrap().owners;
    let of_another_container = owners.remove("id").unwrap();
    owners.insert("other".to_owned(), of_another_container);
    assert!(creation.refusal().contains("has not configured container"));
}

#[test]
fn only_podweave_may_mark_a_container() {
    for owner in [
        "60-other",
        "podweave",
        "50-podweave-2",
        "50-50-podweave",
        "-50-podweave",
        "",
    ] {
        let mut adjustment = Adjustment::default();
        seal::mark(&mut adjustment, "sha256:abc").unwrap();
        let mut creation = Creation::opted_in();
        creation.adjust(owner, adjustment.into_message()).unwrap();
        let expected = format!(
            "the NRI plugin {owner:?} sets podweave.dev/rendered, which only podweave may; remove that plugin from the node"
        );
        assert_eq!(creation.refusal(), expected);
    }
}

#[test]
fn a_mark_that_another_plugin_takes_or_removes_is_refused() {
    let taken = Creation::opted_in().marked(nothing);
    let take = |key: &str| ContainerAdjustment {
        annotations: [(format!("-{key}"), String::new()), (key.to_owned(), "x".into())].into(),
        ..Default::default()
    };
    let remove = |key: &str| ContainerAdjustment {
        annotations: [(format!("-{key}"), String::new())].into(),
        ..Default::default()
    };
    for key in [MARK, seal::SEAL] {
        let mut creation = taken.clone();
        creation.adjust("60-other", take(key)).unwrap();
        // The runtime keeps the mark of removal beside the new value.
        assert!(
            creation.refusal().starts_with(&format!("an NRI plugin removes {key}, which podweave has set (others that change this container: \"60-other\")"))
        );
        let mut creation = taken.clone();
        creation.adjust("60-other", remove(key)).unwrap();
        assert!(
            creation
                .refusal()
                .starts_with(&format!("an NRI plugin removes {key}, which podweave has set")),
            "{}",
            creation.refusal()
        );
    }
}

#[test]
fn a_mark_without_a_seal_is_refused() {
    let mut creation = Creation::opted_in();
    creation
        .adjust(
            AGENT,
            ContainerAdjustment {
                annotations: [(MARK.to_owned(), "x".to_owned())].into(),
                ..Default::default()
            },
        )
        .unwrap();
    assert_eq!(
        creation.refusal(),
        "container \"web\" has podweave.dev/rendered but no podweave.dev/seal: the agent on this node is of another version than the guard; update both \
         to the same"
    );
}

#[test]
fn the_runtimes_own_validator_must_be_on() {
    let mut creation = Creation::opted_in().marked(nothing);
    creation
        .request
        .plugins
        .retain(|plugin| plugin.name != "default-validator");
    let refusal = creation.refusal();
    assert!(
        refusal.contains(
            "set default_validator.enable = true in the runtime's NRI configuration and restart the runtime"
        ),
        "{refusal}"
    );
}

#[test]
fn a_pod_that_does_not_require_the_guard_is_refused() {
    for (annotations, refusal) in [
        (
            &[][..],
            "the pod lacks the annotation required-plugins.noderesource.dev/pod: it is older than podweave's admission policies",
        ),
        (
            &[(REQUIRED, "[]")],
            "the annotation \"required-plugins.noderesource.dev/pod\" must be a list that begins with the guard",
        ),
        (
            &[(REQUIRED, r#"[] # "podweave-guard""#)],
            "the annotation \"required-plugins.noderesource.dev/pod\" must be",
        ),
        (
            &[
                (REQUIRED, GOOD),
                ("required-plugins.noderesource.dev/container.other", "[]"),
            ],
            "the annotation \"required-plugins.noderesource.dev/container.other\" must be",
        ),
        (
            &[(REQUIRED, GOOD), ("required-plugins.noderesource.dev", GOOD)],
            "the annotation required-plugins.noderesource.dev has no scope",
        ),
    ] {
        let annotations: Vec<_> = [("podweave.dev/plugin", "x")]
            .into_iter()
            .chain(annotations.iter().copied())
            .collect();
        let creation = Creation::of(&annotations).marked(nothing);
        assert!(creation.refusal().starts_with(refusal), "{}", creation.refusal());
    }
}

#[test]
fn only_static_pods_are_refused_for_their_source() {
    for (source, is_refused) in [("file", true), ("http", true), ("", true), ("api", false)] {
        let annotations = [
            ("podweave.dev/plugin", "x"),
            (REQUIRED, GOOD),
            ("kubernetes.io/config.source", source),
        ];
        let creation = Creation::of(&annotations).marked(nothing);
        assert_eq!(creation.judge().is_err(), is_refused, "{source}");
        if is_refused {
            assert!(
                creation.refusal().starts_with("this is a static pod"),
                "{}",
                creation.refusal()
            );
        }
    }
}

#[test]
fn refusals_have_names_for_metrics() {
    let name = |creation: &Creation| creation.judge().unwrap_err().name();
    let mut creation = Creation::opted_in();
    assert_eq!(name(&creation), "unmarked");
    creation.request.plugins.clear();
    assert_eq!(name(&creation), "validator_off");
    creation.request.container = None;
    creation.request.plugins = Creation::opted_in().request.plugins;
    assert_eq!(name(&creation), "incomplete");
}

#[test]
fn an_incomplete_request_is_refused() {
    let without = |remove: fn(&mut ValidateContainerAdjustmentRequest)| {
        let mut creation = Creation::opted_in().marked(nothing);
        remove(&mut creation.request);
        creation.refusal()
    };
    assert!(
        podweave_agent::guard::rule::judge(&Validation::default())
            .unwrap_err()
            .to_string()
            .starts_with("the runtime's request has no pod")
    );
    assert!(
        without(|request| request.container = None).starts_with("the runtime's request has no container")
    );
    assert!(without(|request| request.adjust = None).starts_with("the runtime's request has no adjustment"));
}
