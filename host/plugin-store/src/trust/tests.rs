//! Checks which rule applies to a reference.

use super::*;

fn reference(text: &str) -> OciReference {
    OciReference::parse(text).unwrap()
}

fn rule(prefix: &str) -> Rule {
    Rule {
        prefix: Prefix::parse(prefix).unwrap(),
        ..Rule::default()
    }
}

#[test]
fn without_a_rule_nothing_is_allowed() {
    let error = Trust::default()
        .rule_for(&reference("ghcr.io/acme/web:1"), Some("shop"))
        .unwrap_err();
    assert!(error.to_string().contains("add one for ghcr.io/acme "), "{error}");
}

#[test]
fn a_prefix_matches_whole_parts_of_a_name() {
    let trust = Trust::new(vec![rule("ghcr.io/acme")]).unwrap();
    for allowed in [
        "ghcr.io/acme:1",
        "ghcr.io/acme/web:1",
        "ghcr.io/acme/team/web:1",
        "GHCR.io/acme/web",
    ] {
        assert!(
            trust.rule_for(&reference(allowed), Some("shop")).is_ok(),
            "{allowed}"
        );
    }
    for denied in [
        "ghcr.io/acme-evil/web",
        "ghcr.io/acm/web",
        "ghcr.io.evil.example/acme/web",
        "evil.example/ghcr.io/acme/web",
    ] {
        assert!(
            trust.rule_for(&reference(denied), Some("shop")).is_err(),
            "{denied}"
        );
    }
}

#[test]
fn the_longest_prefix_counts_in_any_order() {
    let strict = Rule {
        require_digest: true,
        ..rule("ghcr.io/acme/payments")
    };
    for rules in [
        vec![rule("ghcr.io"), strict.clone()],
        vec![strict, rule("ghcr.io")],
    ] {
        let trust = Trust::new(rules).unwrap();
        assert!(
            trust
                .rule_for(&reference("ghcr.io/acme/web:1"), Some("shop"))
                .is_ok()
        );
        let error = trust
            .rule_for(&reference("ghcr.io/acme/payments/card:1"), Some("shop"))
            .unwrap_err();
        assert!(matches!(error, Denied::NoDigest { .. }), "{error}");
        let pinned = reference("ghcr.io/acme/payments/card:1").with_digest(Digest::of(b""));
        assert!(trust.rule_for(&pinned, Some("shop")).is_ok());
    }
}

#[test]
fn all_names_of_a_docker_hub_repository_have_the_same_rule() {
    let strict = Rule {
        require_digest: true,
        ..rule("docker.io/library")
    };
    let account = Rule {
        require_digest: true,
        ..rule("index.docker.io/acme/")
    };
    let trust = Trust::new(vec![rule("docker.io"), strict, account]).unwrap();
    for (text, prefix) in [
        ("docker.io/library/foo:1", "docker.io/library"),
        ("docker.io/foo:1", "docker.io/library"),
        ("index.docker.io/foo:1", "docker.io/library"),
        ("INDEX.docker.io/library/foo:1", "docker.io/library"),
        ("docker.io/acme/web:1", "docker.io/acme"),
        ("index.docker.io/acme/web:1", "docker.io/acme"),
    ] {
        let error = trust
            .rule_for(&reference(text), Some("shop"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("the trust rule for {prefix} requires a digest")),
            "{text}: {error}"
        );
    }
    // An account and an image of the same name are different.
    assert!(
        Trust::new(vec![rule("docker.io/foo")])
            .unwrap()
            .rule_for(&reference("docker.io/foo:1"), None)
            .is_err()
    );
    assert!(
        trust
            .rule_for(&reference("docker.io/other/web:1"), Some("shop"))
            .is_ok()
    );
    assert!(
        Trust::new(vec![rule("docker.io/acme"), rule("index.docker.io/acme")]).is_err(),
        "it is the same prefix"
    );
}

#[test]
fn a_rule_applies_to_its_namespaces_only() {
    let namespaces = Some(
        ["shop", "team-*"]
            .map(|pattern| Pattern::parse(pattern).unwrap())
            .into(),
    );
    let trust = Trust::new(vec![Rule {
        namespaces,
        ..rule("ghcr.io")
    }])
    .unwrap();
    assert!(trust.rule_for(&reference("ghcr.io/a/b"), Some("shop")).is_ok());
    assert!(trust.rule_for(&reference("ghcr.io/a/b"), Some("team-x")).is_ok());
    let error = trust
        .rule_for(&reference("ghcr.io/a/b"), Some("shopping"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("shop") && error.contains("\"shopping\""),
        "{error}"
    );
}

#[test]
fn a_prefix_is_a_host_or_the_beginning_of_a_repository() {
    for good in [
        "ghcr.io",
        "ghcr.io/",
        "localhost:5000",
        "registry.example:5000/a/b",
        "[::1]:5000",
    ] {
        assert!(Prefix::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "acme",
        "acme/web",
        "ghcr.io/acme:1",
        "ghcr.io/Acme",
        "https://ghcr.io",
        "ghcr.io//a",
    ] {
        assert!(Prefix::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn two_rules_for_one_prefix_are_an_error() {
    assert!(Trust::new(vec![rule("ghcr.io"), rule("ghcr.io/")]).is_err());
}

#[test]
fn the_policy_of_the_command_line_allows_everything() {
    let trust = Trust::everything();
    assert!(
        trust
            .rule_for(&reference("ghcr.io/acme/web:1"), Some("shop"))
            .is_ok()
    );
    assert!(trust.rule_for(&reference("127.0.0.1:5000/web"), None).is_ok());
}

#[test]
fn a_rule_that_wants_a_signature_denies_what_has_none() {
    let manifest = Digest::of(b"a manifest");
    let now = SystemTime::now();
    let unsigned = rule("ghcr.io/acme").verify(&manifest, &[], now);
    assert!(unsigned.is_ok_and(|verified| verified.is_none()));
    let signed_only = Rule {
        signatures: Some(Arc::default()),
        ..rule("ghcr.io/acme")
    };
    let denied = signed_only.verify(&manifest, &[], now).unwrap_err();
    assert!(matches!(denied, Denied::Signature { .. }), "{denied}");
}
