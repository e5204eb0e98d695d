//! What other plugins may do in an opted-in pod, and what they may not.

use podweave_agent::guard::refusal::Refusal;
use podweave_nri::Adjustment;
use podweave_nri::api::{ContainerAdjustment, KeyValue, PosixRlimit};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::creation::{AGENT, Change, Creation, mount, nothing};

/// A container that gets two variables, arguments and two mounts.
fn rendered() -> Creation {
    Creation::opted_in().marked(|adjustment| {
        let adjustment = adjustment
            .env("PORT", "80")?
            .env("HOST", "::")?
            .args(vec!["/bin/web".into()])?;
        adjustment
            .mount(mount("/etc/podweave"))?
            .mount(mount("/etc/app.conf"))
    })
}

fn changed_by(plugin: &str) -> Result<(), Refusal> {
    Err(Refusal::Changed {
        others: vec![plugin.to_owned()],
    })
}

#[test]
fn additions_of_other_plugins_are_accepted() {
    let added = rendered().then("60-other", |adjustment| {
        adjustment
            .env("TRACE", "1")?
            .mount(mount("/var/trace"))?
            .annotation("example.org/traced", "yes")?;
        adjustment
            .rlimit(PosixRlimit {
                r#type: "RLIMIT_NOFILE".into(),
                hard: 1,
                soft: 1,
            })?
            .remove_env("NOT_OURS")?;
        // Above podweave's: the runtime mounts it first.
        adjustment
            .mount(mount("/etc"))?
            .mount(mount("/etc/podweave-other"))
    });
    assert_eq!(added.judge(), Ok(()));
    let wrapped = Creation::opted_in()
        .marked(nothing)
        .then("60-other", |adjustment| {
            adjustment.args(vec!["/bin/wrapper".into()])
        });
    assert_eq!(wrapped.judge(), Ok(()), "podweave sets no arguments here");
    let before = Creation::opted_in().then("10-other", |adjustment| {
        adjustment.env("TRACE", "1")?.mount(mount("/var/trace"))
    });
    assert_eq!(
        before.marked(|adjustment| adjustment.env("PORT", "80")).judge(),
        Ok(())
    );
}

#[test]
fn changes_of_podweaves_settings_are_refused() {
    let changes: [Change; 6] = [
        |adjustment| adjustment.replace_env("PORT", "81"),
        // Even to the same value: the next time it may be another one.
        |adjustment| adjustment.replace_env("PORT", "80"),
        |adjustment| adjustment.remove_env("HOST"),
        |adjustment| adjustment.replace_args(vec!["/bin/wrapper".into(), "/bin/web".into()]),
        |adjustment| adjustment.remove_mount("/etc/podweave"),
        |adjustment| adjustment.remove_mount("/etc/app.conf"),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        assert_eq!(
            rendered().then("60-other", change).judge(),
            changed_by("60-other"),
            "{index}"
        );
    }
    // A removal and an addition in one answer replace.
    let mut replaced = rendered();
    let mounts = vec![
        podweave_nri::api::Mount {
            destination: "-/etc/podweave".into(),
            ..Default::default()
        },
        mount("/etc/podweave"),
    ];
    replaced
        .adjust(
            "60-other",
            ContainerAdjustment {
                mounts,
                ..Default::default()
            },
        )
        .unwrap();
    assert_eq!(replaced.judge(), changed_by("60-other"));
    assert_eq!(
        replaced.refusal(),
        "an NRI plugin changes variables, arguments or mounts that podweave has set (others that change this container: \"60-other\"); configure that \
         plugin so that it leaves them alone, or remove it from the node"
    );
}

#[test]
fn mounts_over_rendered_files_are_refused_in_any_spelling() {
    for destination in [
        "/etc/podweave/",
        "/etc/podweave/app.yaml",
        "/etc//podweave/a",
        "/etc/./podweave",
        "/var/../etc/podweave/x",
        "//etc/app.conf/",
    ] {
        for (first, creation) in [
            (
                false,
                rendered().then("60-other", |adjustment| adjustment.mount(mount(destination))),
            ),
            (
                true,
                Creation::opted_in()
                    .then("60-other", |adjustment| adjustment.mount(mount(destination)))
                    .marked(|adjustment| {
                        adjustment
                            .mount(mount("/etc/podweave"))?
                            .mount(mount("/etc/app.conf"))
                    }),
            ),
        ] {
            let Err(Refusal::Hidden { plugin, theirs, .. }) = creation.judge() else {
                panic!("{destination}, first: {first}: {:?}", creation.judge())
            };
            assert_eq!((plugin.as_str(), theirs.as_str()), ("60-other", destination));
        }
    }
}

/// The changes of a plugin, in places where podweave and others meet.
#[derive(Debug, Clone)]
enum Deed {
    Env {
        key: usize,
        value: u8,
        removes: bool,
        adds: bool,
    },
    Mount {
        destination: usize,
        source: u8,
        removes: bool,
        adds: bool,
    },
    Args {
        value: u8,
        replaces: bool,
    },
    Annotation {
        key: usize,
        removes: bool,
        adds: bool,
    },
}

const VARIABLES: [&str; 4] = ["PORT", "HOST", "TRACE", "-"];
const DESTINATIONS: [&str; 8] = [
    "/etc/podweave",
    "/etc/app.conf",
    "/etc",
    "/etc/podweave/x",
    "/etc/podweave/",
    "/data",
    "/data/../etc/podweave/y",
    "/etc/podweave2",
];
const ANNOTATIONS: [&str; 3] = ["podweave.dev/rendered", "podweave.dev/seal", "example.org/a"];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let env =
        (0..VARIABLES.len(), 0..2u8, any::<bool>(), any::<bool>()).prop_map(|(key, value, removes, adds)| {
            Deed::Env {
                key,
                value,
                removes,
                adds,
            }
        });
    let mount = (0..DESTINATIONS.len(), 0..2u8, any::<bool>(), any::<bool>()).prop_map(
        |(destination, source, removes, adds)| Deed::Mount {
            destination,
            source,
            removes,
            adds,
        },
    );
    let args = (0..2u8, any::<bool>()).prop_map(|(value, replaces)| Deed::Args { value, replaces });
    let annotation = (0..ANNOTATIONS.len(), any::<bool>(), any::<bool>())
        .prop_map(|(key, removes, adds)| Deed::Annotation { key, removes, adds });
    vec(
        prop_oneof![4 => env, 4 => mount, 1 => args, 1 => annotation],
        0..3,
    )
}

fn answer(deeds: &[Deed]) -> ContainerAdjustment {
    let mut answer = ContainerAdjustment::default();
    let variable = |key: &str, value: u8| KeyValue {
        key: key.to_owned(),
        value: value.to_string(),
    };
    for deed in deeds {
        match *deed {
            Deed::Env {
                key,
                value,
                removes,
                adds,
            } => {
                answer
                    .env
                    .extend(removes.then(|| variable(&format!("-{}", VARIABLES[key]), 0)));
                answer.env.extend(adds.then(|| variable(VARIABLES[key], value)));
            }
            Deed::Mount {
                destination,
                source,
                removes,
                adds,
            } => {
                let of = |destination: &str| podweave_nri::api::Mount {
                    source: source.to_string(),
                    ..mount(destination)
                };
                answer
                    .mounts
                    .extend(removes.then(|| of(&format!("-{}", DESTINATIONS[destination]))));
                answer.mounts.extend(adds.then(|| of(DESTINATIONS[destination])));
            }
            Deed::Args { value, replaces } => {
                answer.args = replaces
                    .then(String::new)
                    .into_iter()
                    .chain([value.to_string()])
                    .collect()
            }
            Deed::Annotation { key, removes, adds } => {
                answer
                    .annotations
                    .extend(removes.then(|| (format!("-{}", ANNOTATIONS[key]), String::new())));
                answer
                    .annotations
                    .extend(adds.then(|| (ANNOTATIONS[key].to_owned(), "x".to_owned())));
            }
        }
    }
    answer
}

/// Whether the container gets and sees everything that the agent has set. Computed from the runtime's result,
/// not from the owners.
fn is_intact(creation: &Creation, agent: &ContainerAdjustment) -> bool {
    let adjust = creation.request.adjust.as_ref().expect("there is one");
    let env = agent.env.iter().all(|ours| {
        adjust
            .env
            .iter()
            .filter(|variable| variable.key == ours.key)
            .eq([ours])
    });
    let args = agent.args.is_empty() || adjust.args == agent.args;
    let mounts = agent.mounts.iter().all(|ours| {
        let place = |destination: &str| {
            std::path::Path::new("/")
                .join(destination.replace("/data/..", ""))
                .components()
                .collect::<std::path::PathBuf>()
        };
        let over = |other: &&podweave_nri::api::Mount| {
            !other.destination.starts_with('-')
                && place(&other.destination).starts_with(place(&ours.destination))
        };
        adjust.mounts.iter().filter(over).eq([ours])
    });
    let annotations = agent.annotations.iter().all(|(key, value)| {
        adjust.annotations.get(key) == Some(value) && !adjust.annotations.contains_key(&format!("-{key}"))
    });
    env && args && mounts && annotations
}

/// Whether a plugin changes nothing that the agent sets.
fn keeps_away(answer: &ContainerAdjustment, agent: &ContainerAdjustment) -> bool {
    let bare = |key: &str| key.strip_prefix('-').unwrap_or(key).to_owned();
    answer
        .env
        .iter()
        .all(|variable| agent.env.iter().all(|ours| bare(&variable.key) != ours.key))
        && (answer.args.is_empty() || agent.args.is_empty())
        && answer
            .mounts
            .iter()
            .all(|mount| ["/etc", "/data", "/etc/podweave2"].contains(&&*bare(&mount.destination)))
        && answer
            .annotations
            .keys()
            .all(|key| !agent.annotations.contains_key(&bare(key)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn accepted_creations_are_intact_and_harmless_ones_are_accepted(
        sets in (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
        before in deeds(),
        after in deeds(),
        last in deeds(),
    ) {
        let mut agent = Adjustment::default();
        if sets.0 {
            agent.env("PORT", "0").unwrap();
        }
        if sets.1 {
            agent.env("HOST", "0").unwrap().mount(mount("/etc/app.conf")).unwrap();
        }
        if sets.2 {
            agent.args(vec!["0".to_owned()]).unwrap();
        }
        if sets.3 {
            agent.mount(mount("/etc/podweave")).unwrap();
        }
        podweave_agent::for_tests::seal::mark(&mut agent, "sha256:abc").unwrap();
        let agent = agent.into_message();
        let others = [answer(&before), answer(&after), answer(&last)];

        let mut creation = Creation::opted_in();
        let [first, second, third] = others.clone();
        let adjusted = creation
            .adjust("10-first", first)
            .and_then(|()| creation.adjust(AGENT, agent.clone()))
            .and_then(|()| creation.adjust("60-second", second))
            .and_then(|()| creation.adjust("70-third", third));
        if adjusted.is_err() {
            return Ok(());
        }
        let verdict = creation.judge();
        if verdict.is_ok() {
            prop_assert!(is_intact(&creation, &agent), "{:?}", creation.request.adjust);
        }
        if others.iter().all(|answer| keeps_away(answer, &agent)) {
            prop_assert_eq!(verdict, Ok(()));
        }
    }
}
