//! Implements helpers that encode and digest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::failure::Result;
use crate::helpers::Arguments;
use crate::value::Value;

pub(super) fn b64(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::text(STANDARD.encode(&*arguments.text(0)?)))
}

pub(super) fn b64_decode(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let text = arguments.text(0)?;
    match STANDARD
        .decode(text.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
    {
        Some(decoded) => Ok(Value::text(decoded)),
        None => Err(arguments.reject(&arguments.value(0)?, "is not the standard base64 of UTF-8 text")),
    }
}

pub(super) fn sha256(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let digest = Sha256::digest(arguments.text(0)?.as_bytes());
    let mut hex = String::new();
    for byte in digest {
        for half in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
    }
    Ok(Value::text(hex))
}
