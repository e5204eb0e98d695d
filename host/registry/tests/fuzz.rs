//! Arbitrary Docker configurations cause no panic, take a bounded time, and give messages that a terminal can
//! show.
//!
//! Runs for a few seconds by default. `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS` make it run
//! longer; `BOLERO_RANDOM_SEED` repeats a failure.

use std::time::Duration;

use podweave_core::oci_reference::OciReference;
use podweave_core::text::is_unprintable;
use podweave_registry::DockerConfig;

/// How long each target runs, unless the environment sets another time.
const TIME: Duration = Duration::from_millis(700);

#[test]
fn any_text_is_a_docker_configuration_or_an_error() {
    let reference = OciReference::parse("ghcr.io/acme/web").unwrap();
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(128)
        .for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let entry =
                |key: &str, auth: &str| serde_json::json!({ "auths": { key: { "auth": auth } } }).to_string();
            for json in [
                text.clone().into_owned(),
                entry(&text, &text),
                entry("ghcr.io", &text),
                entry(&format!("ghcr.io/{text}"), "eDp5"),
            ] {
                let found =
                    DockerConfig::parse(json.as_bytes()).and_then(|config| config.credentials(&reference));
                if let Err(error) = found {
                    assert!(!error.to_string().chars().any(is_unprintable), "{error}");
                }
            }
        });
}
