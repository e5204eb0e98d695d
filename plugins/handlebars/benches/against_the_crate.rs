//! Compares this plugin's renderer with the handlebars crate, both native, on the same work: parse the
//! parameters and the template, build the context, render. One nginx.conf of 60 lines with 11 variables and a
//! loop over 5 upstreams.

#[path = "../tests/common/mod.rs"]
mod common;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use common::Case;
use handlebars::Handlebars;

const KEYS: [(&str, &str); 11] = [
    ("workers", "4"),
    ("connections", "1024"),
    ("timeout", "65"),
    ("server", "shop.example.org"),
    ("port", "8080"),
    ("root", "/srv/www"),
    ("log", "/var/log/nginx/access.log"),
    ("body", "8m"),
    ("upstream", "backend"),
    ("zone", "64k"),
    ("gzip", "on"),
];

fn template() -> String {
    let mut template = String::from(
        "worker_processes {{config.workers}};\nevents {\n  worker_connections {{config.connections}};\n}\nhttp {\n  keepalive_timeout {{config.timeout}};\n  \
         upstream {{config.upstream}} {\n    zone {{config.upstream}} {{config.zone}};\n    {{#each values.upstreams}}\n    server {{host}}:{{port}}{{#if weight}} weight={{weight}}{{/if}};\n    \
         {{/each}}\n  }\n  server {\n    listen {{config.port}};\n    server_name {{config.server}};\n    root {{config.root}};\n    access_log {{config.log}};\n    \
         client_max_body_size {{config.body}};\n    gzip {{config.gzip}};\n",
    );
    for location in 0..10 {
        template.push_str(&format!(
            "    location /part{location}/ {{\n      proxy_pass http://{{{{config.upstream}}}};\n      proxy_set_header Host $host;\n    }}\n"
        ));
    }
    template.push_str("  }\n}\n");
    template
}

fn upstreams() -> serde_json::Value {
    (0..5)
        .map(|n| serde_json::json!({ "host": format!("10.0.0.{n}"), "port": 8000 + n, "weight": n }))
        .collect()
}

fn params() -> String {
    serde_json::json!({ "files": { "nginx.conf": template() }, "values": { "upstreams": upstreams() } })
        .to_string()
}

fn theirs(params: &str) -> String {
    let params: serde_json::Value = serde_json::from_str(params).unwrap();
    let mut handlebars = Handlebars::new();
    handlebars.register_escape_fn(handlebars::no_escape);
    handlebars.set_strict_mode(true);
    let config: BTreeMap<&str, &str> = KEYS.into_iter().collect();
    let context = serde_json::json!({ "config": config, "values": params["values"] });
    handlebars
        .render_template(params["files"]["nginx.conf"].as_str().unwrap(), &context)
        .unwrap()
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..500)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let params = params();
    let case = Case::new().map("web", KEYS).params(&params);
    assert_eq!(
        case.render().unwrap().files["nginx.conf"],
        theirs(&params).into_bytes(),
        "both make the same file"
    );
    let ours = median(|| drop(black_box(case.render())));
    let theirs = median(|| drop(black_box(theirs(&params))));
    println!(
        "plugin {ours:?}, handlebars crate {theirs:?}: {:.2} times",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}
