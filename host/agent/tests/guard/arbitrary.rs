//! Fuzzes the guard's rule: no panic, a refusal that can be shown, and nothing accepted without the mark.
//!
//! `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS` let it run longer, `BOLERO_RANDOM_SEED`
//! repeats a failure.

use std::time::Duration;

use podweave_agent::guard::rule::judge;
use podweave_agent::mark::{MARK, has_opted_in};
use podweave_core::text::is_unprintable;
use podweave_nri::api::{Field, ValidateContainerAdjustmentRequest};
use prost::Message;

use crate::creation::{Creation, brief, mount};

const TIME: Duration = Duration::from_millis(700);

/// The maximum length of a refusal in a pod's status.
const MAX_REFUSAL: usize = 8 << 10;

/// Judges a request, and asserts what must hold for every verdict.
fn assert_sound(request: &ValidateContainerAdjustmentRequest) {
    match judge(&brief(request)) {
        Err(refusal) => {
            let text = refusal.to_string();
            assert!(
                text.len() < MAX_REFUSAL && !text.chars().any(is_unprintable),
                "{text:?}"
            );
        }
        Ok(()) => {
            let pod = request.pod.as_ref().expect("without a pod it is refused");
            if has_opted_in(&pod.annotations) {
                let container = request.container.as_ref().expect("a container");
                let adjust = request.adjust.as_ref().expect("an adjustment");
                let owners = &request.owners.as_ref().expect("owners").owners[&container.id];
                let owner = &owners.compound[&(Field::Annotations as i32)].owners[MARK];
                assert!(
                    owner.ends_with("-podweave")
                        && !owner.starts_with('-')
                        && adjust.annotations.contains_key(MARK),
                    "{owner}"
                );
                assert!(
                    request
                        .plugins
                        .iter()
                        .any(|plugin| plugin.name == "default-validator")
                );
                assert!(
                    pod.annotations["required-plugins.noderesource.dev/pod"]
                        .starts_with(r#"["podweave-guard""#)
                );
            }
        }
    }
}

#[test]
fn any_decodable_request_gets_a_verdict() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(1024)
        .for_each(|bytes: &[u8]| {
            if let Ok(request) = ValidateContainerAdjustmentRequest::decode(bytes) {
                assert_sound(&request);
            }
        });
}

#[test]
fn any_changed_valid_request_gets_a_verdict() {
    let good = Creation::opted_in().marked(|adjustment| {
        adjustment
            .env("PORT", "80")?
            .args(vec!["/bin/web".into()])?
            .mount(mount("/etc/podweave"))
    });
    let other = good.clone().then("60-other", |adjustment| {
        adjustment.env("TRACE", "1")?.mount(mount("/var/trace"))
    });
    assert_eq!((good.judge(), other.judge()), (Ok(()), Ok(())));
    let good = other.request.encode_to_vec();
    // Three bytes each: the position, and the new byte.
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(24)
        .for_each(|bytes: &[u8]| {
            let mut changed = good.clone();
            for change in bytes.chunks_exact(3) {
                let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % changed.len();
                changed[at] = change[2];
            }
            if let Ok(request) = ValidateContainerAdjustmentRequest::decode(&*changed) {
                assert_sound(&request);
            }
        });
}

#[test]
fn hostile_names_do_not_reach_the_refusal_unescaped() {
    let hostile = "\u{202e}\n\u{1b}[31m".repeat(2000);
    let mut creation = Creation::of(&[
        ("podweave.dev/plugin", "x"),
        (
            &format!("required-plugins.noderesource.dev/container.{hostile}"),
            "x",
        ),
    ]);
    assert_sound(&creation.request);
    assert!(creation.refusal().contains("container."));
    let pod = creation.request.pod.as_mut().expect("a pod");
    pod.annotations = Creation::opted_in().request.pod.expect("a pod").annotations;
    creation.request.container.as_mut().expect("a container").name = hostile.clone();
    assert!(creation.refusal().contains("has not configured"));
    assert_sound(&creation.request);
    for number in 0..100 {
        creation = creation.then(&format!("{number}-{hostile}"), |adjustment| {
            adjustment.env(&format!("V{number}"), "x")
        });
    }
    let taken = creation
        .marked(|adjustment| adjustment.mount(mount("/etc/podweave")))
        .then(&hostile, |adjustment| adjustment.remove_mount("/etc/podweave"));
    assert!(taken.refusal().contains("has set"));
    assert_sound(&taken.request);
}
