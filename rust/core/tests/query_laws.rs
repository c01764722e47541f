//! What holds for every condition, held against a naive evaluator.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use proptest::prelude::*;
use runcube_core::query::{Condition, Operand, Operator, Query};
use runcube_core::value::Value;

const NAMES: [&str; 6] = ["a", "b.c/d@e-f", "in", "x y", "tick`", ""];

/// Numbers that a naive evaluator can double into integers, and everything else.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..3).prop_map(Value::Int),
        (-3_i64..3).prop_map(|near| Value::Int((1 << 53) + near)),
        Just(Value::integer("36893488147419103232").unwrap()),
        (-6_i32..6).prop_map(|half| Value::Float(f64::from(half) / 2.0)),
        prop_oneof![
            Just(9_007_199_254_740_992.0),
            Just(9_007_199_254_740_994.0),
            Just(36_893_488_147_419_103_232.0),
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
        ]
        .prop_map(Value::Float),
        "[ab'\"\\\\\né`]{0,3}".prop_map(Value::text),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let lists = prop::collection::vec(scalar(), 0..3).prop_map(Value::List);
    prop_oneof![4 => scalar(), 1 => lists]
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        prop::sample::select(&NAMES).prop_map(|name| Operand::Name(name.to_owned())),
        value().prop_map(Operand::Literal),
    ]
}

fn compared() -> impl Strategy<Value = (Operator, Operand)> {
    let list =
        prop::collection::vec(scalar(), 0..4).prop_map(|it| Operand::Literal(Value::List(it)));
    (prop::sample::select(&Operator::ALL), operand(), list).prop_map(|(operator, any, list)| {
        let wants_list = matches!(operator, Operator::In | Operator::NotIn);
        let is_name = matches!(any, Operand::Name(_));
        (operator, if wants_list && !is_name { list } else { any })
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let comparison = (operand(), prop::collection::vec(compared(), 1..3))
        .prop_map(|(first, rest)| Condition::Compare(first, rest));
    comparison.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Any),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn job() -> impl Strategy<Value = Vec<Option<Value>>> {
    prop::collection::vec(prop::option::weighted(0.8, value()), NAMES.len())
}

fn label<'j>(job: &'j [Option<Value>], name: &str) -> Option<&'j Value> {
    job.get(NAMES.iter().position(|known| *known == name)?)?.as_ref()
}

/// A number doubled; infinities beyond all others. `None` for NaN and for what is no number.
fn doubled(value: &Value) -> Option<i128> {
    match value {
        Value::Int(int) => Some(i128::from(*int) * 2),
        Value::BigInt(digits) => Some(digits.parse::<i128>().unwrap() * 2),
        Value::Float(float) if float.is_nan() => None,
        Value::Float(float) if float.is_infinite() => {
            Some(if *float > 0.0 { i128::MAX } else { i128::MIN })
        }
        Value::Float(float) => Some(format!("{:.0}", float * 2.0).parse().unwrap()),
        _ => None,
    }
}

fn naive_equal(a: &Value, b: &Value) -> bool {
    let number = |it: &Value| matches!(it, Value::Int(_) | Value::BigInt(_) | Value::Float(_));
    match (a, b) {
        (Value::List(x), Value::List(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| naive_equal(x, y))
        }
        _ if number(a) && number(b) => doubled(a).is_some() && doubled(a) == doubled(b),
        _ => !number(a) && !number(b) && a == b,
    }
}

fn naive_less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a.chars().lt(b.chars()),
        _ => doubled(a).zip(doubled(b)).is_some_and(|(a, b)| a < b),
    }
}

fn naive_compare(a: Option<&Value>, operator: Operator, b: Option<&Value>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return matches!(operator, Operator::NotEqual | Operator::NotIn);
    };
    let equal = naive_equal(a, b);
    let ordered = matches!(a, Value::Str(_)) || doubled(a).is_some();
    let within = match b {
        Value::List(items) => items.iter().any(|item| naive_equal(a, item)),
        _ => false,
    };
    match operator {
        Operator::Equal => equal,
        Operator::NotEqual => !equal,
        Operator::Less => naive_less(a, b),
        Operator::Greater => naive_less(b, a),
        Operator::LessOrEqual => naive_less(a, b) || (ordered && equal),
        Operator::GreaterOrEqual => naive_less(b, a) || (ordered && equal),
        Operator::In => within,
        Operator::NotIn => !within,
    }
}

fn naive(condition: &Condition, job: &[Option<Value>]) -> bool {
    match condition {
        Condition::Any(parts) => parts.iter().filter(|part| naive(part, job)).count() > 0,
        Condition::All(parts) => parts.iter().filter(|part| !naive(part, job)).count() == 0,
        Condition::Not(inner) => !naive(inner, job),
        Condition::Compare(first, rest) => {
            let operands: Vec<&Operand> =
                std::iter::once(first).chain(rest.iter().map(|(_, it)| it)).collect();
            let value = |operand: &Operand| match operand {
                Operand::Name(name) => label(job, name).cloned(),
                Operand::Literal(value) => Some(value.clone()),
            };
            operands.windows(2).zip(rest).all(|(pair, (operator, _))| match pair {
                [a, b] => naive_compare(value(a).as_ref(), *operator, value(b).as_ref()),
                _ => false,
            })
        }
    }
}

fn negated(parts: &[Condition]) -> Vec<Condition> {
    parts.iter().map(|part| Condition::Not(Box::new(part.clone()))).collect()
}

proptest! {
    #[test]
    fn a_printed_condition_parses_to_itself(condition in condition()) {
        let text = condition.to_string();
        let parsed = Query::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(parsed.condition(), &condition, "{}", text);
    }

    #[test]
    fn a_condition_holds_as_a_naive_evaluator_says(condition in condition(), job in job()) {
        let held = condition.holds(&|name: &str| label(&job, name));
        prop_assert_eq!(held, naive(&condition, &job), "{}", condition);
    }

    #[test]
    fn de_morgan_holds(parts in prop::collection::vec(condition(), 2..4), job in job()) {
        let held = |condition: Condition| {
            let text = condition.to_string();
            Query::parse(&text).unwrap().holds(|name| label(&job, name))
        };
        let all = Condition::Not(Box::new(Condition::All(parts.clone())));
        let any = Condition::Not(Box::new(Condition::Any(parts.clone())));
        prop_assert_eq!(held(all), held(Condition::Any(negated(&parts))));
        prop_assert_eq!(held(any), held(Condition::All(negated(&parts))));
    }

    #[test]
    fn any_text_is_a_condition_or_an_error_that_can_be_shown(
        text in "([a-z0-9 '\"`()\\[\\],.=<>!+_é\\\\-]|and |or |not |in |== ){0,40}",
        anything in any::<String>(),
    ) {
        for text in [text, anything] {
            match Query::parse(&text) {
                Ok(query) => {
                    let printed = query.condition().to_string();
                    let again = Query::parse(&printed).unwrap();
                    prop_assert_eq!(again.condition(), query.condition());
                }
                Err(error) => prop_assert!(error.to_string().contains("`where`: ")),
            }
        }
    }
}
