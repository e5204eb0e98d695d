//! What works while a registry does not answer, and how often it is asked.

use super::*;

#[tokio::test]
async fn a_failed_plugin_is_requested_once_for_each_pause() {
    tokio::time::pause();
    let bench = Arc::new(bench());
    bench.registry.fail("it is down");
    let asked: Vec<_> = (0..200)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { bench.plugin(REFERENCE).await.map(drop) })
        })
        .collect();
    for asked in asked {
        asked.await.unwrap().unwrap_err();
    }
    assert_eq!(bench.registry.requests(), 1);
    let error = bench.plugin(REFERENCE).await.unwrap_err().to_string();
    assert!(
        error.contains("it is down") && error.contains("not retried for 11 s"),
        "{error}"
    );
    assert_eq!(bench.registry.requests(), 1);
    tokio::time::advance(Duration::from_secs(11)).await;
    bench.plugin(REFERENCE).await.unwrap_err();
    assert_eq!(bench.registry.requests(), 2);
    // The second pause is twice as long.
    tokio::time::advance(Duration::from_secs(11)).await;
    bench.plugin(REFERENCE).await.unwrap_err();
    assert_eq!(bench.registry.requests(), 2);
    // The compiling process takes real time.
    tokio::time::resume();
    bench.registry.recover();
    bench.store.configure(trusting(rule()));
    bench
        .plugin(REFERENCE)
        .await
        .expect("a new configuration may have fixed it");
}

#[tokio::test]
async fn pulled_plugins_work_during_an_outage() {
    let bench = bench();
    bench.plugin(REFERENCE).await.unwrap();
    bench.registry.fail("it is down");
    bench.plugin(REFERENCE).await.unwrap();
    bench
        .another_process()
        .plugin(REFERENCE)
        .await
        .expect("it is on disk");
    assert_eq!(bench.told("compiling").len(), 1);
}

#[tokio::test]
async fn a_tag_is_resolved_as_often_as_the_policy_says() {
    for (policy, resolutions) in [
        (None, 1),
        (Some(PullPolicy::IfNotPresent), 1),
        (Some(PullPolicy::Always), 3),
    ] {
        let bench = bench();
        bench.store.configure(trusting(Rule {
            pull_policy: policy,
            ..rule()
        }));
        for _ in 0..3 {
            bench.plugin(REFERENCE).await.unwrap();
        }
        assert_eq!(
            (bench.registry.resolutions(), bench.registry.pulls()),
            (resolutions, 1),
            "{policy:?}"
        );
    }
    let bench = bench();
    bench
        .registry
        .serve("registry.test/acme/web:latest", handlebars());
    for _ in 0..3 {
        bench.plugin("registry.test/acme/web").await.unwrap();
    }
    assert_eq!(
        (bench.registry.resolutions(), bench.registry.pulls()),
        (3, 1),
        "latest means Always"
    );
}

#[tokio::test]
async fn pull_policy_never_sends_no_request() {
    let bench = bench();
    bench.store.configure(trusting(Rule {
        pull_policy: Some(PullPolicy::Never),
        ..rule()
    }));
    let error = bench.plugin(REFERENCE).await.unwrap_err();
    assert!(matches!(*error, StoreError::NotHere { .. }), "{error}");
    assert_eq!(bench.registry.requests(), 0);
}

#[tokio::test]
async fn a_moved_tag_is_the_new_plugin_for_new_pods_only() {
    let bench = bench();
    bench.store.configure(trusting(Rule {
        pull_policy: Some(PullPolicy::Always),
        ..rule()
    }));
    let before = bench.plugin(REFERENCE).await.unwrap();
    let moved = support::other();
    bench.registry.serve(REFERENCE, moved.clone());
    assert_eq!(
        bench.plugin(REFERENCE).await.unwrap().plugin.digest(),
        moved.digest
    );
    let name = reference(REFERENCE);
    let request = Request {
        pinned: before.manifest,
        ..Request::new(&name, "shop")
    };
    assert_eq!(
        bench.store.plugin(&request).await.unwrap().plugin.digest(),
        before.plugin.digest()
    );
}

#[tokio::test]
async fn last_known_good_is_optional_and_reported() {
    let bench = bench();
    let always = || Settings {
        last_known_good: true,
        ..trusting(Rule {
            pull_policy: Some(PullPolicy::Always),
            ..rule()
        })
    };
    bench.store.configure(Settings {
        last_known_good: false,
        ..always()
    });
    bench.plugin(REFERENCE).await.unwrap();
    bench.registry.fail("it is down");
    bench.plugin(REFERENCE).await.unwrap_err();
    bench.store.configure(always());
    bench.plugin(REFERENCE).await.unwrap();
    assert_eq!(bench.told("last known good").len(), 1);
    // A denial by the registry is not an outage.
    bench.registry.deny();
    bench.store.configure(always());
    bench.plugin(REFERENCE).await.unwrap_err();
}

#[tokio::test]
async fn a_digest_is_pulled_even_if_its_tag_has_moved() {
    let bench = bench();
    let pinned = format!("{REFERENCE}@{}", bench.registry.manifest(REFERENCE));
    bench.registry.serve(REFERENCE, support::other());
    bench.store.configure(trusting(Rule {
        require_digest: true,
        ..rule()
    }));
    assert_eq!(
        bench.plugin(&pinned).await.unwrap().plugin.digest(),
        handlebars().digest
    );
    assert_eq!(bench.registry.resolutions(), 0);
    let error = bench.plugin(REFERENCE).await.unwrap_err().to_string();
    assert!(error.contains("requires a digest"), "{error}");
}
