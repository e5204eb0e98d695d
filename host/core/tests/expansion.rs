//! Checks that `$(NAME)` is expanded as by the kubelet: with its own test table, and against a second
//! implementation of its algorithm.

use podweave_core::expansion::{expand, references};
use proptest::prelude::*;

/// The kubelet's mapping function over a context, as in `third_party/forked/golang/expansion/expand_test.go`.
fn with<'v>(context: &'v [(&'v str, &'v str)]) -> impl Fn(&str) -> Option<&'v str> {
    move |name| {
        context
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }
}

fn expanded(input: &str, context: &[(&str, &str)]) -> String {
    expand(input, usize::MAX, with(context)).expect("no limit")
}

/// The cases of upstream's `doExpansionTest`: input, result with values, and result without values.
const UPSTREAM: &[(&str, &str)] = &[
    ("$(VAR_A)", "A"),
    ("___$(VAR_B)___", "___B___"),
    ("___$(VAR_C)", "___C"),
    ("$(VAR_A)-$(VAR_A)", "A-A"),
    ("$(VAR_A)-1", "A-1"),
    ("$(VAR_A)_$(VAR_B)_$(VAR_C)", "A_B_C"),
    ("$$(VAR_B)_$(VAR_A)", "$(VAR_B)_A"),
    ("$$(VAR_A)_$$(VAR_B)", "$(VAR_A)_$(VAR_B)"),
    ("f000-$$VAR_A", "f000-$VAR_A"),
    ("foo\\$(VAR_C)bar", "foo\\Cbar"),
    ("foo\\\\$(VAR_C)bar", "foo\\\\Cbar"),
    ("foo\\\\\\\\$(VAR_A)bar", "foo\\\\\\\\Abar"),
    ("$(VAR_A$(VAR_B))", "$(VAR_A$(VAR_B))"),
    ("$(VAR_A$(VAR_B)", "$(VAR_A$(VAR_B)"),
    ("$(VAR_REF)", "$(VAR_A)"),
    ("%%$(VAR_REF)--$(VAR_REF)%%", "%%$(VAR_A)--$(VAR_A)%%"),
    ("foo$(VAR_EMPTY)bar", "foobar"),
    ("foo$(VAR_Awhoops!", "foo$(VAR_Awhoops!"),
    ("f00__(VAR_A)__", "f00__(VAR_A)__"),
    ("$?_boo_$!", "$?_boo_$!"),
    ("$VAR_A", "$VAR_A"),
    ("$(VAR_DNE)", "$(VAR_DNE)"),
    ("$$$$$$$(BIG_MONEY)", "$$$$(BIG_MONEY)"),
    ("$$$$$$$(BIG_MONEY)--$$$$$$(VAR_A)", "$$$$(BIG_MONEY)--$$$(VAR_A)"),
    ("$$$$$$$(VAR_A)", "$$$A"),
    ("$VAR_A)", "$VAR_A)"),
    ("${VAR_A}", "${VAR_A}"),
    ("$(VAR_B)_______$(A", "B_______$(A"),
    ("$(VAR_C)_______$(", "C_______$("),
    ("$(VAR_A)foobarzab$", "Afoobarzab$"),
    ("foo-\\$(VAR_A", "foo-\\$(VAR_A"),
    ("--$($($($($--", "--$($($($($--"),
    ("$($($($($--foo$(", "$($($($($--foo$("),
    ("foo0--$($($($(", "foo0--$($($($("),
    ("$(foo$$var)", "$(foo$$var)"),
];

#[test]
fn the_kubelets_own_cases_give_the_same_results() {
    let context = [
        ("VAR_A", "A"),
        ("VAR_B", "B"),
        ("VAR_C", "C"),
        ("VAR_REF", "$(VAR_A)"),
        ("VAR_EMPTY", ""),
    ];
    for (input, output) in UPSTREAM {
        assert_eq!(expanded(input, &context), *output, "{input}");
        assert_eq!(
            kubelet(input, with(&context)),
            *output,
            "the second implementation: {input}"
        );
    }
}

#[test]
fn an_empty_name_is_a_name() {
    assert_eq!(expanded("$()", &[]), "$()");
    assert_eq!(expanded("$()", &[("", "x")]), "x");
    assert_eq!(expanded("", &[("", "x")]), "");
}

#[test]
fn text_behind_a_lone_dollar_stays_intact() {
    // The kubelet garbles it: it takes a byte for a character.
    assert_eq!(expanded("$é €$€", &[]), "$é €$€");
    assert_eq!(kubelet("$é", with(&[])), "$Ã©".replace('©', "\u{fffd}"));
}

#[test]
fn the_references_of_a_text_are_the_looked_up_names() {
    let names = |text| references(text).collect::<Vec<_>>();
    assert_eq!(names("$(A)$$(B)$(C$(D) $(E"), ["A", "C$(D"]);
    assert_eq!(names("$$(PORT)"), [""; 0]);
}

#[test]
fn a_result_over_the_limit_is_not_built() {
    let long = "x".repeat(100);
    let context = [("A", long.as_str())];
    assert_eq!(
        expand("$(A)$(A)", 200, with(&context)).map(|text| text.len()),
        Some(200)
    );
    assert_eq!(expand("$(A)$(A)", 199, with(&context)), None);
    assert_eq!(expand("$(B)", 4, with(&context)).as_deref(), Some("$(B)"));
    assert_eq!(expand("$(B)", 3, with(&context)), None);
    // Building this would take 400 GB.
    let huge = "y".repeat(1 << 20);
    assert_eq!(
        expand(&"$(A)".repeat(400_000), 128 * 1024, with(&[("A", huge.as_str())])),
        None
    );
}

#[test]
fn unterminated_references_do_not_make_a_text_slow() {
    // Searching the rest of the text for the end of each of them would take 10^12 steps.
    let text = "$(".repeat(1 << 20);
    assert_eq!(expanded(&text, &[]), text);
    assert_eq!(references(&text).count(), 0);
}

/// `Expand` and `tryReadVariableName` of the kubelet, byte by byte.
fn kubelet<'v>(input: &str, mapping: impl Fn(&str) -> Option<&'v str>) -> String {
    let bytes = input.as_bytes();
    let mut out = Vec::new();
    let (mut checkpoint, mut cursor) = (0, 0);
    while cursor < bytes.len() {
        if bytes[cursor] == b'$' && cursor + 1 < bytes.len() {
            out.extend_from_slice(&bytes[checkpoint..cursor]);
            let rest = &bytes[cursor + 1..];
            let advance = match rest[0] {
                b'$' => {
                    out.push(b'$');
                    1
                }
                b'(' => match rest.iter().position(|byte| *byte == b')') {
                    Some(end) => {
                        let name = std::str::from_utf8(&rest[1..end]).expect("cut at ASCII");
                        out.extend(
                            mapping(name)
                                .map_or_else(|| format!("$({name})"), str::to_owned)
                                .bytes(),
                        );
                        end + 1
                    }
                    None => {
                        out.extend_from_slice(b"$(");
                        1
                    }
                },
                byte => {
                    out.push(b'$');
                    out.extend(char::from(byte).to_string().bytes());
                    1
                }
            };
            cursor += advance;
            checkpoint = cursor + 1;
        }
        cursor += 1;
    }
    out.extend_from_slice(&bytes[checkpoint..]);
    String::from_utf8_lossy(&out).into_owned()
}

proptest! {
    #[test]
    fn any_text_comes_out_as_from_the_kubelet(text in "[$()ABé ]{0,24}|(\\$\\(A\\)|\\$\\$|\\$\\(|[$()A-C]){0,12}", a in "[$()A]{0,4}") {
        // The kubelet is wrong about a lone dollar before a byte that is not ASCII.
        let text = text.replace('é', "_é");
        let context = [("A", a.as_str()), ("AB", "x"), ("", "empty")];
        prop_assert_eq!(expanded(&text, &context), kubelet(&text, with(&context)));
    }

    #[test]
    fn text_without_dollars_and_with_doubled_ones_is_literal(text in any::<String>()) {
        prop_assert_eq!(expanded(&text.replace('$', "$$"), &[("A", "x")]), text);
    }
}
