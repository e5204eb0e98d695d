//! `.env`: quotes, comments, several lines, references.

mod common;

use std::io::Write as _;
use std::process::{Command, Stdio};

use common::{convert, reads, shown};
use podweave_formats::Format::{self, Env, Yaml};

fn with_references(text: &str) -> String {
    Format::read_env_with_references(text, 0).map_or_else(|mistake| mistake.text(), |node| shown(&node))
}

#[test]
fn values_without_quotes_end_with_the_line_or_at_a_comment() {
    let text = "# c\nA=1\nexport B = two words  # c\n\tC=\n  D=a#b\nE= #c\nF=#c\nG=a\\nb $HOME ${X} \"q\"\r\nexport\tH=1\nexported=1\n";
    reads(Env, text, r##"{A: "1", B: "two words", C: "", D: "a#b", E: "", F: "", G: "a\\nb $HOME ${X} \"q\"", H: "1", exported: "1"}"##);
}

#[test]
fn quotes_hold_several_lines() {
    reads(Env, "A='x\n # \\n $Y \"'\nB=\"a\nb\"\nC=\"\" # c\n", r##"{A: "x\n # \\n $Y \"", B: "a\nb", C: ""}"##);
}

#[test]
fn double_quotes_have_escapes() {
    reads(Env, r#"A="\n\r\t\"\\\$\`\x\'""#, r#"{A: "\n\r\t\"\\$`\\x\\'"}"#);
    reads(Env, "A=\"x\\\ny\\\r\nz\"", "{A: \"xyz\"}");
}

#[test]
fn mistakes_have_their_line_and_no_value() {
    for (text, message) in [
        ("A=1\nsecret", "line 2: `=` is missing: write NAME=value"),
        ("A=1\n=x", "line 2: what stands before `=` is no name: write NAME=value"),
        ("A B=x", "line 1: what stands before `=` is no name: write NAME=value"),
        ("A='x\n\n", "line 1: a quote is not closed"),
        ("B=1\nA=\"x\\", "line 2: a quote is not closed"),
        ("A='x\ny'z", "line 2: something stands behind the closing quote: put all of the value in quotes"),
        ("A=\"x\"#c", "line 1: something stands behind the closing quote: put all of the value in quotes"),
        ("A=1\nA=2", "line 2: the name \"A\" stands twice"),
    ] {
        reads(Env, text, message);
    }
}

#[test]
fn references_are_followed_where_they_are_asked_for() {
    let text = "H=db\nP=5\nA=$H:${P}/x$\nB=\"${H}\\$H\n$P\"\nC='$H'\nD=${X:-d e}\nE=${H:-d}\nF=\nG=${F:-d}\nI=\\$H $1\n";
    assert_eq!(with_references(text), r#"{H: "db", P: "5", A: "db:5/x$", B: "db$H\n5", C: "$H", D: "d e", E: "db", F: "", G: "d", I: "$H $1"}"#);
}

#[test]
fn a_reference_that_cannot_be_followed_is_named() {
    assert_eq!(with_references("A=1\nB=$C"), "line 2: `$` refers to \"C\", which is not set above: set it, or write `\\$` for the character");
    assert_eq!(with_references("A=$A"), "line 1: `$` refers to \"A\", which is not set above: set it, or write `\\$` for the character");
    assert_eq!(with_references("A=${A"), "line 1: `${` has no `}`");
    assert_eq!(with_references("A=\"\n${A B}\""), "line 2: `${...}` is neither `${NAME}` nor `${NAME:-default}`");
}

#[test]
fn references_cannot_make_a_value_endless() {
    let mut bomb = String::from("A0=xxxxxxxxxx\n");
    for level in 1..40 {
        bomb.push_str(&format!("A{level}=$A{0}$A{0}\n", level - 1));
    }
    assert!(with_references(&bomb).contains("the document stands for more than 4 MiB of text"), "{}", with_references(&bomb).len());
    assert!(with_references(&format!("A={}\nB={}", "x".repeat(100_000), "$A".repeat(1000))).contains("make the value longer than 4 MiB"));
}

#[test]
fn what_is_written_is_quoted_where_readers_differ() {
    let yaml = "A: 1.10\nB: a b\nC: it's $5 \"\\\nD:\n  e: [x, y]\n  F: \"\"\nG: null\nH: \"a\\nb\"\n";
    assert_eq!(convert(Yaml, yaml, Env), "A=1.10\nB='a b'\nC=\"it's \\$5 \\\"\\\\\"\nD_e_0=x\nD_e_1=y\nD_F=\nH='a\nb'\n");
    assert_eq!(convert(Yaml, "a: 1\nb-c: 2", Env), "line 2: .env cannot hold the name \"b-c\": only letters, digits and `_`, no digit first");
    assert_eq!(convert(Yaml, "a_b: 1\na: {b: 2}", Env), "line 2: two values have the name \"a_b\" in .env");
    assert_eq!(convert(Yaml, "a: \"x\\ry\"", Env), "line 1: .env cannot hold a carriage return");
}

#[test]
fn a_shell_reads_what_is_written_and_runs_nothing_of_it() {
    let values = ["plain", "two words", "it's", "$HOME `id` $(id)", "it's $HOME `id` $(id) \"q\" \\n", "a\nb'", "#x", " x ", "'", "~", "*", "é", "a;b&c|d"];
    let members: Vec<String> = values.iter().enumerate().map(|(index, value)| format!("\"V{index}\": {}", serde_json::Value::from(*value))).collect();
    let file = convert(Format::Json, &format!("{{{}}}", members.join(",")), Env);
    let names: Vec<String> = (0..values.len()).map(|index| format!("\"$V{index}\"")).collect();
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!(". /dev/stdin; printf '%s\\0' {}", names.join(" "))]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    shell.stdin.take().unwrap().write_all(file.as_bytes()).unwrap();
    let printed = String::from_utf8(shell.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(printed.trim_end_matches('\0').split('\0').collect::<Vec<_>>(), values, "{file}");
}
