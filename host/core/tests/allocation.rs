//! Measures how much memory binding a pod takes per byte that its author wrote. It has a process of its own,
//! because it counts all allocations.

mod support;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peak_alloc::PeakAlloc;
use podweave_core::binding::{Binding, bindings};
use podweave_core::budget;
use podweave_core::config_map::{self, ConfigMap, SHARE_WITH};
use podweave_core::node::Node;
use podweave_core::pod::{Container, Pod};
use serde_json::{Value, json};
use support::{annotated, assert_printable};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Bytes that binding may take for each byte of annotations and container names. An object of one member (`a:
/// ,` in a list) is four bytes. A B-tree of it takes 700, held twice for a moment while its type changes.
const FOR_A_BYTE: usize = 400;

/// Bytes that it may take in addition: messages, suggestions, and the parser's look-ahead tokens. Those take
/// 600 KiB for a text of a thousand bytes, and no more for a longer one.
const BESIDES: usize = 768 * 1024;

/// The most bytes in total for any annotations: the number of values is limited, too.
const MOST: usize = 24 * 1024 * 1024;

const TIME: Duration = Duration::from_millis(1500);

/// Without this lock, another test's allocations would be counted, too.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the peak of allocated bytes while a pod was bound, and the result.
fn bind(pod: &Pod) -> (usize, Result<Vec<Binding>, String>) {
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    let bound = bindings(pod).map_err(|error| error.to_string());
    (ALLOCATED.peak_usage().saturating_sub(before), bound)
}

fn written(pod: &Pod) -> usize {
    let annotations: usize = pod
        .annotations
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    annotations
        + pod
            .containers
            .iter()
            .map(|container| container.name.len())
            .sum::<usize>()
}

fn assert_bounded(pod: &Pod) -> Result<Vec<Binding>, String> {
    let (peak, bound) = bind(pod);
    let most = (FOR_A_BYTE * written(pod) + BESIDES).min(MOST);
    assert!(
        peak <= most,
        "{peak} bytes for {} written, {most} allowed",
        written(pod)
    );
    if let Err(error) = &bound {
        assert_printable(error);
    }
    bound
}

/// Pairs of levels, each of which mentions the one before ten times: 60 KB that expand to a thousand times as
/// much.
fn aliases(scalar: &str) -> String {
    let repeated = |name: char, times: usize| vec![format!("*{name}"); times].join(", ");
    format!(
        "a: &a \"{scalar}\"\nb: &b [{}]\nc: &c [{}]\nd: [{}]\n",
        repeated('a', 10),
        repeated('b', 10),
        repeated('c', 19)
    )
}

fn containers(pod: &mut Pod, count: usize) {
    pod.containers = (0..count)
        .map(|index| Container {
            name: format!("c{index}"),
            ..Container::default()
        })
        .collect();
}

/// `renders` with 32 entries of 128 optional ConfigMaps each.
fn widest_renders() -> String {
    let maps: Vec<String> = (0..128).map(|index| format!("m{index}?")).collect();
    vec![format!("- {{plugin: handlebars, configMaps: \"{}\"}}\n", maps.join(",")); 32].concat()
}

#[test]
fn aliases_and_escapes_are_counted_expanded() {
    let _alone = alone();
    for scalar in ["x".repeat(60_000), "\\0".repeat(30_000)] {
        let pod = annotated(&[
            ("podweave.dev/plugin", "handlebars"),
            ("podweave.dev/params", &aliases(&scalar)),
        ]);
        let refusal = assert_bounded(&pod).unwrap_err();
        assert!(refusal.contains("aliases make it so"), "{refusal}");
    }
    let renders = format!(
        "- plugin: handlebars\n  params:\n    {}",
        aliases(&"\\0".repeat(100_000)).replace('\n', "\n    ")
    );
    assert!(assert_bounded(&annotated(&[("podweave.dev/renders", &renders)])).is_err());
    let escapes = format!("a: \"{}\"", "\\0".repeat(32_000));
    let refusal = assert_bounded(&annotated(&[
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/params", &escapes),
    ]))
    .unwrap_err();
    assert!(refusal.contains("more than 128 KiB as JSON"), "{refusal}");
}

#[test]
fn parameters_of_many_containers_are_counted_in_sum() {
    let _alone = alone();
    let escapes = format!("a: \"{}\"", "\\0".repeat(10_000));
    let params: Vec<(String, &str)> = ["web", "worker", "migrate", "proxy", "debugger"]
        .map(|name| (format!("{name}.podweave.dev/params"), escapes.as_str()))
        .into();
    let mut annotations: Vec<(&str, &str)> =
        params.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    annotations.extend([
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/containers", "web, worker, migrate, proxy, debugger"),
    ]);
    let refusal = assert_bounded(&annotated(&annotations)).unwrap_err();
    assert!(
        refusal.contains(&format!(
            "more than {} bytes of params",
            budget::POD_PARAMS_JSON_BYTES
        )),
        "{refusal}"
    );
}

#[test]
fn objects_of_one_member_take_most() {
    let _alone = alone();
    for objects in [1000, 10_000, 60_000] {
        let list = format!("[{}]", vec!["a: "; objects].join(","));
        for (field, text) in [
            ("renders", list.clone()),
            ("params", format!("x: {list}")),
            ("renders", format!("[{{plugin: a, params: {{x: {list}}}}}]")),
        ] {
            let text = if field == "params" {
                text.chars().take(60_000).collect()
            } else {
                text
            };
            let _ = assert_bounded(&annotated(
                &[
                    ("podweave.dev/plugin", "handlebars"),
                    (&format!("podweave.dev/{field}"), &text),
                ][usize::from(field == "renders")..],
            ));
        }
    }
}

#[test]
fn a_config_map_takes_what_it_says() {
    let _alone = alone();
    let long = "v".repeat(1000);
    for (keys, value) in [
        (0, ""),
        (1, long.as_str()),
        (900, long.as_str()),
        (config_map::MAX_KEYS, ""),
        (config_map::MAX_KEYS, "v"),
    ] {
        let data: serde_json::Map<String, Value> =
            (0..keys).map(|key| (format!("k{key}"), value.into())).collect();
        let shared = (0..=keys)
            .map(|namespace| format!("n{namespace}"))
            .collect::<Vec<_>>()
            .join(",");
        let metadata = json!({ "name": "web", "namespace": "shop", "annotations": { SHARE_WITH: shared } });
        let manifest = json!({ "kind": "ConfigMap", "metadata": metadata, "data": data });
        // The threads of the test harness allocate, too, now and then.
        let mut measured = [(); 5].map(|()| {
            let before = ALLOCATED.current_usage();
            let config_map = ConfigMap::from_manifest(Node::root(&manifest), "shop").unwrap();
            (ALLOCATED.current_usage().saturating_sub(before), config_map)
        });
        measured.sort_by_key(|(taken, _)| *taken);
        let (taken, ref config_map) = measured[2];
        assert!(
            taken <= config_map.memory_bytes(),
            "{taken} bytes are taken, {} said, for {keys} keys",
            config_map.memory_bytes()
        );
        assert!(
            config_map.memory_bytes() <= 2 * taken + 1024,
            "{taken} bytes are taken, {} said, for {keys} keys",
            config_map.memory_bytes()
        );
    }
}

#[test]
fn faults_below_a_long_key_do_not_repeat_it() {
    let _alone = alone();
    let renders = format!("- {}: [{}]", "k".repeat(60_000), vec![".inf"; 900].join(","));
    assert!(assert_bounded(&annotated(&[("podweave.dev/renders", &renders)])).is_err());
}

#[test]
fn renders_of_many_containers_are_shared_and_counted() {
    let _alone = alone();
    let mut pod = annotated(&[("podweave.dev/renders", &widest_renders())]);
    containers(&mut pod, 1);
    assert_eq!(assert_bounded(&pod).unwrap()[0].renders.len(), 32);
    for count in [2, 500] {
        containers(&mut pod, count);
        let refusal = assert_bounded(&pod).unwrap_err();
        assert!(refusal.contains("4096 mentions of ConfigMaps"), "{refusal}");
    }
    containers(&mut pod, 513);
    assert!(assert_bounded(&pod).unwrap_err().contains("513 containers"));
    let mut pod = annotated(&[
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/params", &format!("a: {}", "x".repeat(60_000))),
    ]);
    containers(&mut pod, 512);
    let bound = assert_bounded(&pod).unwrap();
    assert!(
        bound
            .iter()
            .all(|binding| std::sync::Arc::ptr_eq(&binding.renders[0], &bound[0].renders[0])),
        "one render for all"
    );
}

#[test]
fn too_large_annotations_are_refused_before_they_are_parsed() {
    let _alone = alone();
    let params = "x".repeat(budget::ANNOTATION_BYTES);
    let (peak, bound) = bind(&annotated(&[
        ("podweave.dev/plugin", "handlebars"),
        ("podweave.dev/params", &params),
    ]));
    assert!(bound.unwrap_err().contains("at most 256 KiB"));
    assert!(peak < 16 * 1024, "{peak}");
}

const WORDS: [&str; 24] = [
    "a",
    "a: ",
    "- ",
    "\n",
    "\n  ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "[],",
    "{},",
    "&x ",
    "*x,",
    "&y ",
    "*y,",
    "? ",
    "\"\\0\\0\"",
    "plugin: handlebars",
    "params: ",
    "configMaps: ",
    "m1,",
    "<<: *x",
    "0x1 ",
];

#[test]
fn binding_takes_memory_in_proportion_to_the_annotations() {
    let _alone = alone();
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(96)
        .for_each(|bytes: &[u8]| {
            let (head, tail) = bytes.split_at(bytes.len().min(2));
            let word = |byte: &u8| WORDS[usize::from(*byte) % WORDS.len()];
            let field = ["params", "renders", "config-maps", "file-mounts", "containers"]
                [usize::from(*head.first().unwrap_or(&0)) % 5];
            // The first half once, then the rest repeatedly: this is what an attack looks like.
            let (once, again) = tail.split_at(tail.len() / 2);
            let unit: String = again.iter().map(word).collect();
            let times = if unit.is_empty() {
                0
            } else {
                (usize::from(*head.get(1).unwrap_or(&0)) * 256) / unit.len()
            };
            let text = once.iter().map(word).collect::<String>() + &unit.repeat(times);
            let mut annotations = vec![(format!("podweave.dev/{field}"), text)];
            if field != "renders" {
                annotations.push(("podweave.dev/plugin".to_owned(), "handlebars".to_owned()));
            }
            let annotations: Vec<(&str, &str)> = annotations
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            let _ = assert_bounded(&annotated(&annotations));
        });
}
