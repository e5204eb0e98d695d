//! Runs what a hostile plugin can do at run time: each attack ends in one clear error within its limit, and
//! the next render works ([`support::Bench::error_of`] checks that after each).

mod support;

use std::time::Duration;

use podweave_core::inputs::InputError;
use podweave_core::outputs::OutputError;
use podweave_sandbox::{Level, RenderError};
use serde_json::json;
use support::{Bench, variable};

#[test]
fn an_endless_loop_ends_when_its_time_is_over() {
    for mut bench in Bench::both() {
        bench.limits.time = Duration::from_millis(50);
        let plugin = bench.attacker();
        let error = bench.error_of(&plugin, &json!({ "attack": "loop" }));
        assert_eq!(
            error,
            RenderError::Time {
                limit: Duration::from_millis(50)
            }
        );
        assert!(error.to_string().contains("longer than 50 ms"), "{error}");
    }
}

#[test]
fn an_endless_loop_does_not_block_other_renders_of_its_thread() {
    let bench = Bench::pooling();
    let plugin = bench.attacker();
    let limits = std::sync::Arc::new(bench.limits.clone());
    let render = |attack: &str| {
        bench.sandbox.render(
            &plugin,
            support::inputs(support::pod(), support::settings(), &json!({ "attack": attack })),
            &limits,
            Default::default(),
        )
    };
    let first = support::block_on(async {
        let (endless, usual) = (std::pin::pin!(render("loop")), std::pin::pin!(render("none")));
        let mut endless = endless;
        let mut usual = usual;
        std::future::poll_fn(|context| {
            use std::task::Poll;
            if let Poll::Ready(outcome) = endless.as_mut().poll(context) {
                return Poll::Ready(("endless", outcome));
            }
            usual.as_mut().poll(context).map(|outcome| ("usual", outcome))
        })
        .await
    });
    assert_eq!(first.0, "usual");
    assert!(first.1.result.is_ok());
}

#[test]
fn endless_recursion_is_a_crash_that_says_so() {
    for bench in Bench::both() {
        let error = bench.error_of(&bench.attacker(), &json!({ "attack": "stack" }));
        let RenderError::Trap(trap) = &error else {
            panic!("{error}")
        };
        assert!(trap.reason.contains("recursion"), "{error}");
    }
}

#[test]
fn memory_beyond_the_limit_ends_the_render_with_that_reason() {
    for bench in [Bench::on_demand(), Bench::pooling()] {
        let error = bench.error_of(&bench.attacker(), &json!({ "attack": "memory" }));
        assert_eq!(
            error,
            RenderError::Memory {
                limit: 64 * 1024 * 1024
            }
        );
    }
}

#[test]
fn endless_misses_and_endless_calls_are_counted() {
    for bench in Bench::both() {
        let plugin = bench.attacker();
        for attack in ["endless-misses", "endless-calls"] {
            let error = bench.error_of(&plugin, &json!({ "attack": attack }));
            assert!(
                matches!(error, RenderError::Copied { .. } | RenderError::Time { .. }),
                "{attack}: {error}"
            );
        }
    }
}

#[test]
fn a_sleeping_guest_ends_when_its_time_is_over() {
    for mut bench in Bench::both() {
        bench.limits.time = Duration::from_millis(50);
        let error = bench.error_of(
            &bench.attacker_with_wasi(),
            &json!({ "attack": "sleep", "seconds": 3600 }),
        );
        assert_eq!(
            error,
            RenderError::Time {
                limit: Duration::from_millis(50)
            }
        );
    }
}

#[test]
fn a_flood_of_log_lines_is_cut_and_the_render_goes_on() {
    for bench in Bench::both() {
        let outcome = bench.attack(
            &bench.attacker(),
            &json!({ "attack": "log-flood", "lines": 10_000, "bytes": 1000 }),
        );
        let logged: usize = outcome.log.iter().map(|line| line.message.len()).sum();
        assert!(logged <= bench.limits.log_bytes + 1100, "{logged}");
        assert!(outcome.log.last().unwrap().message.contains("dropped"));
        assert_eq!(variable(&outcome.result.unwrap(), "RENDERED"), "yes");
    }
}

#[test]
fn a_hundred_megabytes_of_log_end_the_render() {
    for bench in Bench::both() {
        let error = bench.error_of(
            &bench.attacker(),
            &json!({ "attack": "log-flood", "lines": 100, "bytes": 1024 * 1024 }),
        );
        assert_eq!(
            error,
            RenderError::Copied {
                limit: 32 * 1024 * 1024
            }
        );
    }
}

#[test]
fn a_flood_of_standard_error_is_cut_without_a_panic() {
    for mut bench in Bench::both() {
        bench.limits.time = Duration::from_secs(60);
        let outcome = bench.attack(
            &bench.attacker_with_wasi(),
            &json!({ "attack": "stderr-flood", "bytes": 20 * 1024 * 1024 }),
        );
        assert!(outcome.log.iter().any(|line| line.level == Level::Stderr));
        let logged: usize = outcome.log.iter().map(|line| line.message.len()).sum();
        assert!(logged <= bench.limits.log_bytes + 1100, "{logged}");
        assert_eq!(variable(&outcome.result.unwrap(), "RENDERED"), "yes");
    }
}

#[test]
fn a_panic_shows_its_message_and_the_last_reads() {
    for bench in Bench::both() {
        for plugin in [bench.attacker(), bench.attacker_with_wasi()] {
            let error = bench.error_of(
                &plugin,
                &json!({ "attack": "panic", "message": "the upstreams are empty" }),
            );
            let RenderError::Trap(trap) = &error else {
                panic!("{error}")
            };
            assert!(
                trap.said
                    .as_deref()
                    .unwrap_or_default()
                    .contains("the upstreams are empty"),
                "{error}"
            );
        }
    }
}

#[test]
fn an_exit_is_a_crash_with_its_status() {
    for bench in Bench::both() {
        let error = bench.error_of(
            &bench.attacker_with_wasi(),
            &json!({ "attack": "exit", "status": 1 }),
        );
        assert!(error.to_string().contains("exited with status 1"), "{error}");
    }
}

#[test]
fn text_of_a_plugin_cannot_steer_a_terminal_or_forge_a_line() {
    for bench in Bench::both() {
        let outcome = bench.attack(&bench.attacker(), &json!({ "attack": "control" }));
        let error = outcome.result.unwrap_err().to_string();
        let logged = &outcome
            .log
            .iter()
            .find(|line| line.level == Level::Warn)
            .unwrap()
            .message;
        for text in [&error, logged] {
            assert!(
                !text
                    .chars()
                    .any(|character| character.is_control() || character == '\u{202e}'),
                "{text:?}"
            );
        }
        assert!(error.contains("second line"), "{error}");
    }
}

#[test]
fn a_failure_of_a_megabyte_is_cut() {
    for bench in Bench::both() {
        let error = bench.error_of(
            &bench.attacker(),
            &json!({ "attack": "failure", "message": "f".repeat(60_000) }),
        );
        assert!(error.to_string().len() < 9 * 1024, "{}", error.to_string().len());
    }
}

#[test]
fn invalid_names_values_and_paths_end_the_render_at_their_call() {
    for bench in Bench::both() {
        let plugin = bench.attacker();
        let cases = [
            (
                json!({ "attack": "env", "name": "A=B", "value": "" }),
                "contains '='",
            ),
            (
                json!({ "attack": "env", "name": "A\u{0}", "value": "" }),
                "not printable ASCII",
            ),
            (json!({ "attack": "env", "name": "", "value": "" }), "empty"),
            (json!({ "attack": "env", "name": "A", "value": "x\u{0}y" }), "NUL"),
            (
                json!({ "attack": "large-env", "variables": 1, "bytes": 128 * 1024 }),
                "128 KiB",
            ),
            (
                json!({ "attack": "large-env", "variables": 32, "bytes": 64 * 1024 }),
                "limit",
            ),
            (json!({ "attack": "arg", "value": "x\u{0}y" }), "NUL"),
            (
                json!({ "attack": "file", "path": "../etc/passwd", "bytes": 1 }),
                "starts with '..'",
            ),
            (
                json!({ "attack": "file", "path": "/etc/passwd", "bytes": 1 }),
                "absolute",
            ),
            (
                json!({ "attack": "file", "path": "a//b", "bytes": 1 }),
                "empty part",
            ),
            (
                json!({ "attack": "file", "path": "a", "bytes": 1024 * 1024 + 1 }),
                "1 MiB",
            ),
            (json!({ "attack": "many-files", "files": 1025 }), "1024 files"),
            (json!({ "attack": "mode", "mode": 0o4755 }), "0o777"),
        ];
        for (attack, expected) in cases {
            let error = bench.error_of(&plugin, &attack);
            assert!(
                matches!(error, RenderError::Output(_)) && error.to_string().contains(expected),
                "{attack}: {error}"
            );
        }
    }
}

#[test]
fn unknown_arguments_cannot_be_replaced() {
    for bench in Bench::both() {
        let mut pod = support::pod();
        pod.containers[0].command = None;
        let outcome = bench.render(
            &bench.attacker(),
            support::inputs(pod, support::settings(), &json!({ "attack": "replace-args" })),
        );
        assert_eq!(
            outcome.result.unwrap_err(),
            RenderError::Output(OutputError::NothingToReplace)
        );
    }
}

#[test]
fn a_missing_key_ends_the_render_without_showing_a_value() {
    for bench in Bench::both() {
        let error = bench.error_of(&bench.attacker(), &json!({ "attack": "require", "key": "kez" }));
        assert!(
            matches!(error, RenderError::Input(InputError::NoKey { .. })),
            "{error}"
        );
        assert!(
            error.to_string().contains("shop/settings")
                && error.to_string().contains(r#"did you mean "key"?"#),
            "{error}"
        );
        assert!(!error.to_string().contains("value"), "{error}");
    }
}

#[test]
fn nothing_survives_from_one_render_to_the_next() {
    for bench in [Bench::on_demand(), Bench::pooling()] {
        let plugin = bench.attacker();
        for _ in 0..20 {
            let outcome = bench.attack(&plugin, &json!({ "attack": "state" }));
            assert_eq!(variable(&outcome.result.unwrap(), "RENDERS"), "0");
        }
    }
}

#[test]
fn more_renders_than_slots_wait_for_each_other() {
    let bench = Bench::pooling();
    let plugin = bench.attacker();
    let limits = std::sync::Arc::new(bench.limits.clone());
    let outcomes = support::block_on(async {
        let mut renders: Vec<_> = (0..32)
            .map(|_| {
                Box::pin(bench.sandbox.render(
                    &plugin,
                    support::inputs(support::pod(), support::settings(), &json!({ "attack": "none" })),
                    &limits,
                    Default::default(),
                ))
            })
            .collect();
        let mut outcomes = Vec::new();
        // All at once, not one after the other.
        std::future::poll_fn(|context| {
            renders.retain_mut(|render| match render.as_mut().poll(context) {
                std::task::Poll::Ready(outcome) => {
                    outcomes.push(outcome);
                    false
                }
                std::task::Poll::Pending => true,
            });
            if renders.is_empty() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        outcomes
    });
    assert_eq!(outcomes.len(), 32);
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
}

#[test]
fn what_earlier_renders_of_a_container_have_used_counts() {
    for bench in Bench::both() {
        let plugin = bench.attacker();
        let limits = std::sync::Arc::new(bench.limits.clone());
        let render = |path: &str, before| {
            let attack = json!({ "attack": "file", "path": path, "bytes": 700_000 });
            support::block_on(bench.sandbox.render(
                &plugin,
                support::inputs(support::pod(), support::settings(), &attack),
                &limits,
                before,
            ))
        };
        let first = render("a", Default::default());
        assert!(first.result.is_ok());
        assert_eq!((first.usage.file_bytes, first.usage.files), (700_000, 1));
        let second = render("b", first.usage).result.unwrap_err();
        assert!(
            matches!(second, RenderError::Output(OutputError::Limit { .. })),
            "{second}"
        );
    }
}
