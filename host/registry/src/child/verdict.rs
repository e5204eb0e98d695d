//! Translates HTTP answers and errors of reqwest and oci-client to failures.

use std::error::Error;

use http::StatusCode;
use oci_client::errors::{DigestError, OciDistributionError, OciErrorCode};
use podweave_core::text::printable;
use serde::Deserialize;

use crate::failure::Failure;

/// How much of an answer's body is searched for a reason.
const REASON_BYTES: usize = 4096;

/// The failure that an HTTP status means.
pub fn of_status(status: StatusCode, body: &[u8], what: &str, with_credentials: bool) -> Failure {
    let said = said(body);
    match status.as_u16() {
        401 => Failure::Unauthorized {
            with_credentials,
            said,
        },
        403 => Failure::Denied(said),
        404 => Failure::NotFound {
            what: what.to_owned(),
            said,
        },
        429 => Failure::TooManyRequests(said),
        status @ 500..=599 => Failure::Server { status, said },
        status => Failure::Unexpected(format!("HTTP {status} for the {what}: {said}")),
    }
}

/// The registry's reasons if they have the standard format, otherwise the beginning of the body.
fn said(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Reasons {
        errors: Vec<Reason>,
    }
    #[derive(Deserialize)]
    struct Reason {
        #[serde(default)]
        message: String,
    }
    let body = &body[..body.len().min(REASON_BYTES)];
    match serde_json::from_slice::<Reasons>(body) {
        Ok(Reasons { errors }) => errors
            .into_iter()
            .map(|reason| reason.message)
            .collect::<Vec<_>>()
            .join(", "),
        // An HTML page says nothing useful in an error message.
        Err(_) if body.trim_ascii_start().starts_with(b"<") => String::new(),
        Err(_) => printable(&String::from_utf8_lossy(body), 300),
    }
}

/// The failure that an error of reqwest means.
pub fn of_reqwest(error: &reqwest::Error) -> Failure {
    // The URL of a redirect may contain a signature that is as good as a password.
    if let Some(status) = error.status() {
        return of_status(status, b"", "answer", false);
    }
    let reason = chain(error);
    match () {
        () if reason.contains("invalid peer certificate") => Failure::Certificate(reason),
        () if reason.contains("InvalidContentType") || reason.contains("corrupt message") => {
            Failure::NotTls(reason)
        }
        () if error.is_redirect() => Failure::Unexpected(reason),
        () if error.is_connect() => Failure::Unreachable(reason),
        () if error.is_timeout() => Failure::Cut(format!("it was silent for too long: {reason}")),
        () if error.is_builder() => Failure::Request(reason),
        () => Failure::Cut(reason),
    }
}

/// The causes of an error without the error itself, which has the URL and no information.
fn chain(error: &dyn Error) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        let reason = error.to_string();
        // Another error of reqwest would repeat the URL.
        if !error.is::<reqwest::Error>() && reasons.last() != Some(&reason) {
            reasons.push(reason);
        }
        source = error.source();
    }
    if reasons.is_empty() {
        "unknown reason".to_owned()
    } else {
        reasons.join(": ")
    }
}

/// The failure that an error of oci-client means.
pub fn of_client(error: &OciDistributionError, what: &str, with_credentials: bool) -> Failure {
    match error {
        OciDistributionError::RequestError(error) => of_reqwest(error),
        OciDistributionError::UnauthorizedError { .. } | OciDistributionError::AuthenticationFailure(_) => {
            Failure::Unauthorized {
                with_credentials,
                said: String::new(),
            }
        }
        OciDistributionError::ServerError { code, message, .. } => match StatusCode::from_u16(*code) {
            Ok(status) => of_status(status, message.as_bytes(), what, with_credentials),
            Err(_) => Failure::Unexpected(format!("HTTP {code} for the {what}")),
        },
        OciDistributionError::RegistryError { envelope, .. } => {
            let said = envelope
                .errors
                .iter()
                .take(8)
                .map(|error| printable(&error.message, 200))
                .collect::<Vec<_>>()
                .join(", ");
            match envelope.errors.first().map(|error| &error.code) {
                Some(OciErrorCode::Unauthorized) => Failure::Unauthorized {
                    with_credentials,
                    said,
                },
                Some(OciErrorCode::Denied) => Failure::Denied(said),
                Some(OciErrorCode::Toomanyrequests) => Failure::TooManyRequests(said),
                Some(
                    OciErrorCode::ManifestUnknown
                    | OciErrorCode::NameUnknown
                    | OciErrorCode::BlobUnknown
                    | OciErrorCode::NotFound,
                ) => Failure::NotFound {
                    what: what.to_owned(),
                    said,
                },
                _ => Failure::Unexpected(format!("it rejected the {what}: {said}")),
            }
        }
        OciDistributionError::DigestError(error) => of_digest(error, what),
        OciDistributionError::IoError(error) => of_stream(error, what),
        error => Failure::Unexpected(format!("{what}: {}", printable(&error.to_string(), 300))),
    }
}

fn of_digest(error: &DigestError, what: &str) -> Failure {
    match error {
        DigestError::VerificationError { expected, actual } => Failure::WrongDigest {
            what: what.to_owned(),
            expected: printable(expected, 80),
            actual: printable(actual, 80),
        },
        error => Failure::Unexpected(format!("{what}: {}", printable(&error.to_string(), 300))),
    }
}

/// The failure that an error in a stream of oci-client means: it wraps the other errors.
pub fn of_stream(error: &std::io::Error, what: &str) -> Failure {
    let inner = error.get_ref();
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<DigestError>()) {
        return of_digest(error, what);
    }
    match inner.and_then(|inner| inner.downcast_ref::<reqwest::Error>()) {
        Some(error) => of_reqwest(error),
        None => Failure::Cut(error.to_string()),
    }
}
