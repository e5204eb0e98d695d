//! Implements helpers for integers.

use crate::failure::Result;
use crate::helpers::Arguments;
use crate::value::Value;

pub(super) fn int(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(arguments.integer(0)?.into())
}

pub(super) fn add(arguments: &Arguments<'_, '_>) -> Result<Value> {
    fold(arguments, i64::checked_add)
}

pub(super) fn sub(arguments: &Arguments<'_, '_>) -> Result<Value> {
    fold(arguments, i64::checked_sub)
}

pub(super) fn mul(arguments: &Arguments<'_, '_>) -> Result<Value> {
    fold(arguments, i64::checked_mul)
}

pub(super) fn div(arguments: &Arguments<'_, '_>) -> Result<Value> {
    not_by_zero(arguments)?;
    fold(arguments, i64::checked_div)
}

pub(super) fn modulo(arguments: &Arguments<'_, '_>) -> Result<Value> {
    not_by_zero(arguments)?;
    fold(arguments, i64::checked_rem)
}

pub(super) fn lt(arguments: &Arguments<'_, '_>) -> Result<Value> {
    compare(arguments, |left, right| left < right)
}

pub(super) fn le(arguments: &Arguments<'_, '_>) -> Result<Value> {
    compare(arguments, |left, right| left <= right)
}

pub(super) fn gt(arguments: &Arguments<'_, '_>) -> Result<Value> {
    compare(arguments, |left, right| left > right)
}

pub(super) fn ge(arguments: &Arguments<'_, '_>) -> Result<Value> {
    compare(arguments, |left, right| left >= right)
}

fn compare(arguments: &Arguments<'_, '_>, holds: fn(i64, i64) -> bool) -> Result<Value> {
    Ok(holds(arguments.integer(0)?, arguments.integer(1)?).into())
}

fn fold(arguments: &Arguments<'_, '_>, step: fn(i64, i64) -> Option<i64>) -> Result<Value> {
    let mut result = arguments.integer(0)?;
    for index in 1..arguments.len() {
        let next = step(result, arguments.integer(index)?);
        result = next.ok_or_else(|| arguments.template("the result does not fit into a 64 bit integer"))?;
    }
    Ok(result.into())
}

fn not_by_zero(arguments: &Arguments<'_, '_>) -> Result<()> {
    match arguments.integer(1)? {
        0 => Err(arguments.reject(&arguments.value(1)?, "is 0, and something is divided by it")),
        _ => Ok(()),
    }
}
