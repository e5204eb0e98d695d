//! A plugin that misbehaves as its parameters say: `{"attack": "loop"}`. Built twice: bare, and for WASI.

#![allow(
    unsafe_code,
    reason = "some attacks need pointers that safe code cannot create"
)]

use std::mem::ManuallyDrop;

use podweave_plugin::{Error, Result, inputs, log, outputs, plugin};
use serde::Deserialize;

plugin!(render);

/// What tests replace in the component, to have another release of it.
const RELEASE: &str = "release one";

#[derive(Deserialize)]
#[serde(tag = "attack", rename_all = "kebab-case")]
enum Attack {
    None,
    Loop,
    Stack,
    Memory,
    Grow { mebibytes: usize },
    AliasedList { entries: usize, bytes: usize },
    ManyEntries { entries: usize },
    EndlessMisses,
    EndlessCalls,
    Sleep { seconds: u64 },
    LogFlood { lines: usize, bytes: usize },
    StderrFlood { bytes: usize },
    Panic { message: String },
    Exit { status: i32 },
    Failure { message: String },
    Control,
    Env { name: String, value: String },
    LargeEnv { variables: usize, bytes: usize },
    Arg { value: String },
    ReplaceArgs,
    File { path: String, bytes: usize },
    ManyFiles { files: usize },
    Mode { mode: u32 },
    Require { key: String },
    Facts,
    Release,
    State,
    Nondeterminism,
}

#[expect(clippy::too_many_lines, reason = "a table of attacks")]
fn render() -> Result<()> {
    match inputs::params::<Attack>()? {
        Attack::None => outputs::env("RENDERED", "yes"),
        Attack::Loop => {
            let mut turns = 0_u64;
            loop {
                turns = std::hint::black_box(turns + 1);
            }
        }
        Attack::Stack => outputs::env("DEPTH", &recurse(1).to_string()),
        Attack::Memory => {
            let mut kept = Vec::new();
            loop {
                kept.push(std::hint::black_box(vec![1_u8; 1024 * 1024]));
            }
        }
        Attack::Grow { mebibytes } => {
            log::info("grows");
            outputs::env("APP", &inputs::label("app").unwrap_or_default());
            let grown: Vec<Vec<u8>> = (0..mebibytes)
                .map(|_| std::hint::black_box(vec![1_u8; 1024 * 1024]))
                .collect();
            outputs::env("RENDERED", &grown.len().to_string());
        }
        Attack::AliasedList { entries, bytes } => {
            let text = "x".repeat(bytes);
            // Every entry is the same buffer: the guest pays once, the host for each entry.
            let list: Vec<ManuallyDrop<String>> = (0..entries)
                .map(|_| {
                    ManuallyDrop::new(unsafe {
                        String::from_raw_parts(text.as_ptr().cast_mut(), text.len(), text.len())
                    })
                })
                .collect();
            let list = ManuallyDrop::new(list);
            outputs::replace_args(unsafe {
                std::slice::from_raw_parts(list.as_ptr().cast::<String>(), list.len())
            });
        }
        Attack::ManyEntries { entries } => outputs::replace_args(&vec![String::new(); entries]),
        Attack::EndlessMisses => {
            for number in 0_u64.. {
                inputs::label(&number.to_string());
            }
        }
        Attack::EndlessCalls => loop {
            log::debug("");
        },
        Attack::Sleep { seconds } => std::thread::sleep(std::time::Duration::from_secs(seconds)),
        Attack::LogFlood { lines, bytes } => {
            let line = "l".repeat(bytes);
            for _ in 0..lines {
                log::info(&line);
            }
            outputs::env("RENDERED", "yes");
        }
        Attack::StderrFlood { bytes } => {
            let line = "e".repeat(1023);
            for _ in 0..bytes / 1024 {
                eprintln!("{line}");
            }
            outputs::env("RENDERED", "yes");
        }
        Attack::Panic { message } => panic!("{message}"),
        Attack::Exit { status } => std::process::exit(status),
        Attack::Failure { message } => return Err(Error::other(message)),
        Attack::Control => {
            log::warn("red \u{1b}[31m and \u{202e} turned\nsecond line");
            return Err(Error::other("red \u{1b}[31m\r\nsecond line"));
        }
        Attack::Env { name, value } => outputs::env(&name, &value),
        Attack::LargeEnv { variables, bytes } => {
            let value = "v".repeat(bytes);
            for number in 0..variables {
                outputs::env(&format!("V{number}"), &value);
            }
        }
        Attack::Arg { value } => outputs::append_arg(&value),
        Attack::ReplaceArgs => outputs::replace_args(&["replaced".to_owned()]),
        Attack::File { path, bytes } => outputs::file_bytes(&path, &vec![0; bytes]),
        Attack::ManyFiles { files } => {
            for number in 0..files {
                outputs::file(&format!("d/{number}"), "");
            }
        }
        Attack::Mode { mode } => {
            outputs::file("file", "");
            outputs::file_mode("file", mode);
        }
        Attack::Require { key } => outputs::env("VALUE", &inputs::require("settings", &key)),
        Attack::Facts => facts(),
        Attack::Release => {
            let key = inputs::require("settings", "key");
            outputs::file("release", &format!("{RELEASE} {key}"));
        }
        Attack::State => {
            use std::sync::atomic::{AtomicU32, Ordering};
            static RENDERS: AtomicU32 = AtomicU32::new(0);
            outputs::env("RENDERS", &RENDERS.fetch_add(1, Ordering::Relaxed).to_string());
        }
        Attack::Nondeterminism => nondeterminism(),
    }
    Ok(())
}

/// Sets every fact, so that a test can compare what the host answers with what the pod says.
fn facts() {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "(none)".to_owned());
    let facts = [
        ("POD_NAME", shown(inputs::pod_name())),
        ("POD_UID", shown(inputs::pod_uid())),
        ("NODE_NAME", shown(inputs::node_name())),
        ("POD_NAMESPACE", inputs::pod_namespace()),
        ("SERVICE_ACCOUNT", inputs::service_account()),
        ("CONTAINER_NAME", inputs::container_name()),
        ("IMAGE", inputs::image()),
        ("LABEL", shown(inputs::label("app"))),
        ("ANNOTATION", shown(inputs::annotation("note"))),
        ("NODE_LABEL", shown(inputs::node_label("zone"))),
        (
            "COMMAND",
            shown(inputs::command().map(|command| command.join(" "))),
        ),
        ("ARGS", shown(inputs::args().map(|args| args.join(" ")))),
        ("PORT", shown(inputs::port("http").map(|port| port.to_string()))),
        ("REQUEST", shown(inputs::resource_request("memory"))),
        ("LIMIT", shown(inputs::resource_limit("memory"))),
        ("CONFIG_MAPS", inputs::config_maps().join(" ")),
        ("KEYS", inputs::keys("settings").join(" ")),
        ("FOUND", shown(inputs::find("settings", "key"))),
        ("MISSED", shown(inputs::find("settings", "nothing"))),
        ("BYTES", format!("{:?}", inputs::find_bytes("settings", "binary"))),
    ];
    for (name, value) in facts {
        outputs::env(name, &value);
    }
}

/// Sets what would differ from run to run if the host allowed it.
fn nondeterminism() {
    #[cfg(target_os = "wasi")]
    {
        use std::hash::{BuildHasher as _, RandomState};
        let epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        outputs::env("HASH", &RandomState::new().hash_one("x").to_string());
        outputs::env("CLOCK", &format!("{epoch:?}"));
        outputs::env("ELAPSED", &format!("{:?}", std::time::Instant::now().elapsed()));
        outputs::env("ENVIRONMENT", &std::env::vars().count().to_string());
        outputs::env(
            "FILE",
            &format!("{:?}", std::fs::read("/etc/passwd").map_err(|error| error.kind())),
        );
        outputs::env(
            "NETWORK",
            &format!("{}", std::net::TcpStream::connect("127.0.0.1:80").is_ok()),
        );
    }
    // The bits of a NaN depend on the machine, unless the host makes them the same.
    let nan = std::hint::black_box(0.0_f64) / std::hint::black_box(0.0_f64);
    outputs::env("NAN", &format!("{:x}", nan.to_bits()));
}

#[allow(unconditional_recursion, reason = "that is the attack")]
fn recurse(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    recurse(depth + 1) + room[0]
}
