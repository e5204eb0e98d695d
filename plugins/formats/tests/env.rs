//! Checks `.env`: quotes, comments, several lines, references.

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
    reads(
        Env,
        text,
        r##"{A: "1", B: "two words", C: "", D: "a#b", E: "", F: "#c", G: "a\\nb $HOME ${X} \"q\"", H: "1", exported: "1"}"##,
    );
}

#[test]
fn quotes_hold_several_lines() {
    reads(
        Env,
        "A='x\n # \\n $Y \"'\nB=\"a\nb\"\nC=\"\" # c\n",
        r##"{A: "x\n # \\n $Y \"", B: "a\nb", C: ""}"##,
    );
}

#[test]
fn a_comment_begins_behind_a_blank_or_a_closing_quote() {
    reads(
        Env,
        "A=#c\nB= #c\nC=\t#c\nD=a#b\nE=a #b\nF='a'#c\nG=\"a #b\"\t#c\nH=`a`#c\n",
        r##"{A: "#c", B: "", C: "", D: "a#b", E: "a", F: "a", G: "a #b", H: "a"}"##,
    );
}

#[test]
fn backticks_are_quotes_without_escapes() {
    reads(
        Env,
        "A=`it's \"x\" \\n $B\n#y` # c\nB=a`b`\n",
        r##"{A: "it's \"x\" \\n $B\n#y", B: "a`b`"}"##,
    );
    reads(Env, "A=`x", "line 1: a quote is not closed");
    assert_eq!(with_references("B=x\nA=`$B \\$B`"), r#"{B: "x", A: "x $B"}"#);
}

#[test]
fn a_colon_and_a_blank_may_replace_the_equals_sign() {
    reads(
        Env,
        "A: x=y # c\nexport B:\t'z'\nC=http://x:1\n",
        r#"{A: "x=y", B: "z", C: "http://x:1"}"#,
    );
    for text in ["A:x", "A:", "A: ", "A: # c", "A: #c"] {
        reads(Env, text, "line 1: `=` is missing: write NAME=value");
    }
    reads(
        Env,
        "A:x=y",
        "line 1: the text before `=` is not a name: write NAME=value",
    );
}

#[test]
fn values_that_readers_read_differently_are_refused() {
    for text in ["A='Let\\'s go!'", "A='C:\\'", "A=`x\\` y`"] {
        let message = shown_or_refused(text);
        assert!(
            message.starts_with("line 1: a backslash before ")
                && message.contains("put the value in double quotes"),
            "{text}: {message}"
        );
    }
    for escape in ["a", "b", "f", "v", "0", "'"] {
        let message = shown_or_refused(&format!("X=1\nA=\"x\n\\{escape}\""));
        assert!(
            message.starts_with("line 3: readers disagree about "),
            "{escape}: {message}"
        );
    }
    assert!(
        shown_or_refused("A=\"x\\\ny\"")
            .starts_with("line 1: a backslash ends a line in double quotes, which bash joins")
    );
    assert!(shown_or_refused("X=1\r\nA=x\ry").starts_with("line 2: a carriage return is inside a line"));
    for text in ["A=\u{a0}x", "A=x\u{a0}", "A=\u{a0}", "A=x\u{c} # c"] {
        assert!(
            shown_or_refused(text)
                .starts_with("line 1: the value begins or ends with a character that looks like a blank"),
            "{text:?}"
        );
    }
    reads(
        Env,
        "A='\u{a0}x'\nB=x\u{a0}y\r",
        "{A: \"\\u{a0}x\", B: \"x\\u{a0}y\"}",
    );
}

fn shown_or_refused(text: &str) -> String {
    common::read(Env, text)
}

#[test]
fn references_are_those_of_compose() {
    let text = "S=x\nE=\n\
        A=${U-d}|${E-d}|${S-d}\nB=${U:-d}|${E:-d}|${S:-d}\nC=${U+r}|${E+r}|${S+r}\nD=${U:+r}|${E:+r}|${S:+r}\nF=${S?m}|${E?m}|${S:?m}\n\
        G=$$|$$S|$${S}|$$$S\nH=${U:-${E:-${S}y}}z\nI=\"${U:-\\\"q\\\" $S}\"\nJ=${U:-{\\$S}}\nK='${S} $$'\nL=$S.$1${S}\n";
    let wanted = r#"{S: "x", E: "", A: "d||x", B: "d|d|x", C: "|r|r", D: "||r", F: "x||x", G: "$|$S|${S}|$x", H: "xyz", I: "\"q\" x", J: "{$S}", K: "${S} $$", L: "x.$1x"}"#;
    assert_eq!(with_references(text), wanted);
    for text in [
        "A=${U?hidden}",
        "A=${U:?hidden}",
        "U=\nA=${U:?hidden}",
        "A=${U:-${V?hidden}}",
    ] {
        let message = with_references(text);
        assert!(
            message.contains("is not set above") && !message.contains("hidden"),
            "{text}: {message}"
        );
    }
    for text in ["A=${U:x}", "A=${U:}", "A=${1}", "A=${}", "A=${U/x/y}"] {
        assert!(
            with_references(text).contains("is not one of `${NAME}`"),
            "{text}"
        );
    }
    assert_eq!(
        with_references(&format!("A={}x{}", "${U:-".repeat(100), "}".repeat(100))),
        "line 1: references are nested deeper than 64 levels"
    );
    // An unused alternative is not expanded.
    assert_eq!(with_references("S=x\nA=${S:-${U}}"), r#"{S: "x", A: "x"}"#);
}

#[test]
fn a_reference_ends_with_its_quotes() {
    assert_eq!(with_references("A=\"${B:-x\"\nC=y}\""), "line 1: `${` has no `}`");
}

#[test]
fn double_quotes_have_escapes() {
    reads(Env, r#"A="\n\r\t\"\\\$\`\x\ ""#, r#"{A: "\n\r\t\"\\$`\\x\\ "}"#);
    // `\\` before the closing quote does not escape the quote.
    reads(Env, r#"A="x\\" # c"#, r#"{A: "x\\"}"#);
}

#[test]
fn mistakes_have_their_line_and_no_value() {
    for (text, message) in [
        ("A=1\nsecret", "line 2: `=` is missing: write NAME=value"),
        (
            "A=1\n=x",
            "line 2: the text before `=` is not a name: write NAME=value",
        ),
        (
            "A B=x",
            "line 1: the text before `=` is not a name: write NAME=value",
        ),
        ("A='x\n\n", "line 1: a quote is not closed"),
        ("B=1\nA=\"x\\", "line 2: a quote is not closed"),
        (
            "A='x\ny'z",
            "line 2: text follows the closing quote: put all of the value in double quotes, and write `\\\"` for a quote in it",
        ),
        (
            "A=\"x\"y",
            "line 1: text follows the closing quote: put all of the value in double quotes, and write `\\\"` for a quote in it",
        ),
        (
            "A=`x` y",
            "line 1: text follows the closing quote: put all of the value in double quotes, and write `\\\"` for a quote in it",
        ),
        (
            "A=1\nA=2",
            "line 2: duplicate key \"A\": it is set twice, first in line 1",
        ),
        (
            "A B: x",
            "line 1: the text before `=` is not a name: write NAME=value",
        ),
        (
            "\"A\"=x",
            "line 1: the text before `=` is not a name: write NAME=value",
        ),
        (
            "A+=x",
            "line 1: the text before `=` is not a name: write NAME=value",
        ),
        ("export A", "line 1: `=` is missing: write NAME=value"),
    ] {
        reads(Env, text, message);
    }
}

#[test]
fn references_are_followed_where_they_are_asked_for() {
    let text = "H=db\nP=5\nA=$H:${P}/x$\nB=\"${H}\\$H\n$P\"\nC='$H'\nD=${X:-d e}\nE=${H:-d}\nF=\nG=${F:-d}\nI=\\$H $1\n";
    assert_eq!(
        with_references(text),
        r#"{H: "db", P: "5", A: "db:5/x$", B: "db$H\n5", C: "$H", D: "d e", E: "db", F: "", G: "d", I: "$H $1"}"#
    );
}

#[test]
fn a_reference_that_cannot_be_followed_is_named() {
    assert_eq!(
        with_references("A=1\nB=$C"),
        "line 2: `$` refers to \"C\", which is not set above: set it, or write `\\$` for the character"
    );
    assert_eq!(
        with_references("A=$A"),
        "line 1: `$` refers to \"A\", which is not set above: set it, or write `\\$` for the character"
    );
    assert_eq!(with_references("A=${A"), "line 1: `${` has no `}`");
    assert_eq!(
        with_references("A=\"\n${A B}\""),
        "line 2: `${...}` is not one of `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${NAME:+text}`"
    );
}

#[test]
fn references_cannot_make_a_value_endless() {
    let mut bomb = String::from("A0=xxxxxxxxxx\n");
    for level in 1..40 {
        bomb.push_str(&format!("A{level}=$A{0}$A{0}\n", level - 1));
    }
    assert!(
        with_references(&bomb).contains("the document has more than 4 MiB of text"),
        "{}",
        with_references(&bomb).len()
    );
    assert!(
        with_references(&format!("A={}\nB={}", "x".repeat(100_000), "$A".repeat(1000)))
            .contains("make the value longer than 4 MiB")
    );
}

#[test]
fn values_are_quoted_where_readers_differ() {
    let yaml = "A: 1.10\nB: a b\nC: it's $5 \"\\\nD:\n  e: [x, y]\n  F: \"\"\nG: null\nH: \"a\\nb\"\n";
    assert_eq!(
        convert(Yaml, yaml, Env),
        "A=1.10\nB='a b'\nC=\"it's \\$5 \\\"\\\\\"\nD_e_0=x\nD_e_1=y\nD_F=\nH='a\nb'\n"
    );
    assert_eq!(
        convert(Yaml, "a: 1\nb-c: 2", Env),
        "line 2: .env cannot hold the name \"b-c\": only letters, digits and `_`, no digit first"
    );
    assert_eq!(
        convert(Yaml, "a_b: 1\na: {b: 2}", Env),
        "line 2: two values have the name \"a_b\" in .env"
    );
    assert_eq!(
        convert(Yaml, "a: \"x\\ry\"", Env),
        "line 1: .env cannot hold a carriage return"
    );
}

#[test]
fn a_shell_reads_the_values_and_runs_nothing() {
    let values = [
        "plain",
        "two words",
        "it's",
        "$HOME `id` $(id)",
        "it's $HOME `id` $(id) \"q\" \\n",
        "a\nb'",
        "#x",
        " x ",
        "'",
        "~",
        "*",
        "é",
        "a;b&c|d",
    ];
    let members: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("\"V{index}\": {}", serde_json::Value::from(*value)))
        .collect();
    let file = convert(Format::Json, &format!("{{{}}}", members.join(",")), Env);
    let names: Vec<String> = (0..values.len()).map(|index| format!("\"$V{index}\"")).collect();
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &format!(". /dev/stdin; printf '%s\\0' {}", names.join(" "))])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    shell.stdin.take().unwrap().write_all(file.as_bytes()).unwrap();
    let printed = String::from_utf8(shell.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(
        printed.trim_end_matches('\0').split('\0').collect::<Vec<_>>(),
        values,
        "{file}"
    );
}
