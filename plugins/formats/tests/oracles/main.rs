//! Compares with other readers of the same documents. `tools/fetch-oracles-formats` fetches them; `make
//! interop` runs this.
//!
//! A seed decides the random documents. A failure names it, and PODWEAVE_ORACLE_SEED repeats it.
//! PODWEAVE_ORACLE_DOCUMENTS sets how many there are of each format.

#[path = "../common/mod.rs"]
mod common;
mod env;
mod properties;
mod readers;
mod toml_test;
mod yaml;
mod yaml_test_suite;

use std::fmt::Debug;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn random() -> fastrand::Rng {
    let seed = from_environment("PODWEAVE_ORACLE_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("PODWEAVE_ORACLE_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn count() -> u64 {
    from_environment("PODWEAVE_ORACLE_DOCUMENTS").unwrap_or(20_000)
}

/// Documents that consist of these words.
fn documents(random: &mut fastrand::Rng, words: &[&str], length: usize) -> Vec<String> {
    let mut document = || {
        (0..random.usize(1..=length))
            .map(|_| words[random.usize(..words.len())])
            .collect()
    };
    (0..count()).map(|_| document()).collect()
}

/// Fails with the first differences, if there are any.
fn no_differences<D: Debug>(differences: &[D]) {
    let shown: Vec<String> = differences
        .iter()
        .take(20)
        .map(|difference| format!("{difference:#?}"))
        .collect();
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        shown.join("\n")
    );
}

/// Compares with a list of differences in a file beside the tests.
fn differences_are(known: &str, found: &[String]) {
    let known: Vec<&str> = known
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert_eq!(
        found.join("\n"),
        known.join("\n"),
        "the list beside this test has other differences"
    );
}
