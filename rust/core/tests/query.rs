//! Conditions: what they select, what is refused and how it is underlined, and what holds for every
//! condition.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic, and so may its helpers")]

use proptest::prelude::*;
use runcube_core::error::ErrorKind;
use runcube_core::query::{Condition, Operand, Operator, Query};
use runcube_core::value::Value;

/// Labels by name; written as values of a condition.
fn labels(texts: &[(&str, &str)]) -> Vec<(String, Value)> {
    let value = |text: &str| {
        let query = Query::parse(&format!("x == {text}")).unwrap();
        match query.condition() {
            Condition::Compare(_, rest) => match rest.as_slice() {
                [(_, Operand::Literal(value))] => value.clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    texts.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect()
}

fn holds(text: &str, labels: &[(String, Value)]) -> bool {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{error}"));
    query.holds(|name| labels.iter().find(|(known, _)| known == name).map(|(_, value)| value))
}

fn refused(text: &str) -> String {
    let error = Query::parse(text).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Syntax, "{text}");
    error.to_string()
}

#[test]
fn conditions_select_by_typed_labels() {
    let job = labels(&[
        ("lr", "0.1"),
        ("seed", "3"),
        ("model", "'resnet'"),
        ("flag", "true"),
        ("none", "null"),
        ("sizes", "[64, 'a', 1.5]"),
        ("model.width", "64"),
        ("db/name", "'a'"),
        ("db@x", "'it\\'s'"),
        ("a b`c", "1"),
        ("one", "'1'"),
        ("nan", "nan"),
        ("größe", "2"),
    ]);
    for text in [
        "lr < 0.2 and model == 'resnet'",
        "seed in [1, 2, 3]",
        "seed in [1, 2, 3,]",
        "seed not in []",
        "0.1 <= lr < 1",
        "1 < seed < 4 != 5",
        "seed == 3.0",
        "not (seed == 4)",
        "not seed == 4 and lr < 1",
        "seed == 4 or seed == 3 and lr < 1",
        "model.width >= 64",
        "db/name == \"a\"",
        "`db/name` == 'a'",
        "db@x == \"it's\"",
        "`a b``c` == 1",
        "flag == True and none == None",
        "sizes == [64.0, 'a', 1.5]",
        "64 in sizes and 'b' not in sizes",
        "[1] in [[1], [2]]",
        "model >= 'resne' and model < 'resnet0' and 'a' < 'é'",
        "-1 < +1 and .5 == 5e-1 and 1_000 == 1e+3 and 5. == 5",
        "-inf < -1 and lr < inf",
        "größe == 2",
        "seed\n==\t3",
        "`nan` != `nan` and `nan` != nan",
        "lr == lr",
    ] {
        assert!(holds(text, &job), "{text}");
    }
    for text in [
        "seed == '3'",
        "seed == true",
        "flag == 1",
        "flag > false",
        "flag >= false",
        "one == 1",
        "one < 2",
        "none == false",
        "none < 1",
        "none <= null",
        "sizes == 64",
        "sizes == [64, 'a']",
        "sizes < [65]",
        "model in model",
        "`nan` == nan",
        "`nan` in [nan]",
        "`nan` <= 1",
        "not (not (seed == 4))",
        "(seed == 4 or seed == 3) and lr > 1",
    ] {
        assert!(!holds(text, &job), "{text}");
    }
}

#[test]
fn a_comparison_with_a_missing_label_is_false_and_unequal() {
    for operator in ["==", "<", "<=", ">", ">="] {
        assert!(!holds(&format!("x {operator} 1"), &[]), "{operator}");
        assert!(!holds(&format!("null {operator} x"), &[]), "{operator}");
    }
    assert!(!holds("x in [1, null]", &[]));
    assert!(holds("x != 1 and x != null and x != x and x not in [1]", &[]));
    assert!(holds("not (x == null)", &[]));
}

#[test]
fn ints_and_floats_are_compared_exactly() {
    let job = labels(&[
        ("big", "9007199254740993"),
        ("float", "9007199254740992.0"),
        ("huge", "123456789012345678901234567890"),
        ("most", "9223372036854775807"),
    ]);
    for text in [
        "big > float",
        "big != 9007199254740992.0",
        "big == 9007199254740993",
        "most < 9223372036854775808.0",
        "huge > 1e29",
        "huge < 1.3e29 and huge > most",
        "-123456789012345678901234567890 < -1e29",
        "big < inf",
        "0.1 != 0.10000000000000002",
    ] {
        assert!(holds(text, &job), "{text}");
    }
}

#[test]
fn what_does_not_follow_the_grammar_is_underlined() {
    let texts = [
        "lr <",
        "lr < 0.1 and",
        "lr",
        "lr 0.1",
        "lr = 0.1",
        "lr < 0.1 & x == 1",
        "lr =< 0.1",
        "x is None",
        "x not 3",
        "x in 3",
        "x in [1, 2",
        "x in [1 2]",
        "x in [a]",
        "(x == 1",
        "x == 1)",
        "(x == 1) == 2",
        "x == 1 y == 2",
        "x == 'abc",
        r"x == 'a\b'",
        "`x == 1",
        "x == 01",
        "x == 1.2.3",
        "x == 1__0",
        "x == 3rd",
        "x == - 1",
        "größe == §",
        "x == 1\n  and y == $\nor z == 2",
    ];
    let all: Vec<String> = texts.into_iter().map(refused).collect();
    insta::assert_snapshot!(all.join("\n\n"), @r##"
    `where`: expected the name of a parameter or a value, found the end
      lr <
          ^

    `where`: expected the name of a parameter or a value, found the end
      lr < 0.1 and
                  ^

    `where`: expected an operator, such as `==`, `<` or `in`, found the end
      lr
        ^

    `where`: expected an operator, such as `==`, `<` or `in`, found `0.1`
      lr 0.1
         ^^^

    `where`: there is no operator `=`; write `==`
      lr = 0.1
         ^

    `where`: there is no operator `&`; write `and`
      lr < 0.1 & x == 1
               ^

    `where`: there is no operator `=<`; write `<=`
      lr =< 0.1
         ^^

    `where`: expected an operator, such as `==`, `<` or `in`, found `is`; write `==`
      x is None
        ^^

    `where`: expected `in`, as in `x not in [1, 2]`, found `3`
      x not 3
            ^

    `where`: expected a list after `in`, as in `seed in [1, 2, 3]`
      x in 3
           ^

    `where`: this list is not closed
      x in [1, 2
           ^

    `where`: expected `,` or `]`, found `2`
      x in [1 2]
              ^

    `where`: expected a value in the list, found `a`; a text is quoted
      x in [a]
            ^

    `where`: this parenthesis is not closed
      (x == 1
      ^

    `where`: expected the end, as no parenthesis is open, found `)`
      x == 1)
            ^

    `where`: expected the end, found `==`
      (x == 1) == 2
               ^^

    `where`: expected `and`, `or` or the end, found `y`
      x == 1 y == 2
             ^

    `where`: expected a closing ', found the end
      x == 'abc
           ^^^^

    `where`: a backslash stands before a quote or a backslash; write `\\` for one backslash
      x == 'a\b'
             ^^

    `where`: expected a closing backtick, found the end
      `x == 1
      ^^^^^^^

    `where`: `01` is no number; a text is quoted, and a number has no leading zero
      x == 01
           ^^

    `where`: `1.2.3` is no number; a text is quoted, and a name that starts with a digit stands in backticks
      x == 1.2.3
           ^^^^^

    `where`: `1__0` is no number
      x == 1__0
           ^^^^

    `where`: `3rd` is no number; a text is quoted, and a name that starts with a digit stands in backticks
      x == 3rd
           ^^^

    `where`: `-` is no number
      x == - 1
           ^

    `where`: expected a name, a value or an operator, found `§`; a name with other characters stands in backticks
      größe == §
               ^

    `where`: expected a name, a value or an operator, found `$`; a name with other characters stands in backticks
        and y == $
                 ^
    "##);
}

#[test]
fn an_empty_condition_says_what_one_looks_like() {
    for text in ["", "  \n"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused(text), @"`where`: the condition is empty; write one, as in `lr < 0.1 and model == 'a'`");
        }
    }
}

#[test]
fn of_a_long_text_an_error_shows_what_lies_around() {
    let text = format!("seed == 1 or x = 'é{}", "é".repeat(200));
    insta::assert_snapshot!(refused(&text), @r##"
    `where`: there is no operator `=`; write `==`
      seed == 1 or x = 'éééééééééééééééééééééééééééé…
                     ^
    "##);
    let text = format!("x in [{}] and y = 1", "12345, ".repeat(100_000));
    insta::assert_snapshot!(refused(&text), @r##"
    `where`: there is no operator `=`; write `==`
      …5, 12345, 12345, 12345, 12345, 12345, 12345, 12345, ] and y = 1
                                                                   ^
    "##);
}

#[test]
fn depth_is_bounded_and_a_small_stack_suffices() {
    let lists = |times: usize| format!("x == {}{}", "[".repeat(times), "]".repeat(times));
    assert!(Query::parse(&lists(64)).is_ok());
    assert!(Query::parse(&("(".repeat(64) + "x == 1" + &")".repeat(64))).is_ok());
    assert!(Query::parse(&("not ".repeat(64) + "x == 1")).is_ok());
    for text in [
        "(".repeat(1_000_000) + "x == 1" + &")".repeat(1_000_000),
        "(".repeat(1_000_000),
        "not ".repeat(1_000_000) + "x == 1",
        lists(1_000_000),
        "(not ".repeat(33) + "x == 1",
    ] {
        let error = Query::parse(&text).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit);
        assert!(error.to_string().contains("nested more than 64 levels deep"));
        assert!(error.to_string().len() < 500);
    }
    let wide = vec!["x == 1"; 100_000].join(" or ");
    assert!(Query::parse(&wide).unwrap().names() == ["x"]);
}

#[test]
fn an_unknown_name_is_underlined_with_what_it_may_have_meant() {
    let known = ["lr", "optimizer.momentum", "Model", "a b", "seed"];
    let refuse = |text: &str| {
        let error = Query::parse(text).unwrap().check_names(&known).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        error.to_string()
    };
    assert!(Query::parse("seed == 1 and `a b` == 2").unwrap().check_names(&known).is_ok());
    let all: Vec<String> =
        ["lr < 1 and sede == 1", "momentum < 1", "model == 'a'", "ab == 1", "zzzz == 1"]
            .into_iter()
            .map(refuse)
            .collect();
    insta::assert_snapshot!(all.join("\n\n"), @r##"
    `where`: no job has a parameter `sede`; did you mean `seed`?
      lr < 1 and sede == 1
                 ^^^^

    `where`: no job has a parameter `momentum`; did you mean `optimizer.momentum`?
      momentum < 1
      ^^^^^^^^

    `where`: no job has a parameter `model`; did you mean `Model`?
      model == 'a'
      ^^^^^

    `where`: no job has a parameter `ab`; did you mean `a b`?
      ab == 1
      ^^

    `where`: no job has a parameter `zzzz`; there are `lr`, `optimizer.momentum`, `Model`, `a b`, `seed`; a text is quoted
      zzzz == 1
      ^^^^
    "##);
    let none = Query::parse("x == 1").unwrap().check_names(&[]).unwrap_err();
    assert!(none.to_string().contains("the jobs have no parameters"));
}

// -- what holds for every condition ---------------------------------------------------------------

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
