//! Reads arbitrary untrusted text: there is no panic, the time is limited, and messages are printable.
//!
//! A few seconds by default. `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS` let it run longer,
//! `BOLERO_RANDOM_SEED` repeats a failure.

mod support;

use std::time::Duration;

use podweave_core::annotations::Field;
use podweave_core::binding::bindings;
use podweave_core::change::Sources;
use podweave_core::completion::{complete, environment_of_manifest};
use podweave_core::digest::Digest;
use podweave_core::limits::{Limits, Usage};
use podweave_core::manifest::Manifests;
use podweave_core::oci_reference::OciReference;
use podweave_core::outline::{Outline, Part};
use podweave_core::outputs::Outputs;
use podweave_core::own_environment::OwnEnvironment;
use podweave_core::{expansion, text, yaml};
use support::{MARKER, Set, annotated, assert_printable, environment, rendered};

/// The time for each target, unless the environment sets another.
const TIME: Duration = Duration::from_millis(700);

/// Makes text that is more often nearly valid than random bytes are: each byte becomes a word or stays as it
/// is.
fn near(bytes: &[u8], words: &[&str]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match words.get(usize::from(*byte)) {
            Some(word) => text.push_str(word),
            None => text.push(char::from(*byte)),
        }
    }
    text
}

const ANNOTATION_WORDS: [&str; 40] = [
    "handlebars",
    "a",
    "b=",
    "ns/",
    "?",
    ",",
    " ",
    "\n",
    "- ",
    "plugin: ",
    "configMaps: ",
    "params: ",
    "containers: ",
    "files: ",
    "fileMounts: ",
    "[",
    "]",
    "{",
    "}",
    "web",
    "worker",
    "/etc/x",
    "=/",
    "..",
    "/",
    "&x ",
    "*x",
    "!!str ",
    "\"",
    "'",
    "#",
    "---",
    "|\n",
    ">\n",
    ": ",
    "1e999",
    "\u{202e}",
    "\0",
    "yes",
    "  ",
];

const MANIFEST_WORDS: [&str; 48] = [
    "kind: Pod\n",
    "kind: ConfigMap\n",
    "kind: CronJob\n",
    "kind: List\n",
    "items:\n",
    "metadata:\n",
    "metadata: {name: a}\n",
    "spec:\n",
    "spec: {containers: [{name: a}]}\n",
    "containers:\n",
    "- name: a\n",
    "  ",
    "\n",
    "- ",
    "template:\n",
    "env:\n",
    "envFrom:\n",
    "valueFrom:\n",
    "data:\n",
    "data: {a: b}\n",
    "binaryData:\n",
    "  a: aGk=\n",
    "annotations:\n",
    "podweave.dev/plugin: a\n",
    "---\n",
    "[",
    "]",
    "{",
    "}",
    ":",
    "&x ",
    "*x",
    "<<: ",
    "!!int ",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "? ",
    "yes",
    "0644",
    "null",
    "\t",
    "#",
    "\u{feff}",
    "\u{202e}",
    "\0",
    "1e999",
];

/// A field and its value, for the pod or for a container.
fn annotation(bytes: &[u8]) -> (String, String) {
    let (head, value) = bytes.split_at(bytes.len().min(2));
    let field = Field::ALL[usize::from(head.first().copied().unwrap_or_default()) % Field::ALL.len()].name();
    let prefix =
        ["", "web.", "worker.", "debugger."][usize::from(head.get(1).copied().unwrap_or_default()) % 4];
    (
        format!("{prefix}podweave.dev/{field}"),
        near(value, &ANNOTATION_WORDS),
    )
}

#[test]
fn annotations_of_any_text_are_read_or_refused_in_print() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(256)
        .for_each(|bytes: &[u8]| {
            let mut pod = annotated(&[]);
            pod.annotations
                .extend(bytes.split(|byte| *byte == 0xff).map(annotation));
            match bindings(&pod) {
                Ok(bindings) => assert!(bindings.iter().all(
                    |binding| !binding.renders.is_empty() && pod.container(&binding.container).is_some()
                )),
                Err(error) => assert_printable(&error.to_string()),
            }
        });
}

#[test]
fn annotation_keys_of_any_text_are_read_or_refused_in_print() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(128)
        .for_each(|bytes: &[u8]| {
            let mut pod = annotated(&[("podweave.dev/plugin", "handlebars")]);
            let raw = String::from_utf8_lossy(bytes);
            pod.annotations.extend(
                [
                    format!("podweave.dev/{raw}"),
                    format!("{raw}.podweave.dev/params"),
                    raw.into_owned(),
                ]
                .map(|key| (key, "{}".to_owned())),
            );
            if let Err(error) = bindings(&pod) {
                assert_printable(&error.to_string());
            }
        });
}

#[test]
fn manifests_of_any_text_are_read_or_refused_in_print() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(512)
        .for_each(|bytes: &[u8]| {
            for text in [
                near(bytes, &MANIFEST_WORDS),
                String::from_utf8_lossy(bytes).into_owned(),
            ] {
                let mut manifests = Manifests::default();
                match manifests.add("shop.yaml", &text, "shop") {
                    Ok(()) => manifests.pods.iter().for_each(|pod| {
                        if let Err(error) = bindings(pod) {
                            assert_printable(&error.to_string());
                        }
                        let known =
                            environment_of_manifest(pod, &pod.containers[0], &Limits::default(), |name| {
                                manifests.config_map(&pod.namespace, name).map(AsRef::as_ref)
                            });
                        assert!(known.is_ok(), "so short a manifest fits");
                    }),
                    Err(error) => assert_printable(&error.to_string()),
                }
            }
        });
}

#[test]
fn parameters_never_show_in_an_error() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(64)
        .for_each(|bytes: &[u8]| {
            // The marker is never part of a key: it follows ": " and the fuzzed text.
            let fuzzed = near(bytes, &ANNOTATION_WORDS).replace(['\n', '\r', '{', '?', ','], "");
            if let Err(error) = yaml::document(&format!("a:\n  password: {fuzzed}{MARKER}")) {
                assert!(
                    !error.to_string().contains(MARKER) || error.reason.contains("is a duplicate"),
                    "{error}"
                );
            }
        });
}

#[test]
fn outputs_of_any_text_are_taken_or_refused_in_print() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(256)
        .for_each(|bytes: &[u8]| {
            let limits = Limits {
                environment_bytes: 400,
                file_bytes: 100,
                files: 4,
                ..Limits::default()
            };
            let mut outputs = Outputs::default();
            for (index, call) in bytes.split(|byte| *byte == 0xff).enumerate() {
                let text = near(call, &["/", "..", "a", "\0"]);
                let (one, other) =
                    text.split_at(text.char_indices().nth(3).map_or(text.len(), |(end, _)| end));
                let result = match index % 5 {
                    0 => outputs.env(one.to_owned(), other.to_owned(), index % 2 == 0, &limits),
                    1 => outputs.append_arg(text, &limits),
                    2 => {
                        outputs.replace_args(vec![one.to_owned(), other.to_owned()], index % 3 == 0, &limits)
                    }
                    3 => outputs.file(text, call.to_vec(), &limits, &Usage::default()),
                    _ => outputs.file_mode(one, u32::try_from(call.len()).unwrap_or_default() * 40),
                };
                if let Err(error) = result {
                    assert_printable(&error.to_string());
                }
            }
            assert!(outputs.file_bytes() <= 100 && outputs.rendered_files().len() <= 4);
        });
}

#[test]
fn deliveries_of_any_spec_end_within_the_limits() {
    let words = ["$(A)", "$(B)", "$(C)", "$(R)", "$$", "$(", ")", "x"];
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(128)
        .for_each(|bytes: &[u8]| {
            let limits = Limits {
                environment_bytes: 4096,
                ..Limits::default()
            };
            let mut texts = bytes
                .split(|byte| *byte == 0xff)
                .map(|text| near(text, &words).replace('\0', ""));
            let mut next = || texts.next().unwrap_or_default();
            let mut pod = annotated(&[]);
            let web = &mut pod.containers[2];
            web.env = ["A", "B", "C", "A"]
                .map(|name| podweave_core::pod::EnvVar {
                    name: name.to_owned(),
                    source: podweave_core::pod::EnvSource::Literal(next()),
                })
                .into();
            web.args = Some(vec![next(), next()]);
            let rendered = rendered(Set::default().env("R", &next()).expand_env("S", &next()));
            let own = environment(&[("A", "1"), ("C", "$(B)")]);
            for own in [OwnEnvironment::OfSpec(&own), OwnEnvironment::OfProcess(&own)] {
                match complete(web, &rendered, own, &limits) {
                    Ok(completed) => {
                        let bytes: usize = completed
                            .env
                            .iter()
                            .map(|(name, value)| name.len() + value.len() + 10)
                            .sum();
                        assert!(bytes <= 4096 && completed.env["R"] == rendered.env["R"].text);
                    }
                    Err(error) => assert_printable(&error.to_string()),
                }
            }
        });
}

#[test]
fn references_of_any_text_are_taken_or_refused_in_print() {
    let words = [
        "ghcr.io",
        "localhost",
        ":5000",
        "/",
        "acme",
        ":",
        "1.4",
        "@sha256:",
        "0123456789abcdef0123456789abcdef",
        "..",
        "[::1]",
        "A",
        "_",
        "-",
        ".",
    ];
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(64)
        .for_each(|bytes: &[u8]| {
            for text in [near(bytes, &words), String::from_utf8_lossy(bytes).into_owned()] {
                match OciReference::parse(&text) {
                    Ok(reference) => {
                        assert_eq!(OciReference::parse(&reference.to_string()), Ok(reference.clone()));
                        assert!(!reference.name().contains("..") && reference.repository().len() <= 255);
                    }
                    Err(error) => assert_printable(&error),
                }
            }
        });
}

/// What a container was given is kept in a file, which a broken disk or another version may have written.
#[test]
fn kept_results_of_any_text_are_read_or_refused() {
    let digest = Digest::of(b"").to_string();
    let words = [
        "{\"scheme\":1,\"env\":{\"A\":\"",
        &digest,
        "\"},\"args\":null,\"directories\":[\"/a\"],\"mounts\":{},\"files\":{\"/a/f\":\"",
        "\"}}",
        "{\"key shop/web port\":",
        "{\"keys shop/web\":\"",
        "\"node-label zone\":null",
        "}",
        "1:",
        "\\u001b",
        "\"",
        ",",
    ];
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(64)
        .for_each(|bytes: &[u8]| {
            let text = near(bytes, &words);
            if let Ok(outline) = serde_json::from_str::<Outline>(&text) {
                let difference = Outline::default().difference(&outline);
                for name in [difference.env, difference.mounts, difference.files].concat() {
                    assert!(!name.chars().any(text::is_unprintable), "{name:?}");
                }
            }
            if let Ok(sources) = serde_json::from_str::<Sources>(&text) {
                for source in sources.0.keys() {
                    assert_printable(&source.to_string());
                }
            }
            assert!(Part::parse(&text).is_none_or(|part| part.to_string() == text));
        });
}

#[test]
fn any_text_is_made_printable_and_searched_for() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(300)
        .for_each(|bytes: &[u8]| {
            let raw = String::from_utf8_lossy(bytes);
            for shown in [
                format!("x{}", text::printable(&raw, 100)),
                text::quoted(&raw),
                text::list([raw.as_ref()]),
                text::did_you_mean(&raw, [raw.as_ref()]) + "x",
            ] {
                assert_printable(&shown);
            }
            assert!(text::printable(&raw, 100).len() <= 100 + 16);
            let expanded = expansion::expand(&raw, raw.len(), |_| None);
            assert!(expanded.is_some_and(|expanded| expanded.len() <= raw.len()));
            assert!(yaml::document(&raw).map_or_else(|error| error.to_string().len() < 1000, |_| true));
        });
}
