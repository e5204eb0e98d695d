//! The output formats of `podweave render`.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use podweave_core::yaml;
use serde_json::Value;
use support::{Place, config_map, pod, pod_with};

#[test]
fn a_table_shows_variables_arguments_and_files() {
    let table = Place::new().with_case(".").run(&["render", "."]).silent();
    for line in [
        "default/web, container web",
        "rendered by handlebars",
        "  GREETING  hello web",
        "  --word=hello",
        "file /etc/podweave/app.conf mode 0444",
        "  | word = hello",
    ] {
        assert!(table.lines().any(|shown| shown == line), "{line:?} in\n{table}");
    }
}

#[test]
fn variables_are_lines_for_a_shell() {
    let params = r#"env: {PLAIN: "a/b:1", SPACES: "a b", QUOTE: "it's", EMPTY: "", DOLLAR: "$x"}"#;
    let place = Place::new().with(
        "pod.yaml",
        &pod_with(&[("plugin", "handlebars"), ("params", params)]),
    );
    let lines = place.run(&["render", "pod.yaml", "-o", "env"]).silent();
    assert_eq!(
        lines,
        "DOLLAR='$x'\nEMPTY=''\nPLAIN=a/b:1\nQUOTE='it'\\''s'\nSPACES='a b'\n"
    );
}

#[test]
fn json_has_the_documented_shape() {
    let text = Place::new()
        .with_case(".")
        .run(&["render", ".", "-o", "json"])
        .silent();
    let list: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&list["apiVersion"], &list["kind"]),
        (&"podweave.dev/v1alpha1".into(), &"RenderList".into())
    );
    let item = &list["items"][0];
    let mut fields: Vec<&str> = item
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    let documented = [
        "appendArgs",
        "args",
        "command",
        "container",
        "env",
        "files",
        "inputsDigest",
        "namespace",
        "outputDigest",
        "plugins",
        "pod",
        "reads",
    ];
    assert_eq!(fields, documented);
    assert_eq!(
        item["env"][0],
        serde_json::json!({"name": "GREETING", "value": "hello web"})
    );
    assert_eq!(item["args"], serde_json::json!(["serve", "--word=hello"]));
    assert_eq!(
        (&item["command"], &item["appendArgs"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        item["files"],
        serde_json::json!([{"path": "/etc/podweave/app.conf", "mode": "0444", "contents": "word = hello\n"}])
    );
    assert!(
        item["plugins"][0]["digest"]
            .as_str()
            .is_some_and(|digest| digest.starts_with("sha256:")),
        "{item}"
    );
    assert!(
        item["reads"].as_array().is_some_and(|reads| reads
            .iter()
            .any(|read| read["what"] == "config-map/app/word" && read["found"] == true)),
        "{item}"
    );
}

#[test]
fn a_template_renders_the_same_document() {
    let template = "{{#each items}}{{#each env}}{{name}}: {{json value}}\n{{/each}}{{#each files}}{{path}} {{mode}}\n{{contents}}{{/each}}{{/each}}";
    let place = Place::new().with_case(".").with("summary.hbs", template);
    let expected = "GREETING: \"hello web\"\nZONE: \"nowhere\"\n/etc/podweave/app.conf 0444\nword = hello\n";
    assert_eq!(
        place.run(&["render", ".", "-o", "template=summary.hbs"]).silent(),
        expected
    );
    assert_eq!(
        place
            .run(&["render", ".", "-o", &format!("template={template}")])
            .silent(),
        expected
    );
    let message = place
        .run(&[
            "render",
            ".",
            "-o",
            "template=x{{#each items}}{{contaner}}{{/each}}",
        ])
        .refused(1);
    assert!(message.contains("there is no \"contaner\" here"), "{message}");
}

#[test]
fn yaml_and_json_are_one_document() {
    let place = Place::new().with_case(".");
    let json: Value =
        serde_json::from_str(&place.run(&["render", ".", "-o", "json"]).silent()).expect("JSON");
    assert_eq!(
        yaml::document(&place.run(&["render", ".", "-o", "yaml"]).silent()).expect("YAML"),
        json
    );
}

#[test]
fn two_runs_print_the_same_bytes() {
    let place = Place::new().with_case(".");
    assert_eq!(
        place.run(&["render", ".", "-o", "json"]).silent(),
        place.run(&["render", ".", "-o", "json"]).silent()
    );
}

#[test]
fn a_directory_gets_the_files_as_the_container_sees_them() {
    let place = Place::new().with_case("in");
    assert_eq!(place.run(&["render", "in", "-o", "dir=out"]).good(), "");
    let root = "out/default/web/web/root";
    assert_eq!(
        place.read(&format!("{root}/etc/podweave/app.conf")),
        "word = hello\n"
    );
    let mode = fs::metadata(place.path(&format!("{root}/etc/podweave/app.conf")))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o444);
    let item: Value = serde_json::from_str(&place.read("out/default/web/web/render.json")).expect("JSON");
    assert_eq!(item["container"], "web");
}

#[test]
fn a_directory_is_replaced_as_a_whole() {
    let place = Place::new().with_case("in");
    place.run(&["render", "in", "-o", "dir=out"]).good();
    place.write("in/pod.yaml", pod().replace("app.conf", "other.conf"));
    place.run(&["render", "in", "-o", "dir=out"]).good();
    let files = place.files();
    assert!(
        files.iter().any(|file| file.ends_with("/other.conf"))
            && !files.iter().any(|file| file.ends_with("/app.conf")),
        "{files:?}"
    );
}

#[test]
fn a_directory_behind_a_link_is_replaced() {
    let place = Place::new().with_case("in");
    place.run(&["render", "in", "-o", "dir=real"]).good();
    std::os::unix::fs::symlink("real", place.path("link")).expect("a link");
    place.run(&["render", "in", "-o", "dir=link"]).good();
    assert!(place.path("link").is_symlink() && place.path("real/default/web/web/render.json").is_file());
}

#[test]
fn a_failed_render_leaves_the_directory_as_it_was() {
    let place = Place::new().with_case("in");
    place.run(&["render", "in", "-o", "dir=out"]).good();
    let before = place.files();
    place.write("in/configmaps.yaml", config_map().replace("word:", "ward:"));
    place.run(&["render", "in", "-o", "dir=out"]).refused(1);
    place.run(&["render", "in", "-o", "dir=new"]).refused(1);
    assert_eq!(place.files(), before);
}

#[test]
fn a_foreign_directory_is_left_alone() {
    let place = Place::new().with_case("in").with("out/precious", "text");
    let message = place.run(&["render", "in", "-o", "dir=out"]).refused(1);
    assert!(
        message.contains("out was not written by podweave render"),
        "{message}"
    );
    assert_eq!(
        place.files(),
        ["in/configmaps.yaml", "in/pod.yaml", "out/precious"]
    );
}

#[test]
fn a_failed_write_of_a_directory_leaves_nothing_behind() {
    let place = Place::new().with_case("in").with("file", "text");
    let message = place.run(&["render", "in", "-o", "dir=file/out"]).refused(1);
    assert!(message.contains("file"), "{message}");
    assert_eq!(place.files(), ["file", "in/configmaps.yaml", "in/pod.yaml"]);
}

#[test]
fn two_workloads_of_one_name_do_not_share_a_directory() {
    let place = Place::new().with(
        "pods.yaml",
        &format!("{}---\n{}---\n{}", pod(), pod(), config_map()),
    );
    let message = place.run(&["render", "pods.yaml", "-o", "dir=out"]).refused(1);
    assert!(message.contains("two workloads default/web"), "{message}");
    assert_eq!(place.files(), ["pods.yaml"]);
}

#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let place = Place::new().with_case(".");
    let full = fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let output = place
        .command(&["render", ".", "-o", "json"])
        .stdout(full)
        .output()
        .expect("it runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message.contains("cannot write to standard output: No space left"),
        "{message}"
    );
}
