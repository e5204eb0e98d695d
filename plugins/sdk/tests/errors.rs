//! Checks how `?` and the parameters' parser turn failures into errors.

use podweave_plugin::{Error, Result, inputs};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    files: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct File {
    mode: u32,
}

fn failure(json: &str) -> Error {
    inputs::parse_params::<Params>(json).unwrap_err()
}

#[test]
fn good_params_are_deserialised() {
    let params: Params = inputs::parse_params(r#"{"files":[{"mode":288}]}"#).unwrap();
    assert_eq!(params.files[0].mode, 288);
}

#[test]
fn a_bad_param_is_named_by_its_path() {
    assert_eq!(
        failure(r#"{"files":[{"mode":1},{"mode":"x"}]}"#),
        Error::invalid_params("files[1].mode", "invalid type: string \"x\", expected u32"),
    );
}

#[test]
fn a_param_that_is_missing_at_the_top_has_an_empty_path() {
    assert_eq!(failure("{}"), Error::invalid_params("", "missing field `files`"));
}

#[test]
fn the_question_mark_keeps_the_whole_chain_of_causes() {
    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no port")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    fn parse() -> Result<u16> {
        Ok("x".parse().map_err(Outer)?)
    }
    assert_eq!(
        parse(),
        Err(Error::other("no port: invalid digit found in string"))
    );
}
