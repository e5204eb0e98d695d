//! Plugins from registries: which ones are allowed, how often registries are asked, and what works during an
//! outage.

mod support;

use std::sync::Arc;
use std::time::Duration;

use podweave_core::allowed_outputs::AllowedOutputs;
use podweave_core::oci_reference::OciReference;
use podweave_core::pattern::Pattern;
use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;
use podweave_plugin_store::registries::{PodCredentials, Registries};
use podweave_plugin_store::settings::{Named, Origin, Settings};
use podweave_plugin_store::trust::{Prefix, PullPolicy, Rule, Trust};
use podweave_plugin_store::{Request, StoreError};
use podweave_registry::DockerConfig;
use support::{Bench, REFERENCE, handlebars, reference};

fn rule() -> Rule {
    Rule {
        prefix: Prefix::parse("registry.test").unwrap(),
        ..Rule::default()
    }
}

fn trusting(rule: Rule) -> Settings {
    Settings {
        trust: Trust::new(vec![rule]).unwrap(),
        ..Settings::default()
    }
}

/// A store that trusts the test's registry, which has the handlebars plugin.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.registry.serve(REFERENCE, handlebars());
    bench.store.configure(trusting(rule()));
    bench
}

fn dockerconfig(password: &str) -> PodCredentials {
    let config = format!(r#"{{"auths":{{"registry.test":{{"username":"pod","password":"{password}"}}}}}}"#);
    PodCredentials(vec![DockerConfig::parse(config.as_bytes()).unwrap()])
}

#[tokio::test]
async fn without_a_rule_no_request_is_sent() {
    let bench = bench();
    bench.store.configure(Settings::default());
    let error = bench.plugin(REFERENCE).await.unwrap_err();
    assert!(matches!(*error, StoreError::NotTrusted { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("trust.rules in the agent's configuration"),
        "{error}"
    );
    assert_eq!(bench.registry.requests(), 0);
}

#[tokio::test]
async fn rules_are_checked_before_credentials_are_read() {
    let bench = bench();
    let plugin = reference(REFERENCE);
    assert!(
        bench
            .store
            .is_for_registry(&Request::new(&plugin, "shop"))
            .unwrap()
    );
    assert!(
        !bench
            .store
            .is_for_registry(&Request::new(&reference("handlebars"), "shop"))
            .unwrap()
    );
    let namespaces: Option<Arc<[Pattern]>> = Some([Pattern::parse("billing").unwrap()].into());
    for settings in [
        Settings::default(),
        trusting(Rule {
            namespaces: namespaces.clone(),
            ..rule()
        }),
        trusting(Rule {
            require_digest: true,
            ..rule()
        }),
    ] {
        bench.store.configure(settings);
        let error = bench
            .store
            .is_for_registry(&Request::new(&plugin, "shop"))
            .unwrap_err();
        assert!(matches!(*error, StoreError::NotTrusted { .. }), "{error}");
    }
    let named = Named {
        namespaces,
        ..Named::new(Origin::Registry(OciReference::parse(REFERENCE).unwrap()))
    };
    bench.store.configure(Settings {
        named: [(reference("web"), Arc::new(named))].into(),
        ..trusting(rule())
    });
    let error = bench
        .store
        .is_for_registry(&Request::new(&reference("web"), "shop"))
        .unwrap_err();
    assert!(matches!(*error, StoreError::NotForNamespace { .. }), "{error}");
}

#[tokio::test]
async fn concurrent_requests_share_one_pull_and_one_compilation() {
    let bench = Arc::new(bench());
    let asked: Vec<_> = (0..200)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { bench.plugin(REFERENCE).await.map(|ready| ready.plugin.digest()) })
        })
        .collect();
    for asked in asked {
        assert_eq!(asked.await.unwrap().unwrap(), handlebars().digest);
    }
    assert_eq!((bench.registry.resolutions(), bench.registry.pulls()), (1, 1));
    assert_eq!(bench.told("compiling").len(), 1);
}

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

#[tokio::test]
async fn a_missing_signature_is_looked_for_again() {
    let bench = bench();
    let signer = support::Signer::new();
    bench.store.configure(trusting(Rule {
        signatures: Some(signer.policy()),
        ..rule()
    }));
    let error = bench.plugin(REFERENCE).await.unwrap_err().to_string();
    assert!(
        error.contains("requires a signature") && error.contains("is not signed"),
        "{error}"
    );
    let policy = || {
        trusting(Rule {
            signatures: Some(signer.policy()),
            ..rule()
        })
    };
    bench.registry.sign(REFERENCE, &support::Signer::new());
    let before = bench.registry.requests();
    bench
        .plugin(REFERENCE)
        .await
        .expect_err("it was looked for a moment ago");
    assert_eq!(bench.registry.requests(), before);
    bench.store.configure(policy());
    bench.plugin(REFERENCE).await.expect_err("another signer's");
    bench.registry.sign(REFERENCE, &signer);
    bench.store.configure(policy());
    bench.plugin(REFERENCE).await.unwrap();
    bench.registry.fail("it is down");
    bench
        .another_process_with(trusting(Rule {
            signatures: Some(signer.policy()),
            ..rule()
        }))
        .plugin(REFERENCE)
        .await
        .expect("signatures are kept");
    let other = support::Signer::new();
    let error = bench
        .another_process_with(trusting(Rule {
            signatures: Some(other.policy()),
            ..rule()
        }))
        .plugin(REFERENCE)
        .await;
    assert!(
        error.is_err(),
        "what was pulled before is checked against the current policy"
    );
}

#[tokio::test]
async fn giant_worthless_signatures_do_not_hide_a_good_one() {
    let bench = bench();
    let signer = support::Signer::new();
    bench.store.configure(trusting(Rule {
        signatures: Some(signer.policy()),
        ..rule()
    }));
    bench.registry.bury(REFERENCE, 31, 1 << 20);
    bench.registry.sign(REFERENCE, &signer);
    bench.plugin(REFERENCE).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_no_longer_trusted_allows_nothing() {
    let bench = bench();
    let (old, new) = (support::Signer::new(), support::Signer::new());
    bench.registry.sign(REFERENCE, &old);
    bench.store.configure(trusting(Rule {
        signatures: Some(old.policy()),
        ..rule()
    }));
    bench.plugin(REFERENCE).await.unwrap();
    bench.store.configure(trusting(Rule {
        signatures: Some(new.policy()),
        ..rule()
    }));
    bench.plugin(REFERENCE).await.unwrap_err();
}

#[tokio::test]
async fn a_private_plugin_is_only_for_pods_with_its_credentials() {
    let bench = bench();
    bench.registry.require_credentials();
    let name = reference(REFERENCE);
    let request = |credentials: PodCredentials| Request {
        credentials,
        ..Request::new(&name, "shop")
    };
    bench.store.plugin(&request(dockerconfig("right"))).await.unwrap();
    bench.store.plugin(&request(dockerconfig("right"))).await.unwrap();
    assert_eq!(bench.registry.pulls(), 1);
    bench.plugin(REFERENCE).await.expect_err("without credentials");
    bench
        .store
        .plugin(&request(dockerconfig("wrong")))
        .await
        .expect_err("with others");
    // If the node's own credentials give access, all pods of the node may use it.
    let credentials =
        DockerConfig::parse(br#"{"auths":{"registry.test":{"username":"node","password":"right"}}}"#)
            .unwrap();
    bench.store.configure(Settings {
        registries: Registries {
            credentials,
            ..Registries::default()
        },
        ..trusting(rule())
    });
    bench.plugin(REFERENCE).await.unwrap();
}

#[tokio::test]
async fn a_named_plugin_has_its_own_terms() {
    let bench = bench();
    let outputs = AllowedOutputs {
        args: false,
        ..AllowedOutputs::default()
    };
    let terms = Arc::new(Terms {
        outputs,
        ..Terms::default()
    });
    let origin = Origin::Registry(podweave_core::oci_reference::OciReference::parse(REFERENCE).unwrap());
    let named = Named {
        terms: Some(Arc::clone(&terms)),
        ..Named::new(origin)
    };
    let name = PluginReference::parse("web").unwrap();
    bench.store.configure(Settings {
        named: [(name, Arc::new(named))].into(),
        ..trusting(rule())
    });
    let ready = bench.plugin("web").await.unwrap();
    assert_eq!(
        (ready.plugin.digest(), &ready.terms),
        (handlebars().digest, &terms)
    );
    assert_eq!(*bench.plugin(REFERENCE).await.unwrap().terms, Terms::default());
}

#[tokio::test]
async fn a_component_changed_on_disk_is_removed_and_pulled_again() {
    let bench = bench();
    bench.plugin(REFERENCE).await.unwrap();
    bench.damage_components();
    bench.remove_code();
    let error = bench.another_process().plugin(REFERENCE).await.unwrap_err();
    assert!(matches!(*error, StoreError::Damaged { .. }), "{error}");
    bench.another_process().plugin(REFERENCE).await.unwrap();
    assert_eq!(bench.registry.pulls(), 2);
}

#[tokio::test]
async fn directories_removed_under_a_running_store_are_recreated() {
    let bench = bench();
    bench.plugin(REFERENCE).await.unwrap();
    bench.remove_everything();
    bench
        .plugin(REFERENCE)
        .await
        .expect("it is pulled again; its code is in memory");
    bench.another_process().plugin(REFERENCE).await.unwrap();
    assert_eq!(bench.registry.pulls(), 2);
}

#[tokio::test]
async fn a_thousand_plugins_pass_through_a_store_with_room_for_twenty() {
    let bench = Bench::bounded(20);
    bench.store.configure(trusting(rule()));
    let kept = {
        bench
            .registry
            .serve("registry.test/acme/kept:1", support::tiny(0));
        bench.plugin("registry.test/acme/kept:1").await.unwrap()
    };
    for number in 1..1000 {
        let name = format!("registry.test/acme/plugin-{number}:1");
        bench.registry.serve(&name, support::tiny(number));
        bench.plugin(&name).await.unwrap_err();
        assert!(bench.components() <= 22, "{} after {number}", bench.components());
    }
    assert_eq!(bench.registry.pulls(), 1000);
    assert!(
        kept.leases().iter().all(|lease| lease.path().exists()),
        "the files of a plugin in use stay"
    );
}
