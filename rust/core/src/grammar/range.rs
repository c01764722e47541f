//! The numbers of a range, with the arithmetic of each Hydra.
//!
//! Over integers both count as Python's `range`. Otherwise Hydra 1.3 adds the exact value of the
//! step to the exact value of the start, again and again, with 28 digits; 1.4 takes the numbers as
//! they are written and multiplies. So `range(0,1,0.1)` has 0.7 in 1.4, 0.7000000000000001 in 1.3.

use std::cmp::Ordering;

use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

use super::ast::{Cast, Dialect, Number, Range};
use super::bind::refuse;
use super::decimal::Decimal;
use super::number::{int_value, truncate};

/// How many values a sweep may list.
pub(crate) const MAX_VALUES: u32 = 1_000_000;

/// `range(start,stop,step)`; with one number it is the stop.
pub(crate) fn make_range(start: Number, stop: Option<Number>, step: Option<Number>) -> Range {
    let (start, stop) = match stop {
        Some(stop) => (start, stop),
        None => (Number::Int(0), start),
    };
    Range {
        start,
        stop,
        step: step.unwrap_or(Number::Int(1)),
        casts: Vec::new(),
        shuffle: false,
        tags: Default::default(),
    }
}

/// A cast of the range: Hydra 1.3 casts the bounds, 1.4 each number.
pub(crate) fn cast_range(range: Range, cast: Cast, dialect: Dialect) -> Result<Range> {
    if dialect == Dialect::Hydra14 {
        let mut range = range;
        range.casts.push(cast);
        return Ok(range);
    }
    let bound = |number: &Number| match (cast, number.as_int()) {
        (Cast::Float, _) => Ok(Number::Float(number.as_float())),
        (Cast::Int, Some(value)) => Ok(Number::Int(value)),
        (Cast::Int, None) => match truncate(number.as_float())? {
            Value::Int(value) => Ok(Number::Int(value.into())),
            Value::BigInt(digits) => digits.parse().map(Number::Int).map_err(|_| too_large()),
            _ => Err(too_large()),
        },
    };
    let (start, stop, step) = (bound(&range.start)?, bound(&range.stop)?, bound(&range.step)?);
    Ok(Range { step, ..make_range(start, Some(stop), None) })
}

fn too_large() -> Error {
    Error::new(ErrorKind::Limit, "a bound of the range has more than 128 bits")
}

/// What a range cannot be listed for.
fn unlistable(why: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("the range cannot be listed: {why}"))
}

/// `sort` of a range.
pub(crate) fn sort_range(range: Range, reverse: bool, dialect: Dialect) -> Result<Range> {
    match dialect {
        Dialect::Hydra13 => sort_13(range, reverse),
        Dialect::Hydra14 => {
            let range = Range { shuffle: false, ..range };
            // A NaN is neither above nor below zero, but Python's decimals refuse to say so; a
            // float NaN as the step just counts as not above.
            let rises = range.step.compare(&Number::Int(0)) == Some(Ordering::Greater);
            if rises == reverse { turned_14(range) } else { Ok(range) }
        }
    }
}

/// Hydra 1.3 swaps the bounds and moves both by one step.
fn sort_13(mut range: Range, reverse: bool) -> Result<Range> {
    let order = range.start.compare(&range.stop);
    let turns = if reverse { Ordering::Less } else { Ordering::Greater };
    if order != Some(turns) {
        return Ok(range);
    }
    let by = match range.step.as_int() {
        Some(step) => Number::Int(step.checked_abs().ok_or_else(too_large)?),
        None => Number::Float(range.step.as_float().abs()),
    };
    let (start, stop) = (moved(&range.stop, &by, reverse)?, moved(&range.start, &by, reverse)?);
    (range.start, range.stop) = (start, stop);
    range.step = match range.step.as_int() {
        Some(step) => Number::Int(step.saturating_neg()),
        None => Number::Float(-range.step.as_float()),
    };
    Ok(range)
}

/// Python's sum or difference of two numbers.
fn moved(bound: &Number, by: &Number, down: bool) -> Result<Number> {
    match (bound.as_int(), by.as_int()) {
        (Some(bound), Some(by)) => {
            let moved = if down { bound.checked_sub(by) } else { bound.checked_add(by) };
            moved.map(Number::Int).ok_or_else(too_large)
        }
        _ if down => Ok(Number::Float(bound.as_float() - by.as_float())),
        _ => Ok(Number::Float(bound.as_float() + by.as_float())),
    }
}

/// Hydra 1.4 starts at the last number and ends after the first.
fn turned_14(mut range: Range) -> Result<Range> {
    let whole = (range.start.as_int(), range.stop.as_int(), range.step.as_int());
    if let (Some(start), Some(stop), Some(step)) = whole {
        let count = int_count(start, stop, step)?;
        if count > 1 {
            let last =
                step.checked_mul(count.saturating_sub(1)).and_then(|by| start.checked_add(by));
            let turned = step.checked_neg().ok_or_else(too_large)?;
            let stop = start.checked_add(turned).ok_or_else(too_large)?;
            range.start = Number::Int(last.ok_or_else(too_large)?);
            range.step = Number::Int(turned);
            range.stop = Number::Int(stop);
        }
        return Ok(range);
    }
    let [start, stop, step] = decimals_14(&range).ok_or_else(|| refuse_sort("a bool"))?;
    let nan = || refuse_sort("NaN or infinity");
    let falls = match step.sign().ok_or_else(nan)? {
        Ordering::Equal => return Ok(range),
        sign => sign == Ordering::Less,
    };
    let order = start.compare(&stop).ok_or_else(nan)?;
    if order != (if falls { Ordering::Greater } else { Ordering::Less }) {
        return Ok(range);
    }
    let (high, low) = if falls { (&start, &stop) } else { (&stop, &start) };
    let distance = high.plus(&low.negated()).ok_or_else(nan)?;
    let (count, left) = distance.count(&step).ok_or_else(nan)?;
    let steps = if left { count } else { count.saturating_sub(1) };
    if steps > 0 {
        let steps = u64::try_from(steps).map_err(|_| too_large())?;
        let last = step.times(steps).and_then(|by| start.plus(&by)).ok_or_else(nan)?;
        let turned = step.negated();
        let stop = turned.half().and_then(|half| start.plus(&half)).ok_or_else(nan)?;
        range.start = Number::from_decimal(last);
        range.step = Number::from_decimal(turned);
        range.stop = Number::from_decimal(stop);
    }
    Ok(range)
}

fn refuse_sort(what: &str) -> Error {
    refuse(format!("`sort` cannot turn round a range with {what} in it"))
}

/// Bounds and step as 1.4 reads them; `None` where one is a bool.
fn decimals_14(range: &Range) -> Option<[Decimal; 3]> {
    Some([range.start.shortest()?, range.stop.shortest()?, range.step.shortest()?])
}

/// How many numbers a range of integers has.
fn int_count(start: i128, stop: i128, step: i128) -> Result<i128> {
    let distance = match step.cmp(&0) {
        Ordering::Equal => return Err(refuse("a range with a step of 0")),
        Ordering::Greater => stop.checked_sub(start),
        Ordering::Less => start.checked_sub(stop),
    };
    let step = step.checked_abs().ok_or_else(too_large)?;
    let distance = distance.ok_or_else(too_large)?;
    if distance <= 0 {
        return Ok(0);
    }
    Ok(distance.saturating_sub(1).checked_div(step).unwrap_or(0).saturating_add(1))
}

/// The numbers of the range, in its order.
pub(crate) fn numbers(range: &Range, dialect: Dialect) -> Result<Vec<Value>> {
    let whole = (range.start.as_int(), range.stop.as_int(), range.step.as_int());
    let values = match whole {
        (Some(start), Some(stop), Some(step)) => whole_numbers(start, stop, step)?,
        _ => floats(range, dialect)?.into_iter().map(Value::Float).collect(),
    };
    if range.casts.is_empty() {
        return Ok(values);
    }
    values.into_iter().map(|value| range.casts.iter().try_fold(value, cast_number)).collect()
}

fn cast_number(value: Value, cast: &Cast) -> Result<Value> {
    match (cast, value) {
        (Cast::Int, Value::Float(value)) => truncate(value),
        (Cast::Int, value) => Ok(value),
        (Cast::Float, value) => {
            super::number::to_float(&super::ast::Element::Scalar(value)).map(Value::Float)
        }
    }
}

fn whole_numbers(start: i128, stop: i128, step: i128) -> Result<Vec<Value>> {
    let count = int_count(start, stop, step)?;
    if count > i128::from(MAX_VALUES) {
        return Err(too_many());
    }
    let mut next = start;
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(int_value(next));
        next = next.saturating_add(step);
    }
    Ok(values)
}

fn too_many() -> Error {
    let message = format!("the range has more than {MAX_VALUES} numbers");
    Error::new(ErrorKind::Limit, message)
}

fn floats(range: &Range, dialect: Dialect) -> Result<Vec<f64>> {
    let nan = || unlistable("NaN, or infinities that cancel out");
    let [start, stop, step] = match dialect {
        Dialect::Hydra13 => [range.start.exact(), range.stop.exact(), range.step.exact()],
        Dialect::Hydra14 => decimals_14(range).ok_or_else(|| unlistable("a bound is a bool"))?,
    };
    // Far too many are not worth counting one by one; the bound itself is exact, below.
    let span = (range.stop.as_float() - range.start.as_float()) / range.step.as_float();
    if range.step.as_float() != 0.0 && span > 2.0 * f64::from(MAX_VALUES) {
        return Err(too_many());
    }
    let mut values = Vec::new();
    let mut current = start.clone();
    let mut index: u64 = 0;
    loop {
        if dialect == Dialect::Hydra14 {
            current = step.times(index).and_then(|by| start.plus(&by)).ok_or_else(nan)?;
        }
        let before = match step.sign().ok_or_else(nan)? {
            Ordering::Equal => return Err(unlistable("its step is 0")),
            Ordering::Greater => Ordering::Less,
            Ordering::Less => Ordering::Greater,
        };
        if current.compare(&stop).ok_or_else(nan)? != before {
            return Ok(values);
        }
        if index >= u64::from(MAX_VALUES) {
            return Err(too_many());
        }
        values.push(current.to_float());
        index = index.saturating_add(1);
        if dialect == Dialect::Hydra13 {
            current = current.plus(&step).ok_or_else(nan)?;
        }
    }
}
