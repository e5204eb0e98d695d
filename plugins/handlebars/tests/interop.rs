//! Random templates come out as Handlebars.js renders them. `make interop` runs this; it needs Node.js, and what tools/fetch-oracles-handlebars fetches.

mod common;
#[path = "handlebars_js/oracle.rs"]
mod oracle;
#[path = "handlebars_js/random.rs"]
mod random;

use common::Case;
use oracle::{Answer, Request};
use random::{Templates, Writer, values};

const COUNT: u64 = 6000;
const SEED: u64 = 0x706f_6477;

fn ours(templates: &Templates, values: &str) -> Answer {
    let keys: Vec<(&str, &str)> = templates.partials.iter().map(|(name, text)| (&**name, &**text)).collect();
    let references: serde_json::Map<_, _> = keys.iter().map(|(name, _)| ((*name).to_owned(), format!("partials/{name}").into())).collect();
    let references = serde_json::Value::from(references);
    let file = serde_json::Value::from(&*templates.main);
    let params = format!(r#"{{"values":{values},"partials":{references},"files":{{"f":{file}}}}}"#);
    let rendered = Case::new().map_of("partials", &keys).params(&params).render().map_err(|error| format!("{error:?}"))?;
    Ok(String::from_utf8_lossy(&rendered.files["f"]).into_owned())
}

#[test]
fn random_templates_come_out_as_in_handlebars_js() {
    let values = values();
    let all: Vec<Templates> = (0..COUNT).map(|number| Writer::templates(SEED + number)).collect();
    let requests = all.iter().map(|templates| Request { template: &templates.main, partials: &templates.partials, values: &values, is_strict: true });
    let theirs = oracle::render(requests);
    assert_eq!(theirs.len(), all.len(), "an answer for each template");

    let written = values.to_string();
    let (mut same, mut both_refuse, mut differences) = (0, 0, Vec::new());
    for (templates, theirs) in all.iter().zip(theirs) {
        match (ours(templates, &written), theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => same += 1,
            (Err(_), Err(_)) => both_refuse += 1,
            (ours, theirs) => differences.push(format!("{:?}\n  with {:?}\n  ours   {ours:?}\n  theirs {theirs:?}", templates.main, templates.partials)),
        }
    }
    let compared = same + differences.len();
    println!("{same} of {compared} templates come out the same; {both_refuse} more are refused by both");
    for difference in differences.iter().take(20) {
        println!("{difference}");
    }
    assert!(compared >= 5000, "too few templates render: {compared}");
    assert!(differences.len() * 1000 <= compared, "{} of {compared} differ", differences.len());
}
