//! Conditions: what they select, what is refused and how it is underlined.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic, and so may its helpers")]

use runcube_core::error::ErrorKind;
use runcube_core::query::{Condition, Operand, Query};
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

#[test]
fn labels_are_described_as_they_would_be_written() {
    let job = labels(&[("a", "'it\\'s'"), ("b", "1.0"), ("c", "null"), ("d", "[true, 1]")]);
    let mut values: Vec<Value> = job.into_iter().map(|(_, value)| value).collect();
    assert_eq!(Query::described("x y", &values), r"`x y` is 'it\'s', 1.0, null, [true, 1]");
    values.extend((0..6).map(Value::Int));
    assert!(Query::described("x", &values).ends_with("[true, 1], 0, 1, … (10 in all)"));
    let long = Query::described("x", &[Value::text("é".repeat(1000))]);
    assert_eq!(long, format!("`x` is '{}…", "é".repeat(59)));
}
