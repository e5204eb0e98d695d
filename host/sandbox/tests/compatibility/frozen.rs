//! The contract is what was frozen of it: `contract.wit` of each version, without documentation.

use std::fs;
use std::path::PathBuf;

use crate::kept;
use crate::support::contract;

/// The frozen texts of all versions that this podweave serves.
fn frozen() -> Vec<PathBuf> {
    let entries = fs::read_dir(kept())
        .expect("what is kept")
        .map(|entry| entry.expect("it can be read").path());
    let mut frozen: Vec<PathBuf> = entries
        .filter(|path| path.is_dir())
        .map(|path| path.join("contract.wit"))
        .collect();
    frozen.sort();
    frozen
}

#[test]
fn the_contract_is_the_frozen_one_of_its_version() {
    let (resolve, package) = contract::current();
    let version = resolve.packages[package]
        .name
        .version
        .as_ref()
        .expect("the contract has a version");
    let path = kept().join(version.to_string()).join("contract.wit");
    let now = contract::without_documentation(&resolve, package);
    let frozen = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        now == frozen,
        "wit/plugin.wit is not what contract {version} was frozen as in {}.\n\
         - The documentation in it may change, and nothing else.\n\
         - A function more in inputs, outputs or log, or an interface more: give the contract the next patch version, everywhere \
         (grep -rn 'podweave:plugin.*@{version}'), put what is printed below into contract.wit in a new directory beside this one, and \
         components that use the new function with it. Keep the old directory.\n\
         - Anything else breaks plugins that exist. See docs/compatibility.md for what a new minor version takes.\n\n{now}",
        path.display()
    );
}

#[test]
fn whatever_a_version_has_promised_still_holds() {
    let (resolve, package) = contract::current();
    let now = contract::promises(&resolve, package);
    let frozen = frozen();
    assert!(!frozen.is_empty());
    for path in frozen {
        let (resolve, package) = contract::read(&path);
        let broken: Vec<String> = contract::promises(&resolve, package)
            .difference(&now)
            .cloned()
            .collect();
        assert!(
            broken.is_empty(),
            "{} promises what wit/plugin.wit does not have, so plugins of that version break: {broken:#?}",
            path.display()
        );
    }
}

/// What may not happen in a compatible version, and what may, tried on the contract of now.
#[test]
fn a_changed_record_parameter_or_export_breaks_a_promise_and_a_new_function_does_not() {
    let text = fs::read_to_string(contract::repository().join("wit/plugin.wit")).expect("the contract");
    let directory = tempfile::tempdir().expect("a directory");
    let promises = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let path = directory.path().join("changed.wit");
        fs::write(&path, text.replacen(from, to, 1)).expect("it can be written");
        let (resolve, package) = contract::read(&path);
        contract::promises(&resolve, package)
    };
    let now = promises("@0.1.0", "@0.1.0");
    let holds = |from: &str, to: &str| now.is_subset(&promises(from, to));
    assert!(
        holds(
            "    image: func",
            "    pod-ip: func() -> string;\n    image: func"
        ),
        "a function to import may be added"
    );
    assert!(
        holds(
            "interface log {",
            "interface clock {\n    now: func() -> u64;\n}\n\ninterface log {"
        ),
        "an interface may be added"
    );
    for (change, from, to) in [
        ("a function is gone", "    image: func() -> string;", ""),
        (
            "a parameter more",
            "env: func(name: string, value: string)",
            "env: func(name: string, value: string, override: bool)",
        ),
        (
            "another result",
            "image: func() -> string",
            "image: func() -> option<string>",
        ),
        (
            "a field more",
            "        key: string,",
            "        key: string,\n        line: u32,",
        ),
        (
            "a case more",
            "        other(string),",
            "        other(string),\n        unknown,",
        ),
        (
            "an export more",
            "    render: func() ->",
            "    warm-up: func();\n    render: func() ->",
        ),
    ] {
        assert!(!holds(from, to), "{change}");
    }
}
