//! Checks which references to registries are accepted, and the message of each refusal.

use podweave_core::digest::Digest;
use podweave_core::oci_reference::OciReference;
use podweave_core::reference::PluginReference;
use proptest::prelude::*;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn parts(reference: &str) -> (String, String, Option<String>, Option<String>) {
    let parsed = OciReference::parse(reference).unwrap();
    (
        parsed.registry().to_owned(),
        parsed.repository().to_owned(),
        parsed.tag().map(str::to_owned),
        parsed.digest().map(|digest| digest.to_string()),
    )
}

fn refusal(reference: &str) -> String {
    OciReference::parse(reference).unwrap_err()
}

#[test]
fn a_reference_has_a_registry_a_repository_a_tag_and_a_digest() {
    let own = |text: &str| Some(text.to_owned());
    let of = |registry: &str, repository: &str, tag, digest| {
        (registry.to_owned(), repository.to_owned(), tag, digest)
    };
    assert_eq!(
        parts("ghcr.io/acme/web-config:1.4"),
        of("ghcr.io", "acme/web-config", own("1.4"), None)
    );
    assert_eq!(
        parts(&format!("ghcr.io/acme/web:1.4@{DIGEST}")),
        of("ghcr.io", "acme/web", own("1.4"), own(DIGEST))
    );
    assert_eq!(
        parts(&format!("localhost/web@{DIGEST}")),
        of("localhost", "web", None, own(DIGEST))
    );
    assert_eq!(
        parts("registry:5000/a/b/c"),
        of("registry:5000", "a/b/c", own("latest"), None)
    );
    assert_eq!(parts("[::1]:5000/web:x"), of("[::1]:5000", "web", own("x"), None));
    assert_eq!(
        parts("[2001:DB8:0::1]/web:x"),
        of("[2001:db8::1]", "web", own("x"), None)
    );
}

#[test]
fn hosts_are_lower_cased_so_that_policies_see_one_form() {
    assert_eq!(
        OciReference::parse("GHCR.io/acme/web:1").unwrap(),
        OciReference::parse("ghcr.io/acme/web:1").unwrap()
    );
    assert_eq!(
        OciReference::parse("LOCALHOST:05000/web").unwrap().name(),
        "localhost:5000/web"
    );
}

#[test]
fn repositories_of_docker_hub_with_several_names_get_one() {
    for (written, name) in [
        ("docker.io/foo", "docker.io/library/foo"),
        ("docker.io/library/foo", "docker.io/library/foo"),
        ("index.docker.io/foo", "docker.io/library/foo"),
        ("Index.Docker.IO/library/foo", "docker.io/library/foo"),
        ("DOCKER.io/acme/web", "docker.io/acme/web"),
        ("index.docker.io/acme/web", "docker.io/acme/web"),
        // These are hosts of their own, as in container runtimes.
        ("registry-1.docker.io/foo", "registry-1.docker.io/foo"),
        ("docker.io:443/foo", "docker.io:443/foo"),
        ("mirror.docker.io/foo", "mirror.docker.io/foo"),
        ("ghcr.io/foo", "ghcr.io/foo"),
    ] {
        let parsed = OciReference::parse(written).unwrap();
        assert_eq!(parsed.name(), name, "{written}");
        assert_eq!(parsed.to_string(), format!("{name}:latest"));
    }
    assert_eq!(
        OciReference::parse(&format!("docker.io/foo:1@{DIGEST}"))
            .unwrap()
            .to_string(),
        format!("docker.io/library/foo:1@{DIGEST}")
    );
    assert!(
        refusal("docker.io/").contains("\"\" is not a repository"),
        "{}",
        refusal("docker.io/")
    );
    // With `library/`, it exceeds the length of a repository.
    assert!(refusal(&format!("docker.io/{}", "a".repeat(250))).contains("255"));
}

#[test]
fn a_reference_without_a_host_is_refused_with_the_remedy() {
    assert!(
        refusal("acme/web").contains("write the host before it"),
        "{}",
        refusal("acme/web")
    );
    assert!(
        refusal("web").contains("REGISTRY/REPOSITORY"),
        "{}",
        refusal("web")
    );
}

#[test]
fn an_invalid_part_is_refused_and_named() {
    for (reference, part) in [
        ("ghcr.io/", "repository"),
        ("ghcr.io/Acme/web", "repository"),
        ("ghcr.io/../web", "repository"),
        ("ghcr.io/a/../../b", "repository"),
        ("ghcr.io/a//b", "repository"),
        ("ghcr.io/a___b", "repository"),
        ("ghcr.io/a._b", "repository"),
        ("ghcr.io/-a", "repository"),
        ("ghcr.io/a%2fb", "repository"),
        ("ghcr.io/a?b", "repository"),
        ("ghcr.io/a:", "tag"),
        ("ghcr.io/a:.x", "tag"),
        ("ghcr.io/a:x/y", "tag"),
        ("ghcr.io/a@sha512:00", "digest"),
        ("ghcr.io/a@sha256:00", "digest"),
        ("ghcr.io:0/a", "port"),
        ("ghcr.io:99999/a", "port"),
        ("ghcr.io:+80/a", "port"),
        ("ghcr..io/a", "host"),
        ("user@ghcr.io/a", "host"),
        ("-ghcr.io/a", "host"),
        ("[::1/a", "host"),
        ("[::1]x/a", "host"),
        ("[nonsense]/a", "host"),
    ] {
        assert!(
            refusal(reference).contains(part),
            "{reference}: {}",
            refusal(reference)
        );
    }
    assert!(refusal(&format!("ghcr.io/a@{}", DIGEST.to_uppercase())).contains("digest"));
    assert!(refusal(&format!("ghcr.io/{}", "a".repeat(256))).contains("255"));
    assert!(refusal(&format!("ghcr.io/a:{}", "a".repeat(129))).contains("128"));
    assert!(refusal(&format!("ghcr.io/{}", "a".repeat(5000))).len() < 300);
}

#[test]
fn a_name_without_a_slash_is_not_an_oci_reference() {
    let meant = |reference: &str| OciReference::is_meant(&PluginReference::parse(reference).unwrap());
    assert!(!meant("handlebars") && meant("ghcr.io/acme/web") && meant("acme/web"));
}

#[test]
fn a_digest_is_read_as_it_is_written() {
    assert_eq!(Digest::parse(DIGEST).unwrap().to_string(), DIGEST);
    for wrong in [
        "",
        "sha256:",
        &DIGEST[1..],
        &DIGEST[..70],
        &format!("{DIGEST}0"),
        &DIGEST.replace('a', "g"),
        &DIGEST.replace("sha256", "sha512"),
    ] {
        assert_eq!(Digest::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn an_accepted_reference_is_accepted_again_as_shown(
        reference in "([a-zA-Z0-9-]{1,5}\\.[a-z]{2,3}|localhost|\\[::[0-9a-f]{1,4}\\])(:[0-9]{1,5})?(/[a-z0-9._-]{1,6}){1,3}(:[A-Za-z0-9_.-]{1,6})?(@sha256:[0-9a-f]{64})?"
    ) {
        if let Ok(parsed) = OciReference::parse(&reference) {
            prop_assert!(parsed.tag().is_some() || parsed.digest().is_some());
            prop_assert_eq!(OciReference::parse(&parsed.to_string()), Ok(parsed.clone()));
            // A path is built from it: no part may lead out of the directory.
            prop_assert!(parsed.repository().split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
            prop_assert!(PluginReference::parse(&parsed.to_string()).is_ok());
        }
    }
}
