//! Checks that templates render as in Handlebars.js, according to its recorded results, or differ as the
//! manual says.
//!
//! Handlebars.js 4.7.10 made recorded.json: `PODWEAVE_RECORD=1 cargo test --release -p podweave-handlebars
//! --test interop`. Without the variable, this command checks that it would be the same again.

#[path = "handlebars_js/cases.rs"]
mod cases;
mod common;

use common::Case;

const MANUAL: &str = include_str!("../../../docs/plugins/handlebars.md");

fn ours(case: &cases::Case, values: &str) -> Result<String, String> {
    let keys: Vec<(String, &str)> = case
        .partials
        .iter()
        .enumerate()
        .map(|(index, (_, text))| (format!("p{index}"), text.as_str()))
        .collect();
    let keys: Vec<(&str, &str)> = keys.iter().map(|(key, text)| (&**key, *text)).collect();
    let references: serde_json::Map<_, _> = case
        .partials
        .iter()
        .enumerate()
        .map(|(index, (name, _))| (name.clone(), format!("partials/p{index}").into()))
        .collect();
    let params = serde_json::json!({ "partials": references });
    let case_of = Case::new()
        .map_of("partials", &keys)
        .params(&params.to_string())
        .values(values);
    case_of.text(&case.template).map_err(|error| format!("{error:?}"))
}

#[test]
fn all_chapters_render_as_in_handlebars_js_or_as_documented() {
    let (values, cases) = cases::all();
    let recorded = cases::read_json("recorded.json");
    let manual = MANUAL.split_whitespace().collect::<Vec<_>>().join(" ");
    let values = values.to_string();
    let mut wrong = Vec::new();
    for case in &cases {
        let theirs = &recorded[&case.title];
        let ours = ours(case, &values);
        let is_right = match (&case.ours, &case.fails, &ours) {
            (Some(wanted), None, Ok(ours)) => ours == wanted && theirs["output"] != **wanted,
            (None, Some(message), Err(error)) => error.contains(message),
            (None, None, Ok(ours)) => theirs["output"] == **ours,
            _ => false,
        };
        // If both refuse a template, there is no difference.
        let differs = case.ours.is_some() || case.fails.is_some() && theirs["output"].is_string();
        let is_told = match &case.difference {
            Some(words) => differs && manual.contains(words),
            None => !differs,
        };
        if !is_right || !is_told {
            wrong.push(format!(
                "{}: {:?}\n  ours {ours:?}\n  theirs {theirs}\n  told: {is_told}",
                case.title, case.template
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert!(cases.len() > 150, "no case was left out");
}
