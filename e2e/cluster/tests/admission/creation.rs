//! Creations of pods.

use anyhow::Result;
use podweave_agent::mark::is_ours;
use serde_json::json;

use crate::fixture::*;

#[tokio::test]
async fn an_opted_in_pod_requires_the_guard_and_a_ready_node() -> Result<()> {
    let Some(cluster) = installed("an_opted_in_pod_requires_the_guard_and_a_ready_node").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    let created = create(&pods, pod("web", &[(PLUGIN, "handlebars")])).await?;
    assert_eq!(annotation(&created, REQUIRED), Some(GOOD));
    assert_eq!(
        node_selector(&created),
        [("podweave.dev/node".to_owned(), "ready".to_owned())].into()
    );
    assert_guard_agrees(&annotations(&created), true);
    Ok(())
}

#[tokio::test]
async fn existing_requirements_and_selectors_are_kept() -> Result<()> {
    let Some(cluster) = installed("existing_requirements_and_selectors_are_kept").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    for (given, expected) in [
        ("[]", GOOD),
        (" [ ] ", GOOD),
        (GOOD, GOOD),
        (
            r#"["podweave-guard" , "other"]"#,
            r#"["podweave-guard" , "other"]"#,
        ),
        (r#"["other"]"#, r#"["podweave-guard", "other"]"#),
        (
            r#"["10-other","x_y.z+1"]"#,
            r#"["podweave-guard", "10-other", "x_y.z+1"]"#,
        ),
        (r#"["other", "podweave-guard"]"#, r#"["podweave-guard", "other"]"#),
        (
            "[\n  \"podweave-guard\",\n  \"other\"\n]\n",
            r#"["podweave-guard", "other"]"#,
        ),
    ] {
        let created = dry_run(
            &pods,
            pod(
                "web",
                &[
                    (PLUGIN, "handlebars"),
                    (REQUIRED, given),
                    (REQUIRED_OF_WEB, given),
                ],
            ),
        )
        .await?;
        assert_eq!(
            (
                annotation(&created, REQUIRED),
                annotation(&created, REQUIRED_OF_WEB)
            ),
            (Some(expected), Some(expected)),
            "{given:?}"
        );
        assert_guard_agrees(&annotations(&created), true);
    }
    let mut selecting = pod("web", &[(PLUGIN, "handlebars"), ("example.org/other", "kept")]);
    selecting["spec"]["nodeSelector"] = json!({"disk": "fast", "podweave.dev/node": "mine"});
    let created = dry_run(&pods, selecting).await?;
    assert_eq!(
        node_selector(&created),
        [
            ("disk".to_owned(), "fast".to_owned()),
            ("podweave.dev/node".to_owned(), "ready".to_owned())
        ]
        .into()
    );
    assert_eq!(annotation(&created, "example.org/other"), Some("kept"));
    Ok(())
}

#[tokio::test]
async fn a_requirement_without_the_guard_is_refused_with_a_remedy() -> Result<()> {
    let Some(cluster) = installed("a_requirement_without_the_guard_is_refused_with_a_remedy").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    for value in [
        "",
        "podweave-guard",
        "[podweave-guard]",
        "- podweave-guard",
        r#"[] # "podweave-guard""#,
        r#"["podweave-guard"] # ]"#,
        r#"["podweave-guard"#,
        r#"["podweave-guard",]"#,
        r#"["podweave-guard", ""]"#,
        r#"["podweave-guard", "a b"]"#,
        r#"["podweave-guard", 'other']"#,
        r#"["podweave\u002dguard"]"#,
        "{}",
        "null",
    ] {
        for key in [REQUIRED, REQUIRED_OF_WEB] {
            let weakened = pod("web", &[(PLUGIN, "handlebars"), (key, value)]);
            let message = refusal(dry_run(&pods, weakened.clone()).await);
            assert!(
                message.contains(key) && message.contains(r#"["podweave-guard"]"#),
                "{key}: {value:?}: {message}"
            );
            assert_guard_agrees(&annotations_of(&weakened)?, false);
        }
    }
    let unscoped = pod(
        "web",
        &[
            (PLUGIN, "handlebars"),
            ("required-plugins.noderesource.dev", GOOD),
        ],
    );
    let message = refusal(dry_run(&pods, unscoped.clone()).await);
    assert!(
        message.contains("move its list to required-plugins.noderesource.dev/pod"),
        "{message}"
    );
    assert_guard_agrees(&annotations_of(&unscoped)?, false);
    Ok(())
}

#[tokio::test]
async fn policies_and_agent_agree_on_which_pods_are_opted_in() -> Result<()> {
    let Some(cluster) = installed("policies_and_agent_agree_on_which_pods_are_opted_in").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    for key in [
        "podweave.dev/plugin",
        "podweave.dev/unknown",
        "podweave.dev/restarted-at",
        "web.podweave.dev/plugin",
        "no-such-container.podweave.dev/plugin",
        "a.b.podweave.dev/plugin",
        "podweave.dev",
        "a.podweave.dev",
        "notpodweave.dev/plugin",
        "podweave.dev.example.org/plugin",
        "example.org/podweave.dev",
        "example.org/a.podweave.dev",
        "podweave-dev/plugin",
    ] {
        let created = dry_run(&pods, pod("web", &[(key, "x")])).await?;
        assert_eq!(annotation(&created, REQUIRED).is_some(), is_ours(key), "{key}");
        assert_eq!(node_selector(&created).is_empty(), !is_ours(key), "{key}");
    }
    Ok(())
}

#[tokio::test]
async fn misspelt_and_reserved_annotations_are_refused() -> Result<()> {
    let Some(cluster) = installed("misspelt_and_reserved_annotations_are_refused").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    for (key, reason) in [
        ("Podweave.dev/plugin", "write its domain in lower case"),
        ("podweave.Dev/params", "write its domain in lower case"),
        ("web.podweave.DEV/params", "write its domain in lower case"),
        ("PODWEAVE.DEV/rendered", "write its domain in lower case"),
        ("podweave.dev/rendered", "is reserved: only podweave sets it"),
        ("podweave.dev/seal", "is reserved: only podweave sets it"),
        ("podweave.dev/fixed", "is reserved: only podweave sets it"),
        ("web.podweave.dev/rendered", "is reserved: only podweave sets it"),
        ("web.podweave.dev/seal", "is reserved: only podweave sets it"),
    ] {
        assert!(is_ours(key), "agent and guard treat it as podweave's, too: {key}");
        for annotations in [&[(key, "x")][..], &[(PLUGIN, "handlebars"), (key, "x")]] {
            let message = refusal(dry_run(&pods, pod("web", annotations)).await);
            assert!(
                message.contains(key) && message.contains(reason),
                "{key}: {message}"
            );
        }
    }
    // Annotations of other domains may have such names.
    for key in [
        "example.org/rendered",
        "notpodweave.dev/seal",
        "NotPodweave.dev/plugin",
    ] {
        assert!(!is_ours(key));
        dry_run(&pods, pod("web", &[(key, "x")])).await?;
    }
    // A dot at the end of the domain is refused by the API server itself.
    let message = refusal(dry_run(&pods, pod("web", &[("podweave.dev./plugin", "x")])).await);
    assert!(message.contains("podweave.dev."), "{message}");
    Ok(())
}

#[tokio::test]
async fn other_pods_are_not_changed() -> Result<()> {
    let Some(cluster) = installed("other_pods_are_not_changed").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    let mut plain = pod("plain", &[]);
    plain["metadata"]
        .as_object_mut()
        .expect("an object")
        .remove("annotations");
    for plain in [
        plain,
        pod(
            "plain",
            &[
                ("required-plugins.noderesource.dev", "other"),
                (REQUIRED, "[]"),
                (REQUIRED_OF_WEB, "{"),
            ],
        ),
    ] {
        let created = dry_run(&pods, plain.clone()).await?;
        assert_eq!(
            created.metadata.annotations.unwrap_or_default().len(),
            plain["metadata"]["annotations"]
                .as_object()
                .map_or(0, serde_json::Map::len)
        );
        assert_eq!(created.spec.and_then(|spec| spec.node_selector), None);
    }
    Ok(())
}

#[tokio::test]
async fn the_mirror_of_a_static_pod_is_not_changed() -> Result<()> {
    let Some(cluster) = installed("the_mirror_of_a_static_pod_is_not_changed").await? else {
        return Ok(());
    };
    let (_namespace, pods) = place(cluster).await?;
    let mut mirror = pod(
        "static-node",
        &[
            (PLUGIN, "handlebars"),
            (REQUIRED, "[]"),
            ("kubernetes.io/config.mirror", "abc"),
        ],
    );
    mirror["spec"]["nodeName"] = json!("node");
    let created = create(&pods, mirror).await?;
    assert_eq!(
        (annotation(&created, REQUIRED), node_selector(&created)),
        (Some("[]"), Default::default())
    );
    Ok(())
}

#[tokio::test]
async fn without_the_mutating_policy_opted_in_pods_are_refused() -> Result<()> {
    if installed("without_the_mutating_policy_opted_in_pods_are_refused")
        .await?
        .is_none()
    {
        return Ok(());
    }
    let cluster = podweave_cluster::Cluster::start().await?;
    install(&cluster).await?;
    unbind_mutation(&cluster).await?;
    let (_namespace, pods) = place(&cluster).await?;
    for (annotations, missing) in [
        (&[(PLUGIN, "handlebars")][..], REQUIRED),
        (
            &[(PLUGIN, "handlebars"), (REQUIRED, GOOD)],
            "podweave.dev/node=ready",
        ),
    ] {
        let message = refusal(dry_run(&pods, pod("web", annotations)).await);
        assert!(
            message.contains(missing) && message.contains("install both again"),
            "{message}"
        );
    }
    dry_run(&pods, pod("plain", &[])).await?;
    Ok(())
}
