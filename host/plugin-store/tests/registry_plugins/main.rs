//! Plugins from registries: which ones are allowed, and for whom.

mod outages;
mod signatures;
mod storage;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use podweave_core::allowed_outputs::AllowedOutputs;
use podweave_core::oci_reference::OciReference;
use podweave_core::pattern::Pattern;
use podweave_core::reference::PluginReference;
use podweave_core::terms::Terms;
use podweave_plugin_store::settings::{NamedPlugin, Origin, PodCredentials, Registries, Settings};
use podweave_plugin_store::trust::{Prefix, Rule, Trust};
use podweave_plugin_store::{PullPolicy, Request, StoreError};
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
    let named = NamedPlugin {
        namespaces,
        ..NamedPlugin::new(Origin::Registry(OciReference::parse(REFERENCE).unwrap()))
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
    let named = NamedPlugin {
        terms: Some(Arc::clone(&terms)),
        ..NamedPlugin::new(origin)
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
