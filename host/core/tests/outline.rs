//! Checks outlines: each output is in exactly one part, a difference has names and no values, and what was
//! computed in another way is never taken for a difference.

mod support;

use podweave_core::binding::{FileMount, Render};
use podweave_core::digest::Digest;
use podweave_core::outline::{Difference, Outline, Part, SCHEME};
use proptest::prelude::*;
use support::{MARKER, Set, merged, render, rendered};

fn mounting(target: &str) -> Render {
    Render {
        file_mounts: vec![FileMount {
            rendered: "f".to_owned(),
            target: target.to_owned(),
        }],
        ..render()
    }
}

fn outline_of(render: &Render, set: Set) -> Outline {
    let rendered = merged(&[(render, set)]).unwrap_or_else(|error| panic!("{error}"));
    Outline::clone(&rendered.outline)
}

fn outline(set: Set) -> Outline {
    outline_of(&render(), set)
}

fn everything() -> Set {
    Set::default()
        .env("A", "1")
        .expand_env("B", "$(X)")
        .append("-v")
        .file("dir/f", "hi")
        .mode("dir/f", 0o400)
        .file("f", "ho")
}

#[test]
fn parts_are_known_values_on_every_machine() {
    let everything = outline_of(&mounting("/app/f"), everything());
    let known = [
        Outline::default().fixed(),
        Outline::default().files(),
        everything.fixed(),
        everything.files(),
    ];
    assert_eq!(
        known.map(|part| part.to_string()),
        KNOWN,
        "a part that changes needs another scheme"
    );
}

/// Computed by a script in another language, from the definition.
const KNOWN: [&str; 4] = [
    "1:sha256:a28858edc1a2267d41edb8680ce56a1ab68a2466de33e5847292a895bb79d3c6",
    "1:sha256:ff860dfea65d021791ef1dbd20f3701fff38708a09bbc9c0dfc274f56c244eef",
    "1:sha256:71e9f7826980900108ffe91fdcf63b45f622aa1afb60e39bcdff9f153bb28845",
    "1:sha256:a9643d335afbb586041db9720047363b5d372504e43e0cbe4223417416ae25f0",
];

/// Each row: a result, another one, whether the fixed parts differ, and whether the files do.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_output_is_in_one_part() {
    let file = || Set::default().file("f", "hi");
    let elsewhere = Render {
        files_directory: "/etc/other".to_owned(),
        ..render()
    };
    let (plain, mount) = (render(), mounting("/app/f"));
    let none = Set::default;
    let table = [
        (&plain, none().env("A", "1"), &plain, none(), true, false),
        (
            &plain,
            none().env("A", "1"),
            &plain,
            none().env("A", "2"),
            true,
            false,
        ),
        (
            &plain,
            none().env("A", "1"),
            &plain,
            none().env("B", "1"),
            true,
            false,
        ),
        (
            &plain,
            none().env("A", "1"),
            &plain,
            none().expand_env("A", "1"),
            true,
            false,
        ),
        (&plain, none().append("1"), &plain, none(), true, false),
        (
            &plain,
            none().append("1"),
            &plain,
            none().append("1").append("2"),
            true,
            false,
        ),
        (
            &plain,
            none().append("1"),
            &plain,
            none().replace(&["1"]),
            true,
            false,
        ),
        (&plain, none().replace(&[]), &plain, none(), true, false),
        (&plain, file(), &plain, none().file("f", "ho"), false, true),
        (&plain, file(), &plain, file().mode("f", 0o400), false, true),
        (&plain, file(), &plain, none().file("g", "hi"), false, true),
        (&plain, file(), &plain, file().file("g", "hi"), false, true),
        (&plain, file(), &plain, none(), true, true),
        (&plain, file(), &elsewhere, file(), true, true),
        (&plain, file(), &mount, file(), true, false),
        (&mount, file(), &mounting("/app/g"), file(), true, false),
        (&mount, file(), &mount, none().file("f", "ho"), true, true),
        (&mount, file(), &mount, file().mode("f", 0o400), true, true),
        (&mount, file(), &mount, file().file("g", "hi"), false, true),
        (&mount, everything(), &mount, everything(), false, false),
    ];
    for (row, (render, set, other_render, other_set, fixed, files)) in table.into_iter().enumerate() {
        let (one, other) = (outline_of(render, set), outline_of(other_render, other_set));
        assert_eq!(one.fixed().compare(&other.fixed()), Some(!fixed), "row {row}");
        assert_eq!(one.files().compare(&other.files()), Some(!files), "row {row}");
        let difference = one.difference(&other);
        assert_eq!(difference.is_fixed(), fixed, "row {row}: {difference:?}");
        assert_eq!(!difference.files.is_empty(), files, "row {row}: {difference:?}");
    }
}

#[test]
fn a_difference_names_what_comes_goes_and_changes() {
    let before = Set::default()
        .env("GONE", "1")
        .env("KEPT", "1")
        .env("PORT", "1")
        .file("f", "1")
        .file("gone", "1")
        .file("kept", "1");
    let after = Set::default()
        .env("ADDED", "1")
        .env("KEPT", "1")
        .env("PORT", "2")
        .append("-v")
        .file("added", "1")
        .file("f", "2")
        .file("kept", "1");
    let elsewhere = Render {
        files_directory: "/etc/more".to_owned(),
        ..render()
    };
    let (mount, one) = (mounting("/app/f"), Set::default().file("one", "1"));
    let before = outline_of(&mount, before);
    let after = merged(&[(&mount, after), (&elsewhere, one)]).expect("they fit together");
    let expected = Difference {
        env: ["ADDED", "GONE", "PORT"].map(str::to_owned).into(),
        args: true,
        mounts: ["/app/f", "/etc/more"].map(str::to_owned).into(),
        files: [
            "/etc/more/one",
            "/etc/podweave/added",
            "/etc/podweave/f",
            "/etc/podweave/gone",
        ]
        .map(str::to_owned)
        .into(),
    };
    assert_eq!(before.difference(&after.outline), expected);
    assert_eq!(after.outline.difference(&before), expected, "the other way round");
    let json = serde_json::to_string(&expected).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Difference>(&json).expect("a difference"),
        expected
    );
}

#[test]
fn parts_of_two_schemes_cannot_be_compared() {
    let digest = Digest::of(b"");
    let part = |scheme, digest| Part { scheme, digest };
    assert_eq!(part(1, digest).compare(&part(1, digest)), Some(true));
    assert_eq!(part(1, digest).compare(&part(1, Digest::of(b"x"))), Some(false));
    assert_eq!(part(1, digest).compare(&part(2, digest)), None);
    assert_eq!(part(1, digest).compare(&part(2, Digest::of(b"x"))), None);
}

#[test]
fn a_part_is_read_as_it_is_written() {
    let part = outline(everything()).fixed();
    let text = part.to_string();
    assert!(text.starts_with(&format!("{SCHEME}:sha256:")), "{text}");
    assert_eq!(Part::parse(&text), Some(part));
    assert_eq!(
        serde_json::from_value::<Part>(serde_json::json!(text)).expect("a part"),
        part
    );
    let digest = part.digest;
    for wrong in [
        String::new(),
        digest.to_string(),
        format!(":{digest}"),
        format!("+1:{digest}"),
        format!("01:{digest}"),
        format!("-1:{digest}"),
        format!("4294967296:{digest}"),
        format!("1:{digest} "),
        format!("1:{}", digest.hex()),
    ] {
        assert_eq!(Part::parse(&wrong), None, "{wrong}");
    }
}

#[test]
fn an_outline_is_kept_without_any_value() {
    let set = Set::default().env("A", MARKER).append(MARKER).file("f", MARKER);
    let outline = outline_of(&mounting("/app/f"), set);
    let json = serde_json::to_string(&outline).expect("JSON");
    assert!(
        !json.contains(MARKER) && !format!("{outline:?}").contains(MARKER),
        "{json}"
    );
    assert_eq!(
        serde_json::from_str::<Outline>(&json).expect("an outline"),
        outline
    );
}

#[test]
fn an_outline_of_another_scheme_is_not_read() {
    let written = serde_json::to_value(outline(everything())).expect("JSON");
    for scheme in [
        serde_json::json!(SCHEME + 1),
        serde_json::json!(0),
        serde_json::json!(null),
    ] {
        let mut other = written.clone();
        other["scheme"] = scheme;
        assert!(serde_json::from_value::<Outline>(other).is_err());
    }
    let mut other = written;
    other.as_object_mut().expect("an object").remove("scheme");
    assert!(serde_json::from_value::<Outline>(other).is_err());
}

#[test]
fn names_that_a_terminal_would_obey_are_not_read() {
    for field in ["env", "mounts", "files"] {
        let mut written = serde_json::to_value(Outline::default()).expect("JSON");
        written[field] = serde_json::json!({ "/a\u{1b}[2J": Digest::of(b"").to_string() });
        assert!(serde_json::from_value::<Outline>(written).is_err(), "{field}");
    }
    let mut written = serde_json::to_value(Outline::default()).expect("JSON");
    written["directories"] = serde_json::json!(["/a\u{202e}"]);
    assert!(serde_json::from_value::<Outline>(written).is_err());
}

#[test]
fn the_memory_of_a_result_includes_its_outline() {
    let rendered = rendered(everything());
    let names: usize = [
        "A",
        "B",
        "/etc/podweave",
        "/etc/podweave/dir/f",
        "/etc/podweave/f",
    ]
    .iter()
    .map(|name| name.len())
    .sum();
    assert!(rendered.outline.bytes() > names + 5 * size_of::<Digest>());
    assert!(rendered.bytes() > rendered.outline.bytes() + "1$(X)-vhiho".len());
}

type Values = Vec<(String, String)>;

fn values(names: &'static str) -> impl Strategy<Value = Values> {
    prop::collection::btree_map(names, "[ab]", 0..4).prop_map(|map| map.into_iter().collect())
}

fn any_outline() -> impl Strategy<Value = Outline> {
    (
        values("[A-C]"),
        values("[f-h]"),
        prop::option::of("[ab]"),
        any::<bool>(),
    )
        .prop_map(|(env, files, arg, is_mounted)| {
            let set = env
                .iter()
                .fold(Set::default(), |set, (name, value)| set.env(name, value));
            let set = files.iter().fold(set, |set, (path, text)| set.file(path, text));
            let set = arg.into_iter().fold(set, |set, arg| set.append(&arg));
            let has_f = files.iter().any(|(path, _)| path == "f");
            let render = if is_mounted && has_f {
                mounting("/app/f")
            } else {
                render()
            };
            outline_of(&render, set)
        })
}

proptest! {
    #[test]
    fn difference_and_parts_agree(one in any_outline(), other in any_outline()) {
        let difference = one.difference(&other);
        prop_assert_eq!(difference.is_fixed(), one.fixed() != other.fixed());
        prop_assert_eq!(difference.files.is_empty(), one.files() == other.files());
        prop_assert_eq!(difference.is_empty(), one == other);
        for names in [&difference.env, &difference.mounts, &difference.files] {
            prop_assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once: {:?}", names);
        }
    }
}
