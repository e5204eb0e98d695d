//! Checks the decision about a change: each row of the table in docs/annotations.md, and that no history of
//! changes moves a container without a cause, or shows it two renders.

mod histories;
#[path = "../support/mod.rs"]
mod support;
mod world;

use podweave_core::change::{Delivered, Follow, Latest, Running, Source, State};
use podweave_core::outline::Part;
use world::{ALL, START, World, after, decided, running};

const PORT: &str = "key shop/web port";
const TEXT: &str = "key shop/web text";
const NODE: &str = "node-label zone";

/// The newest result, whether the ConfigMap is held, `follow`; the state, whether files are swapped, and the
/// causes.
type Row = (
    World,
    bool,
    &'static [Follow],
    State,
    bool,
    &'static [&'static str],
);

/// Each row of the table in which there is a newest result.
#[test]
fn each_row_of_the_table() {
    use Follow::{Files, None, Together};
    use State::{Current, Held, Outdated, Pinned};
    let start = START;
    let nothing = World { unread: 2, ..start };
    let port = World { port: 2, ..start };
    let text = World { text: 2, ..start };
    let both = World {
        port: 2,
        text: 2,
        ..start
    };
    let node = World { node: 2, ..start };
    let upgrade = World { plugin: 2, ..start };
    let pod = World { pod: 2, ..start };
    let table: [Row; 18] = [
        (start, false, &ALL, Current, false, &[]),
        (start, true, &ALL, Current, false, &[]),
        (nothing, false, &ALL, Current, false, &[]),
        (nothing, true, &ALL, Current, false, &[]),
        (upgrade, false, &ALL, Outdated, false, &[]),
        (upgrade, true, &ALL, Outdated, false, &[]),
        (pod, false, &ALL, Outdated, false, &[]),
        (port, true, &ALL, Held, false, &[PORT]),
        (text, true, &ALL, Held, false, &[TEXT]),
        (text, false, &[Together, Files], Current, true, &[TEXT]),
        (port, false, &[Together, Files], Outdated, false, &[PORT]),
        (both, false, &[Together], Outdated, false, &[PORT, TEXT]),
        (both, false, &[Files], Outdated, true, &[PORT, TEXT]),
        (text, false, &[None], Pinned, false, &[TEXT]),
        (port, false, &[None], Pinned, false, &[PORT]),
        (node, false, &[Together, Files], Current, true, &[NODE]),
        // A node has no owner who could hold its labels.
        (node, true, &[Together, Files], Current, true, &[NODE]),
        (node, false, &[None], Pinned, false, &[NODE]),
    ];
    for (row, (latest, is_held, follows, state, swap, causes)) in table.into_iter().enumerate() {
        for follow in follows {
            let decision = after(latest, *follow, is_held);
            let named: Vec<String> = decision.causes.iter().map(Source::to_string).collect();
            assert_eq!(
                (decision.state, decision.swap, named),
                (
                    state,
                    swap,
                    causes.iter().map(|cause| (*cause).to_owned()).collect()
                ),
                "row {row}, {follow:?}"
            );
            assert_eq!(decision.would.is_empty(), state == Current && !swap, "row {row}");
        }
    }
}

#[test]
fn a_render_that_fails_or_is_unknown_keeps_everything() {
    let start = START.render();
    for follow in ALL {
        for (latest, state) in [
            (Latest::Failed, State::Failing),
            (Latest::Unknown, State::Unknown),
        ] {
            let decision = decided(&running(&start, &start), &latest, follow, false);
            assert_eq!((decision.state, decision.swap), (state, false));
            assert!(decision.causes.is_empty() && decision.would.is_empty());
        }
    }
}

#[test]
fn nothing_moves_without_a_baseline() {
    let start = START.render();
    let known = running(&start, &start);
    let fixed = start.outline.fixed();
    let other = World { port: 9, ..START }.render().outline.fixed();
    let unknown = [
        Running::default(),
        Running {
            started: None,
            ..known.clone()
        },
        Running {
            in_place: None,
            ..known.clone()
        },
        Running {
            fixed: None,
            ..known.clone()
        },
        Running {
            fixed: Some(other),
            ..known.clone()
        },
        Running {
            fixed: Some(Part {
                scheme: fixed.scheme + 1,
                ..fixed
            }),
            ..known
        },
    ];
    let latest = World { text: 2, ..START }.render();
    for (row, running) in unknown.iter().enumerate() {
        for latest in [
            Latest::Rendered(&latest),
            Latest::Rendered(&start),
            Latest::Failed,
        ] {
            let decision = decided(running, &latest, Follow::Files, false);
            assert_eq!(
                (decision.state, decision.swap),
                (State::Unknown, false),
                "row {row}"
            );
        }
    }
}

#[test]
fn an_upgrade_with_a_change_follows_for_the_change() {
    let decision = after(
        World {
            text: 2,
            plugin: 2,
            plugin_in_port: true,
            ..START
        },
        Follow::Together,
        false,
    );
    assert_eq!(
        (decision.state, decision.swap),
        (State::Outdated, false),
        "the variable differs"
    );
    let start = World {
        plugin_in_port: false,
        ..START
    };
    let latest = World {
        text: 2,
        plugin: 2,
        ..start
    }
    .render();
    let decision = decided(
        &running(&start.render(), &start.render()),
        &Latest::Rendered(&latest),
        Follow::Together,
        false,
    );
    assert_eq!((decision.state, decision.swap), (State::Current, true));
}

/// The ConfigMap has changed the variable, which only a new container gets. Now an upgrade changes the file.
#[test]
fn an_upgrade_does_not_move_files_for_an_older_change() {
    let start = START.render();
    let changed = World { port: 2, ..START };
    let latest = World {
        plugin: 2,
        plugin_in_port: false,
        ..changed
    }
    .render();
    let decision = decided(
        &running(&start, &changed.render()),
        &Latest::Rendered(&latest),
        Follow::Files,
        false,
    );
    assert_eq!((decision.state, decision.swap), (State::Outdated, false));
    assert_eq!(decision.would.files, ["/etc/podweave/f"]);
}

#[test]
fn a_reverted_change_is_compared_with_what_is_in_place() {
    let start = START.render();
    let swapped = World { text: 2, ..START }.render();
    let back = decided(
        &running(&start, &swapped),
        &Latest::Rendered(&start),
        Follow::Together,
        false,
    );
    assert_eq!(
        (back.state, back.swap),
        (State::Current, true),
        "the files go back"
    );
    let never = decided(
        &running(&start, &start),
        &Latest::Rendered(&start),
        Follow::Together,
        false,
    );
    assert_eq!((never.state, never.swap), (State::Current, false));
}

#[test]
fn a_container_that_started_without_its_render_is_outdated() {
    let without = Delivered::default();
    let latest = START.render();
    for follow in ALL {
        let decision = decided(
            &running(&without, &without),
            &Latest::Rendered(&latest),
            follow,
            false,
        );
        assert_eq!((decision.state, decision.swap), (State::Outdated, false));
    }
}
