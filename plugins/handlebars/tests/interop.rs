//! Checks that random templates render as in Handlebars.js. `make interop` runs this; it needs Node.js and
//! the files of tools/fetch-oracles-handlebars.

#[path = "handlebars_js/cases.rs"]
mod cases;
mod common;
#[path = "handlebars_js/oracle.rs"]
mod oracle;
#[path = "handlebars_js/random/mod.rs"]
mod random;

use common::Case;
use oracle::{Answer, Request};
use random::{Templates, Writer, values};

const COUNT: u64 = 6000;
const SEED: u64 = 0x706f_6477;

fn ours(templates: &Templates, values: &str) -> Answer {
    let keys: Vec<(&str, &str)> = templates
        .partials
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();
    let references: serde_json::Map<_, _> = keys
        .iter()
        .map(|(name, _)| ((*name).to_owned(), format!("partials/{name}").into()))
        .collect();
    let references = serde_json::Value::from(references);
    let file = serde_json::Value::from(&*templates.main);
    let params = format!(r#"{{"values":{values},"partials":{references},"files":{{"f":{file}}}}}"#);
    let rendered = Case::new()
        .map_of("partials", &keys)
        .params(&params)
        .render()
        .map_err(|error| format!("{error:?}"))?;
    Ok(String::from_utf8_lossy(&rendered.files["f"]).into_owned())
}

#[test]
fn the_recorded_results_are_those_of_handlebars_js() {
    let (values, cases) = cases::all();
    let requests = cases.iter().map(|case| Request {
        template: &case.template,
        partials: &case.partials,
        values: &values,
        is_strict: false,
    });
    let answers = oracle::render(requests);
    let theirs: serde_json::Map<_, _> = cases
        .iter()
        .zip(answers)
        .map(|(case, answer)| match answer {
            Ok(output) => (case.title.clone(), serde_json::json!({ "output": output })),
            Err(error) => (case.title.clone(), serde_json::json!({ "error": error })),
        })
        .collect();
    assert_eq!(theirs.len(), cases.len(), "no two cases have the same name");
    if std::env::var_os("PODWEAVE_RECORD").is_some() {
        let json = serde_json::to_string_pretty(&theirs).expect("JSON");
        std::fs::write(cases::path("recorded.json"), json + "\n").expect("recorded.json can be written");
    }
    assert_eq!(
        cases::read_json("recorded.json"),
        serde_json::Value::Object(theirs),
        "run it with PODWEAVE_RECORD=1 if Handlebars.js has changed"
    );
}

#[test]
fn random_templates_render_as_in_handlebars_js() {
    let values = values();
    let all: Vec<Templates> = (0..COUNT)
        .map(|number| Writer::templates(SEED + number))
        .collect();
    let requests = all.iter().map(|templates| Request {
        template: &templates.main,
        partials: &templates.partials,
        values: &values,
        is_strict: true,
    });
    let theirs = oracle::render(requests);
    assert_eq!(theirs.len(), all.len(), "an answer for each template");

    let written = values.to_string();
    let (mut same, mut both_refuse, mut differences) = (0, 0, Vec::new());
    for (templates, theirs) in all.iter().zip(theirs) {
        match (ours(templates, &written), theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => same += 1,
            (Err(_), Err(_)) => both_refuse += 1,
            (ours, theirs) => differences.push(format!(
                "{:?}\n  with {:?}\n  ours   {ours:?}\n  theirs {theirs:?}",
                templates.main, templates.partials
            )),
        }
    }
    let compared = same + differences.len();
    println!("{same} of {compared} templates render the same; {both_refuse} more are refused by both");
    for difference in differences.iter().take(20) {
        println!("{difference}");
    }
    assert!(compared >= 5000, "too few templates render: {compared}");
    assert!(
        differences.len() * 1000 <= compared,
        "{} of {compared} differ",
        differences.len()
    );
}
