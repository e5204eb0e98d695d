//! What was pulled, on disk.

use super::*;

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
