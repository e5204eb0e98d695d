//! Checks the merge of several renders into one result: what overrides what, and what conflicts.

mod support;

use podweave_core::binding::{FileMount, Render};
use podweave_core::limits::Limits;
use podweave_core::outputs::Args;
use podweave_core::reference::PluginReference;
use proptest::prelude::*;
use support::{MARKER, Set, assert_printable, merged, merged_within, render, rendered, strings};

fn of_plugin(name: &str) -> Render {
    Render {
        plugin: PluginReference::parse(name).expect("a reference"),
        ..render()
    }
}

fn in_directory(directory: &str) -> Render {
    Render {
        files_directory: directory.to_owned(),
        ..render()
    }
}

fn mounting(mounts: &[(&str, &str)]) -> Render {
    let mounts = mounts.iter().map(|(rendered, target)| FileMount {
        rendered: (*rendered).to_owned(),
        target: (*target).to_owned(),
    });
    Render {
        file_mounts: mounts.collect(),
        ..render()
    }
}

fn set() -> Set {
    Set::default()
}

fn error(renders: &[(&Render, Set)]) -> String {
    merged(renders).expect_err("they do not go together").to_string()
}

fn paths(renders: &[(&Render, Set)]) -> Vec<String> {
    merged(renders)
        .expect("they go together")
        .files()
        .into_iter()
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn a_later_render_overrides_the_variables_of_an_earlier_one() {
    let (one, two) = (render(), render());
    let result = merged(&[
        (&one, set().env("A", "1").env("B", "1")),
        (&two, set().expand_env("B", "$(X)2").env("C", "2")),
    ])
    .expect("a result");
    let env: Vec<_> = result
        .env
        .iter()
        .map(|(name, value)| (name.as_str(), value.text.as_str(), value.expand))
        .collect();
    assert_eq!(env, [("A", "1", false), ("B", "$(X)2", true), ("C", "2", false)]);
    assert_eq!(result.plugins.len(), 2);
}

#[test]
fn two_renders_that_set_arguments_are_an_error_that_names_both() {
    let (one, two, silent) = (of_plugin("one"), of_plugin("two"), of_plugin("silent"));
    let message =
        "two renders of the container (plugins one and two) set its arguments; leave that to one of them";
    assert_eq!(
        error(&[
            (&one, set().append("a")),
            (&silent, set()),
            (&two, set().append("a"))
        ]),
        message
    );
    assert_eq!(
        error(&[(&one, set().replace(&[])), (&two, set().append("a"))]),
        message
    );
    let result = merged(&[(&silent, set().env("A", "1")), (&one, set().append("a"))]).expect("a result");
    assert_eq!(result.args, Args::Append(strings(&["a"])));
}

#[test]
fn files_of_several_renders_lie_in_their_directories() {
    let (one, two) = (in_directory("/etc/one"), in_directory("/etc/one-more"));
    let three = in_directory("/etc/one");
    let all = paths(&[
        (&one, set().file("a", "1")),
        (&two, set().file("a", "2").mode("a", 0o400)),
        (&three, set().file("b/c", "3")),
    ]);
    assert_eq!(all, ["/etc/one-more/a", "/etc/one/a", "/etc/one/b/c"]);
}

#[test]
fn two_renders_cannot_make_one_file() {
    let (one, two) = (of_plugin("one"), of_plugin("two"));
    let message = |path: &str, other: &str| {
        format!(
            "file /etc/podweave/{path} of plugin two collides with /etc/podweave/{other} of another render; give one of the renders another directory (files)"
        )
    };
    assert_eq!(
        error(&[(&one, set().file("a", "x")), (&two, set().file("a", "x"))]),
        message("a", "a"),
        "not even with the same contents"
    );
    assert_eq!(
        error(&[(&one, set().file("a/b", "x")), (&two, set().file("a", "x"))]),
        message("a", "a/b")
    );
    assert_eq!(
        error(&[(&one, set().file("a", "x")), (&two, set().file("a/b", "x"))]),
        message("a/b", "a")
    );
    assert_eq!(
        error(&[
            (&one, set().file("a/b", "x")),
            (&two, set().file("a-b", "x").file("a", "x"))
        ]),
        message("a", "a/b")
    );
}

#[test]
fn one_directory_of_rendered_files_cannot_be_in_another() {
    let (outer, inner) = (in_directory("/etc/web"), in_directory("/etc/web/conf.d"));
    let message = "the directory of rendered files /etc/web/conf.d is inside /etc/web, which is also a directory of rendered files; give one of the renders another directory (files)";
    assert_eq!(
        error(&[(&outer, set().file("a", "x")), (&inner, set().file("a", "x"))]),
        message
    );
    assert_eq!(
        error(&[(&inner, set().file("a", "x")), (&outer, set().file("a", "x"))]),
        message
    );
    assert_eq!(
        paths(&[(&outer, set()), (&inner, set().file("a", "x"))]).len(),
        1,
        "a render without files has no directory"
    );
}

#[test]
fn a_mounted_file_appears_at_its_fixed_path_too() {
    let mount = mounting(&[("app/x.yaml", "/app/x.yaml"), ("app/x.yaml", "/app/copy")]);
    let result =
        merged(&[(&mount, set().file("app/x.yaml", "hi").mode("app/x.yaml", 0o440))]).expect("a result");
    let files: Vec<_> = result
        .files()
        .into_iter()
        .map(|(path, file)| (path, file.contents.clone(), file.mode))
        .collect();
    let expected = ["/app/copy", "/app/x.yaml", "/etc/podweave/app/x.yaml"]
        .map(|path| (path.to_owned(), b"hi".to_vec(), 0o440));
    assert_eq!(files, expected);
}

#[test]
fn a_mount_of_a_missing_file_names_the_rendered_ones() {
    let mount = mounting(&[("b", "/app/b")]);
    assert_eq!(
        error(&[(&mount, set().file("a", "x"))]),
        "file-mounts puts b at /app/b, but plugin handlebars did not render it; it rendered \"a\""
    );
    assert_eq!(
        error(&[(&mount, set())]),
        "file-mounts puts b at /app/b, but plugin handlebars did not render it; it rendered none"
    );
    let other = in_directory("/etc/other");
    assert!(
        error(&[(&other, set().file("b", "x")), (&mount, set())]).contains("it rendered none"),
        "each render mounts its own files"
    );
}

#[test]
fn mounts_collide_neither_with_each_other_nor_with_directories() {
    let (one, two) = (
        mounting(&[("a", "/app/a")]),
        Render {
            files_directory: "/two".to_owned(),
            ..mounting(&[("a", "/app/a")])
        },
    );
    assert_eq!(
        error(&[(&one, set().file("a", "x")), (&two, set().file("a", "x"))]),
        "two rendered files have the same path /app/a; give one of them another path"
    );
    let collides = |target: &str, other: &str| {
        format!("file-mounts puts a file at {target}, which collides with {other}; give it another path")
    };
    let nested = mounting(&[("a", "/app"), ("a", "/app/a")]);
    assert_eq!(
        error(&[(&nested, set().file("a", "x"))]),
        collides("/app/a", "/app")
    );
    let (into, other) = (mounting(&[("a", "/etc/other/new")]), in_directory("/etc/other"));
    let renders = [(&into, set().file("a", "x")), (&other, set().file("b", "x"))];
    assert_eq!(
        error(&renders),
        collides("/etc/other/new", "/etc/other"),
        "it is read-only, and its contents are another's"
    );
    let over = mounting(&[("a", "/etc")]);
    assert_eq!(
        error(&[(&over, set().file("a", "x"))]),
        collides("/etc", "/etc/podweave")
    );
    let beside = mounting(&[("a", "/etc/podweave.conf")]);
    assert_eq!(
        paths(&[(&beside, set().file("a", "x"))]),
        ["/etc/podweave.conf", "/etc/podweave/a"]
    );
}

#[test]
fn a_completed_variable_cannot_refer_to_another_completed_one() {
    let (one, two) = (render(), render());
    let message = "environment variable \"B\" refers to $(A), which is itself completed after the render; write out its parts instead";
    assert_eq!(
        error(&[
            (&one, set().expand_env("A", "$(X)")),
            (&two, set().expand_env("B", "$(A)"))
        ]),
        message
    );
    rendered(
        set()
            .expand_env("A", "$(A):x")
            .expand_env("B", "$$(A)")
            .env("C", "$(A)"),
    );
    merged(&[
        (&one, set().expand_env("A", "$(X)")),
        (&two, set().expand_env("B", "$(A)").env("A", "plain")),
    ])
    .expect("overridden by a plain one");
}

#[test]
fn all_renders_together_stay_within_the_total() {
    let (one, two) = (render(), render());
    let limits = Limits {
        environment_bytes: 200,
        ..Limits::default()
    };
    let long = "x".repeat(80);
    assert!(
        merged_within(
            &[(&one, set().env("A", &long)), (&two, set().append(&long))],
            &limits
        )
        .is_ok()
    );
    let refused = merged_within(
        &[
            (&one, set().env("A", &long)),
            (&two, set().env("B", &long).append("0123456789")),
        ],
        &limits,
    );
    let message = "the rendered environment and arguments of all renders together exceed the limit of 200 B for one container";
    assert_eq!(
        refused.map(|_| ()).map_err(|error| error.to_string()),
        Err(message.to_owned())
    );
    assert!(
        merged_within(
            &[(&one, set().env("A", &long)), (&two, set().env("A", &long))],
            &limits
        )
        .is_ok(),
        "what is overridden does not count"
    );
    let limits = Limits {
        environment_strings: 2,
        ..Limits::default()
    };
    assert!(
        merged_within(
            &[(&one, set().env("A", "x")), (&two, set().env("B", "x"))],
            &limits
        )
        .is_ok()
    );
    let refused = merged_within(
        &[
            (&one, set().env("A", "x")),
            (&two, set().env("B", "x").append("x")),
        ],
        &limits,
    )
    .map(|_| ())
    .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("the limit of 2 variables and arguments"),
        "{refused}"
    );
}

type Variables = Vec<(String, String)>;

fn variables() -> impl Strategy<Value = Variables> {
    prop::collection::btree_map("[A-D]", "[a-z]{0,3}", 0..4).prop_map(|map| map.into_iter().collect())
}

fn setting(variables: &Variables) -> Set {
    variables
        .iter()
        .fold(set(), |set, (name, value)| set.env(name, value))
}

proptest! {
    #[test]
    fn the_last_render_that_sets_a_variable_wins(renders in prop::collection::vec(variables(), 1..6)) {
        let one = render();
        let all: Vec<_> = renders.iter().map(|variables| (&one, setting(variables))).collect();
        let result = merged(&all).expect("variables always go together");
        for name in ["A", "B", "C", "D"] {
            let last = renders.iter().rev().find_map(|render| render.iter().find(|(other, _)| other == name));
            prop_assert_eq!(result.env.get(name).map(|value| &value.text), last.map(|(_, value)| value));
        }
    }

    #[test]
    fn merging_in_groups_gives_what_merging_at_once_gives(a in variables(), b in variables(), c in variables()) {
        let one = render();
        let env = |sets: Vec<Set>| {
            let all: Vec<_> = sets.into_iter().map(|set| (&one, set)).collect();
            let env = merged(&all).expect("variables always go together").env;
            env.into_iter().map(|(name, value)| (name, value.text)).collect::<Variables>()
        };
        let at_once = env(vec![setting(&a), setting(&b), setting(&c)]);
        let left = env(vec![setting(&env(vec![setting(&a), setting(&b)])), setting(&c)]);
        let right = env(vec![setting(&a), setting(&env(vec![setting(&b), setting(&c)]))]);
        prop_assert_eq!(&at_once, &left);
        prop_assert_eq!(&at_once, &right);
    }

    #[test]
    fn merged_files_always_fit_into_one_tree(
        renders in prop::collection::vec(("/[ab](/[ab])?", prop::collection::btree_set("[ab](/[ab])?", 0..3), prop::option::of("/[abc](/[ab]){0,2}")), 1..4),
    ) {
        let asked: Vec<_> = renders.iter().map(|(directory, files, mount)| {
            let mount = files.iter().next().zip(mount.as_ref()).map(|(file, target)| (file.as_str(), target.as_str()));
            Render { files_directory: directory.clone(), ..mounting(mount.as_slice()) }
        }).collect();
        let made = renders.iter().map(|(_, files, _)| {
            let fits = files.iter().filter(|file| !files.iter().any(|other| other.starts_with(&format!("{file}/"))));
            fits.fold(set(), |set, file| set.file(file, MARKER))
        });
        match merged(&asked.iter().zip(made).collect::<Vec<_>>()) {
            Ok(result) => {
                let files: Vec<_> = result.files().into_iter().map(|(path, _)| path).collect();
                for pair in files.windows(2) {
                    prop_assert!(pair[0] < pair[1], "sorted, each once: {files:?}");
                }
                for path in &files {
                    prop_assert!(!files.iter().any(|other| other.starts_with(&format!("{path}/"))), "{files:?}");
                }
            }
            Err(error) => {
                assert_printable(&error.to_string());
                prop_assert!(!error.to_string().contains(MARKER));
            }
        }
    }
}
