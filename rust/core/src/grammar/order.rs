//! Python's order of plain values and its `sorted`, NaN and mixed types included.

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::value::Value;

use super::ast::Element;
use super::bind::{kind_name, refuse};
use super::number::{canonical, compare_scalars};

/// Up to here Python sorts by insertion, and with NaN the result depends on how it is sorted.
const INSERTION: usize = 64;

/// The items in Python's order.
///
/// # Errors
///
/// Two items that Python does not compare with `<`.
pub(crate) fn sorted(mut items: Vec<Element>, reverse: bool) -> Result<Vec<Element>> {
    if reverse {
        items.reverse();
    }
    let mut failure = None;
    let mut before = |a: &Element, b: &Element| {
        is_less(a, b).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            false
        })
    };
    if items.len() < INSERTION || !is_ordered(&items) {
        if items.len() >= INSERTION && items.iter().any(has_nan) {
            return Err(refuse(format!(
                "`sort` of {INSERTION} items and more has no NaN among them"
            )));
        }
        items = insertion_sorted(items, &mut before);
    } else {
        items.sort_by(|a, b| match (before(a, b), before(b, a)) {
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            _ => Ordering::Equal,
        });
    }
    if reverse {
        items.reverse();
    }
    failure.map_or(Ok(items), Err)
}

/// Whether all items are texts or all numbers, so that any two of them have an order.
fn is_ordered(items: &[Element]) -> bool {
    let is_text = |item: &Element| matches!(item, Element::Scalar(Value::Str(_)));
    let is_number = |item: &Element| {
        matches!(item, Element::Scalar(value)
            if compare_scalars(value, value) == Some(Some(Ordering::Equal)))
    };
    items.iter().all(is_text) || items.iter().all(is_number)
}

fn has_nan(item: &Element) -> bool {
    match item {
        Element::Scalar(Value::Float(value)) => value.is_nan(),
        Element::List { items, .. } => items.iter().any(has_nan),
        _ => false,
    }
}

/// A run that is in order already, and then each further item by binary search.
fn insertion_sorted(
    items: Vec<Element>,
    before: &mut impl FnMut(&Element, &Element) -> bool,
) -> Vec<Element> {
    let mut run = 1;
    let mut falling = false;
    for (at, pair) in items.windows(2).enumerate() {
        let [first, second] = pair else { break };
        let falls = before(second, first);
        if at == 0 {
            falling = falls;
        }
        if falls != falling {
            break;
        }
        run = at.saturating_add(2);
    }
    let mut result: Vec<Element> = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        if at < run {
            result.push(item);
            continue;
        }
        if at == run && falling {
            result.reverse();
        }
        // Which items are looked at matters among NaN, so this is Python's search.
        let (mut low, mut high) = (0, result.len());
        while low < high {
            let middle = low.midpoint(high);
            if result.get(middle).is_some_and(|other| before(&item, other)) {
                high = middle;
            } else {
                low = middle.saturating_add(1);
            }
        }
        result.insert(low, item);
    }
    if falling && result.len() == run {
        result.reverse();
    }
    result
}

/// Python's `a < b`.
fn is_less(a: &Element, b: &Element) -> Result<bool> {
    match (a, b) {
        (Element::Scalar(Value::Str(a)), Element::Scalar(Value::Str(b))) => Ok(a < b),
        (Element::Scalar(x), Element::Scalar(y)) => match compare_scalars(x, y) {
            Some(order) => Ok(order == Some(Ordering::Less)),
            None => Err(incomparable(a, b)),
        },
        (Element::List { items: a, .. }, Element::List { items: b, .. }) => {
            match a.iter().zip(b).find(|(a, b)| !is_equal(a, b)) {
                Some((a, b)) => is_less(a, b),
                None => Ok(a.len() < b.len()),
            }
        }
        _ => Err(incomparable(a, b)),
    }
}

fn incomparable(a: &Element, b: &Element) -> Error {
    let quoted = [a, b].iter().any(|one| matches!(one, Element::Quoted { .. }));
    let hint = if quoted { " (Hydra does not sort quoted strings within a list)" } else { "" };
    refuse(format!("`sort` cannot order {} and {}{hint}", kind_name(a), kind_name(b)))
}

/// Python's `a == b`.
fn is_equal(a: &Element, b: &Element) -> bool {
    match (a, b) {
        (Element::Scalar(a), Element::Scalar(b)) => match compare_scalars(a, b) {
            Some(order) => order == Some(Ordering::Equal),
            None => a == b,
        },
        (Element::List { items: a, .. }, Element::List { items: b, .. }) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_equal(a, b))
        }
        (Element::Map(a), Element::Map(b)) => {
            let find = |key: &Value| {
                let key = canonical(key)?;
                b.iter().find(|(other, _)| canonical(other).as_ref() == Some(&key))
            };
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| find(key).is_some_and(|(_, other)| is_equal(value, other)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(items: &[Value], reverse: bool) -> Result<Vec<Value>> {
        let items = items.iter().cloned().map(Element::Scalar).collect();
        let sorted = sorted(items, reverse)?;
        Ok(sorted.iter().filter_map(Element::to_value).collect())
    }

    #[test]
    fn sorting_is_stable_and_nan_stays_where_python_leaves_it() {
        use Value::{Bool, Float, Int};
        let equals = [Bool(true), Int(1), Float(1.0), Int(0)];
        assert_eq!(sort(&equals, false).unwrap(), [Int(0), Bool(true), Int(1), Float(1.0)]);
        assert_eq!(sort(&equals, true).unwrap(), [Bool(true), Int(1), Float(1.0), Int(0)]);
        let nan = Float(f64::NAN);
        let mixed = [nan.clone(), Int(1), nan.clone(), Int(0)];
        assert_eq!(sort(&mixed, false).unwrap(), mixed);
        let floats = |values: [f64; 6]| values.map(Float);
        let mixed = floats([100.0, 0.5, f64::NAN, 2.0, 0.7, 2.0]);
        let seen = floats([0.5, 0.7, 2.0, 100.0, f64::NAN, 2.0]);
        assert_eq!(sort(&mixed, false).unwrap(), seen);
        assert_eq!(sort(&[Int(3), Int(2), Int(1)], false).unwrap(), [Int(1), Int(2), Int(3)]);
    }

    #[test]
    fn long_lists_sort_as_short_ones() {
        let many: Vec<Value> = (0..200).map(|at| Value::Int((at * 37) % 200)).collect();
        assert_eq!(sort(&many, false).unwrap(), (0..200).map(Value::Int).collect::<Vec<_>>());
    }

    #[test]
    fn long_lists_without_an_order_are_refused() {
        let numbers = || (0..100).map(Value::Int);
        let mixed: Vec<Value> = numbers().flat_map(|it| [it, Value::text("a")]).collect();
        assert!(sort(&mixed, false).is_err());
        let holes: Vec<Value> = numbers().chain([Value::Float(f64::NAN)]).collect();
        assert!(sort(&holes, false).is_err());
        let texts: Vec<Value> = (0..100).map(|at| Value::text(format!("{}", 100 - at))).collect();
        let mut expected: Vec<String> = (0..100).map(|at| format!("{}", 100 - at)).collect();
        expected.sort();
        let expected: Vec<Value> = expected.into_iter().map(Value::text).collect();
        assert_eq!(sort(&texts, false).unwrap(), expected);
    }

    #[test]
    fn what_python_does_not_compare_is_refused() {
        assert!(sort(&[Value::Int(1), Value::text("a")], false).is_err());
        assert!(sort(&[Value::Null, Value::Null], false).is_err());
        assert!(sort(&[Value::Null], false).is_ok());
    }
}
