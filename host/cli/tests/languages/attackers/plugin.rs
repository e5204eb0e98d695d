//! Does things that a render must not do.

use podweave_plugin::{Result, inputs, outputs, plugin};

plugin!(render);

#[derive(serde::Deserialize)]
struct Params {
    r#do: String,
}

fn render() -> Result {
    let params: Params = inputs::params()?;
    match params.r#do.as_str() {
        "loop" => loop {
            std::hint::black_box(0);
        },
        "recursion" => outputs::env("DEPTH", &recurse(1).to_string()),
        "memory" => outputs::env("LONG", &"x".repeat(1 << 27)),
        "panic" => panic!("a number that is none"),
        "error" => outputs::env("NUMBER", &"x".parse::<u16>()?.to_string()),
        _ => outputs::env("WORKS", "yes"),
    }
    Ok(())
}

fn recurse(depth: u64) -> u64 {
    if std::hint::black_box(depth) == 0 { 0 } else { recurse(depth + 1) + std::hint::black_box(1) }
}
