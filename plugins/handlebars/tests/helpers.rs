//! Checks that each helper does what its manual says.

mod common;

use common::{Case, gives, in_template};
use podweave_plugin::Error;

fn case() -> Case {
    Case::new()
        .map(
            "m",
            [
                ("n", "41\n"),
                ("word", "Ab"),
                ("json", r#"{"b":[1,"x"],"a":{"c":null}}"#),
                ("yaml", "b:\n- 1\na: x\n"),
                ("no", "off"),
                ("secret", "s3cret"),
                ("empty", " "),
            ],
        )
        .values(r#"{"b":{"y":[1,"two"],"x":true},"a":1.5,"l":["p","q"]}"#)
}

#[test]
fn text() {
    case()
        .gives("{{upper config.word}}{{lower config.word}}[{{trim ' x '}}]{{concat 'a' 1 true}}", "ABab[x]a1true")
        .gives("{{replace 'a.b.c' '.' '-'}} {{join (split 'a,b' ',') '+'}} {{len (split '' ',')}}{{len 'äb'}}{{len values.b}}", "a-b-c a+b 022")
        .gives("[{{indent \"a\\n\\nb\" 2}}][{{nindent 'a' 1}}]", "[  a\n\n  b][\n a]")
        .gives(r#"{{quote 'a"b'}} {{shell-quote "it's"}} {{quote 1}}"#, r#""a\"b" 'it'\''s' "1""#);
}

#[test]
fn numbers() {
    case()
        .gives("{{add config.n 1}} {{add 1 2 3}} {{sub 1 2}} {{mul 2 3 4}} {{div 7 2}} {{mod 7 2}} {{int config.n}}", "42 6 -1 24 3 1 41")
        .gives("{{lt 1 2}}{{le 2 2}}{{gt config.n 50}}{{ge 1 2}}", "truetruefalsefalse");
}

#[test]
fn logic() {
    case()
        .gives("{{eq config.word 'Ab'}} {{eq (int config.n) '41'}} {{ne 1 2}} {{eq true 'true'}} {{eq values.l (split 'p,q' ',')}}", "true true true true true")
        .gives("{{or '' 'x'}} {{and 'a' 'b'}} {{or false 0 'last'}} {{not ''}} {{and '' 'b'}}", "x b last true ")
        .gives("{{bool config.no}} {{bool 'YES'}} {{bool 1}}", "false true true")
        .gives("{{required config.word}} {{required config.word 'why'}}", "Ab Ab");
}

#[test]
fn data() {
    case()
        .gives(
            "{{json values}}",
            r#"{"a":1.5,"b":{"x":true,"y":[1,"two"]},"l":["p","q"]}"#,
        )
        .gives("{{json values.l pretty=true}}", "[\n  \"p\",\n  \"q\"\n]")
        .gives(
            "{{yaml values}}",
            "a: 1.5\nb:\n  x: true\n  \"y\":\n  - 1\n  - two\nl:\n- p\n- q",
        )
        .gives(
            "{{toml values}}",
            "a = 1.5\nl = [\"p\", \"q\"]\n\n[b]\nx = true\ny = [1, \"two\"]",
        )
        .gives(
            "{{json (parse-json config.json)}} {{json (lookup (parse-json config.json) 'b')}}",
            r#"{"a":{"c":null},"b":[1,"x"]} [1,"x"]"#,
        )
        .gives("{{json (parse-yaml config.yaml)}}", r#"{"a":"x","b":[1]}"#)
        .gives("{{lookup config (concat 'wo' 'rd')}}{{lookup values.l 1}}", "Abq");
}

#[test]
fn numbers_are_rendered_as_their_document_writes_them() {
    let yaml = "version: 1.10\ncommit: 0e1234\nphone: +4915112345678\nprice: 100.00\nmode: 0755\nbig: 123456789012345678901234567890\nhex: 0x1F\n";
    Case::new()
        .map("m", [("yaml", yaml), ("json", r#"{"a":1.10,"b":123456789012345678901234567890,"c":1e6,"d":2.5E-3,"e":1e21}"#)])
        .gives(
            "{{#with (parse-yaml config.yaml)}}{{version}} {{commit}} {{phone}} {{price}} {{mode}} {{big}} {{hex}}{{/with}}",
            "1.10 0e1234 +4915112345678 100.00 0755 123456789012345678901234567890 0x1F",
        )
        .gives("{{#with (parse-json config.json)}}{{a}} {{b}} {{c}} {{d}} {{e}}{{/with}}", "1.10 123456789012345678901234567890 1000000 0.0025 1e21")
        .gives("{{add (lookup (parse-json config.json) 'c') 1}}", "1000001");
}

#[test]
fn numbers_of_the_parameters_are_rendered_unchanged() {
    let params = r#"{"values":{"a":1.10,"b":0e1234,"c":123456789012345678901234567890},"files":{"f":"{{values.a}} {{values.b}} {{json values}}"}}"#;
    let rendered = Case::new().params(params).render().unwrap();
    let wanted = r#"1.10 0e1234 {"a":1.10,"b":0e1234,"c":123456789012345678901234567890}"#;
    assert_eq!(String::from_utf8_lossy(&rendered.files["f"]), wanted);
}

#[test]
fn numbers_are_equal_if_their_values_are() {
    case()
        .gives("{{eq 1.0 1}} {{eq (lookup (parse-json '[1e3]') 0) 1000}} {{eq (lookup (parse-yaml '[0x10]') 0) 16}}", "true true true")
        .gives("{{eq 1 2}} {{eq '1.0' 1}} {{eq (parse-json '[1.0, [2]]') (parse-json '[1, [2.0]]')}}", "false false true");
}

#[test]
fn yaml_text_without_quotes_stays_so_or_is_refused() {
    let case = Case::new().map("m", [("y", "tls: no\nquoted: 'no'\non: push\n")]);
    case.gives(
        "{{yaml (parse-yaml config.y)}}",
        "\"on\": push\nquoted: \"no\"\ntls: no"
            .replace("\"on\"", "on")
            .as_str(),
    );
    case.gives("{{lookup (parse-yaml config.y) 'tls'}}{{#if (bool (lookup (parse-yaml config.y) 'tls'))}}y{{else}}n{{/if}}", "non");
    for helper in ["json", "toml"] {
        match case.text(&format!("{{{{{helper} (parse-yaml config.y)}}}}")) {
            Err(Error::InvalidValue { key, message, .. }) => {
                assert_eq!(key, "y");
                assert!(message.contains("yes, no, on or off without quotes"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn encodings() {
    gives("{{b64 'häy'}} {{b64-decode 'aMOkeQ=='}}", "aMOkeQ== häy");
    gives(
        "{{sha256 'abc'}}",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
}

#[test]
fn yaml_keeps_text_that_looks_like_something_else() {
    Case::new()
        .values(r#"{"a":"true","b":"1.10","c":"no","d":"","e":"x: y","f":"0440"}"#)
        .gives(
            "{{#each (parse-yaml (yaml values))}}{{json this}} {{/each}}",
            r#""true" "1.10" "no" "" "x: y" "0440" "#,
        );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_bad_value_is_named_by_its_key_and_not_repeated() {
    for (template, key, says) in [
        ("{{int config.word}}", "word", "is not an integer"),
        ("{{add 1 config.word}}", "word", "is not an integer"),
        ("{{bool config.word}}", "word", "is not a boolean"),
        (
            "{{parse-json config.secret}}",
            "secret",
            "line 1: is not JSON: a value is neither",
        ),
        (
            "{{json (parse-yaml config.json2)}}",
            "json2",
            "line 1: is not YAML: column 4: ",
        ),
        (
            "{{b64-decode config.secret}}",
            "secret",
            "is not the standard base64",
        ),
        ("{{required config.empty}}", "empty", "is empty, but required"),
        ("{{required config.empty 'set it'}}", "empty", "set it"),
        (
            "{{required maps.m.x 'set it'}}",
            "x",
            "is missing (used by files.f, line 1, column 12): set it",
        ),
        (
            "{{join config.word ','}}",
            "word",
            "`join` needs a list, not text",
        ),
        ("{{int (trim config.word)}}", "word", "is not an integer"),
        (
            "{{#each (split config.word ',')}}{{int this}}{{/each}}",
            "word",
            "is not an integer",
        ),
        (
            "{{int (lookup (parse-json config.json) 'a')}}",
            "json",
            "is not an integer",
        ),
        (
            "{{div 1 config.zero}}",
            "zero",
            "is 0, and something is divided by it",
        ),
        (
            "{{toml (split config.word ',')}}",
            "word",
            "`toml` needs a map, not a list",
        ),
        (
            "{{toml (parse-json config.json)}}",
            "json",
            "cannot be written: TOML has no null, which `a.c` is: leave it out, or give it a value",
        ),
        (
            "{{json (parse-json config.twice)}}",
            "twice",
            "line 1: duplicate key \"a\": it is set twice",
        ),
    ] {
        match case()
            .map(
                "more",
                [
                    ("json2", "a: [s3cret: : }"),
                    ("zero", "0"),
                    ("twice", r#"{"a":"s3cret","a":2}"#),
                ],
            )
            .text(template)
        {
            Err(Error::InvalidValue {
                key: named, message, ..
            }) => {
                assert_eq!(named, key, "{template}");
                assert!(message.starts_with(says), "{template}: {message}");
                assert!(
                    !message.contains("s3cret") && !message.contains("Ab"),
                    "{template}: {message}"
                );
            }
            other => panic!("{template}: {other:?}"),
        }
    }
}

#[test]
fn a_wrong_argument_in_the_template_blames_the_template() {
    for (template, message) in [
        (
            "{{int 'x'}}",
            "line 1, column 3: an argument of `int` is not an integer: write one from -9223372036854775808 to 9223372036854775807",
        ),
        (
            "{{add 9223372036854775807 1}}",
            "line 1, column 3: the result does not fit into a 64 bit integer",
        ),
        (
            "{{div -9223372036854775808 -1}}",
            "line 1, column 3: the result does not fit into a 64 bit integer",
        ),
        (
            "{{mod 1 0}}",
            "line 1, column 3: an argument of `mod` is 0, and something is divided by it",
        ),
        (
            "{{split 'a' ''}}",
            "line 1, column 3: `split` cannot split at empty text",
        ),
        (
            "{{replace 'a' '' 'b'}}",
            "line 1, column 3: `replace` cannot look for empty text",
        ),
        (
            "{{indent 'a' 1000}}",
            "line 1, column 3: text can be indented by 0 to 200 spaces",
        ),
        (
            "{{required values.x 'tell me'}}",
            "line 1, column 12: `values.x` is missing: tell me",
        ),
        (
            "{{json pod}}",
            "line 1, column 3: this part of the context cannot be listed: name the member that you want; config, maps and values can be listed",
        ),
    ] {
        assert_eq!(Case::new().fails(template), in_template(message), "{template}");
    }
}
