//! Signatures that rules require.

use super::*;

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
