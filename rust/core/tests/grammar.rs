//! The override grammar: types, refusals, sweeps, and what holds for every text.
//! The expected values are Hydra's own (1.3.8 and 1.4.0rc3); `tests/grammar_differential.py` holds
//! many more against it.
#![expect(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use proptest::prelude::*;
use runcube_core::error::ErrorKind;
use runcube_core::grammar::{Dialect, Element, Override, Prefix, Quote, parse, parse_value_quick};
use runcube_core::value::Value;

const OLD: Dialect = Dialect::Hydra13;
const NEW: Dialect = Dialect::Hydra14;

fn value(text: &str) -> Value {
    parse(&format!("x={text}"), NEW).unwrap().value().unwrap()
}

fn refused(text: &str, dialect: Dialect) -> String {
    let error = parse(text, dialect).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Syntax, "{text}");
    error.to_string()
}

/// What the jobs have, as Python writes it.
fn jobs(text: &str, dialect: Dialect) -> String {
    let values = parse(&format!("x={text}"), dialect).unwrap().sweep_values().unwrap();
    Value::List(values).to_string()
}

#[test]
fn bare_text_has_the_type_of_its_one_token() {
    for (text, expected) in [
        ("1_000", Value::Int(1000)),
        ("+5", Value::Int(5)),
        ("1e-3", Value::Float(1e-3)),
        (".5", Value::Float(0.5)),
        ("5.", Value::Float(5.0)),
        ("1e1_0", Value::Float(1e10)),
        ("nan", Value::Float(f64::NAN)),
        ("-inf", Value::Float(f64::NEG_INFINITY)),
        ("tRue", Value::Bool(true)),
        ("NULL", Value::Null),
        ("123456789012345678901", Value::BigInt("123456789012345678901".into())),
        ("01", Value::text("01")),
        ("1_", Value::text("1_")),
        ("1 2", Value::text("1 2")),
        ("infx", Value::text("infx")),
        (" a b ", Value::text("a b")),
        ("a: ", Value::text("a: ")),
        (r"a\,b\ ", Value::text("a,b ")),
        (r"\1", Value::text(r"\1")),
        ("${oc.env:X}/a", Value::text("${oc.env:X}/a")),
        ("", Value::text("")),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn quotes_escape_backslashes_only_before_a_quote() {
    assert_eq!(value(r"'it\'s'"), Value::text("it's"));
    assert_eq!(value(r"'a\\'"), Value::text(r"a\"));
    assert_eq!(value(r"'a\\b\c'"), Value::text(r"a\\b\c"));
    assert_eq!(value(r#""a\\\"b""#), Value::text(r#"a\"b"#));
    assert_eq!(value("'é\n'"), Value::text("é\n"));
}

#[test]
fn containers_nest_and_equal_keys_merge() {
    assert_eq!(value("[a , [1,'2'],{}]").to_string(), "['a', [1, '2'], {}]");
    assert_eq!(value("{1:a,true:b,1.0:c,null: x:y}").to_string(), "{1: 'c', None: 'x:y'}");
}

#[test]
fn casts_are_applied() {
    assert_eq!(value("int(3.0)"), Value::Int(3));
    assert_eq!(value("int(' 1_0 ')"), Value::Int(10));
    assert_eq!(value("str([1,{a:true}])").to_string(), "['1', {'a': 'true'}]");
    assert_eq!(value("int('\u{661}_\u{ff10}')"), Value::Int(10));
    assert_eq!(value("float('-\u{661}.\u{665}e\u{662}')"), Value::Float(-150.0));
    assert_eq!(value("bool(null)"), Value::Bool(false));
    assert_eq!(value("float('-Infinity')"), Value::Float(f64::NEG_INFINITY));
    assert_eq!(value("json_str({a:['é',1]})"), Value::text(r#"{"a": ["\u00e9", 1]}"#));
    assert_eq!(value("sort([3,1,2],reverse=true)").to_string(), "[3, 2, 1]");
}

#[test]
fn keys_are_split_into_prefix_key_and_package() {
    let split = |text| {
        let parsed = parse(text, NEW).unwrap();
        (parsed.prefix, parsed.key.to_string(), parsed.package.map(|package| package.to_string()))
    };
    let owned = |text: &str| Some(text.to_owned());
    assert_eq!(split("++a.0.b=1"), (Prefix::ForceAdd, "a.0.b".into(), None));
    assert_eq!(split("~db/sql@x.y"), (Prefix::Delete, "db/sql".into(), owned("x.y")));
    assert_eq!(split("@=1"), (Prefix::None, String::new(), owned("")));
    assert_eq!(split(r"a\=b[0].c=1"), (Prefix::None, r"a\=b[0].c".into(), None));
    for text in [r"a\=b=1", "items[0]=1", "x=json_str(1)", "x=extend_list(1)"] {
        assert!(parse(text, OLD).is_err() && parse(text, NEW).is_ok(), "{text}");
    }
}

#[test]
fn jobs_have_what_a_second_parse_gives() {
    assert_eq!(jobs("1e-3,true,'1',a b", NEW), "[0.001, True, '1', 'a b']");
    assert_eq!(jobs("choice('1',\"'1'\",'null')", NEW), "[1, '1', None]");
    assert_eq!(jobs("str(1,2)", NEW), "[1, 2]");
    assert_eq!(jobs("5", NEW), "[5]");
    assert_eq!(jobs("range(3)", NEW), "[0, 1, 2]");
    assert_eq!(jobs("range(3,0,-2)", NEW), "[3, 1]");
    assert_eq!(jobs("sort(b,a)", NEW), "['a', 'b']");
    let lost = parse("x=choice('it\\'s')", NEW).unwrap().sweep_values().unwrap_err();
    assert_eq!(lost.kind, ErrorKind::Syntax);
}

#[test]
fn float_ranges_count_as_the_hydra_that_reads_them() {
    assert_eq!(jobs("range(0,0.5,0.1)", NEW), "[0.0, 0.1, 0.2, 0.3, 0.4]");
    assert_eq!(jobs("range(0.6,0.8,0.1)", NEW), "[0.6, 0.7]");
    assert!(jobs("range(0,1,0.1)", NEW).contains("0.6, 0.7, 0.8"));
    assert!(jobs("range(0,1,0.1)", OLD).contains("0.6, 0.7000000000000001, 0.8"));
    assert_eq!(jobs("sort(range(0,0.3,0.1),reverse=true)", NEW), "[0.2, 0.1, 0.0]");
    assert_eq!(jobs("int(range(0.5,3.5))", NEW), "[0, 1, 2]");
    assert_eq!(jobs("int(range(0.5,3.5))", OLD), "[0, 1, 2]");
}

#[test]
fn what_cannot_be_listed_says_why() {
    let kind = |text| parse(text, NEW).unwrap().sweep_values().unwrap_err().kind;
    assert_eq!(kind("x=glob(*)"), ErrorKind::Unsupported);
    assert_eq!(kind("x=interval(0,1)"), ErrorKind::Unsupported);
    assert_eq!(kind("x=[choice(1,2)]"), ErrorKind::Invalid);
    assert_eq!(kind("x=range(0,1,0.0)"), ErrorKind::Invalid);
    assert_eq!(kind("x=range(0,inf)"), ErrorKind::Limit);
    assert_eq!(kind("x=range(0,10000000000)"), ErrorKind::Limit);
}

#[test]
fn shuffled_sweeps_are_marked_and_keep_the_written_order() {
    let parsed = parse("x=shuffle(3,1,2)", NEW).unwrap();
    assert!(parsed.shuffled() && parsed.is_sweep());
    assert_eq!(Value::List(parsed.sweep_values().unwrap()).to_string(), "[3, 1, 2]");
    assert!(parse("x=shuffle([1,2])", NEW).unwrap().shuffled());
    assert!(!parse("x=sort(shuffle(range(3)))", NEW).unwrap().shuffled());
}

#[test]
fn depth_is_bounded_and_a_small_stack_suffices() {
    let nested = |depth: usize| format!("x={}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(256), NEW).is_ok());
    for text in [nested(257), nested(100_000), "x=".to_owned() + &"f(".repeat(100_000)] {
        assert_eq!(parse(&text, NEW).unwrap_err().kind, ErrorKind::Limit);
    }
    let calls = format!("x={}1{}", "int([".repeat(128), "])".repeat(128));
    assert_eq!(parse(&calls, NEW).unwrap().sweep_texts().unwrap().len(), 1);
}

#[test]
fn errors_say_what_was_expected_and_where() {
    insta::assert_snapshot!(refused("x=a=b", NEW), @r"
    expected `,` or the end, found `=`; write `\=` or quote the value
      x=a=b
         ^
    ");
    insta::assert_snapshot!(refused("x=[1,2", NEW), @r"
    expected `,` or `]`, found the end
      x=[1,2
            ^
    ");
    insta::assert_snapshot!(refused("x=it's", NEW), @r"
    expected `,` or the end, found `'`; quotes enclose whole values, and no keys of mappings
      x=it's
          ^
    ");
    insta::assert_snapshot!(refused("x='abc", NEW), @r"
    expected a closing `'`
      x='abc
        ^^^^
    ");
    insta::assert_snapshot!(refused("x=é", NEW), @r"
    expected a value, found `é`; quote the value
      x=é
        ^
    ");
    insta::assert_snapshot!(refused("lr", NEW), @r"
    expected `=` after the key, found the end
      lr
        ^
    ");
    insta::assert_snapshot!(refused("items[0]=1", OLD), @r"
    `[` cannot stand in a key
      items[0]=1
           ^
    ");
    insta::assert_snapshot!(refused("a/b.c=1", NEW), @r"
    `a/b.c` is no key: expected names joined by `.`, or by `/` for a config group
      a/b.c=1
      ^^^^^
    ");
    insta::assert_snapshot!(refused("x=range(1,b)", NEW), @r"
    `range` expected numbers, found a string
      x=range(1,b)
        ^^^^^^^^^^
    ");
    insta::assert_snapshot!(refused("x=json_str(1)", OLD), @r"
    unknown function `json_str`: expected one of bool, choice, float, glob, int, interval, range, shuffle, sort, str, tag (escape the parentheses or quote the value if it is text)
      x=json_str(1)
        ^^^^^^^^^^^
    ");
    insta::assert_snapshot!(refused("x=sort(['a','b'])", NEW), @r"
    `sort` cannot order a string and a string (Hydra does not sort quoted strings within a list)
      x=sort(['a','b'])
        ^^^^^^^^^^^^^^^
    ");
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        "[a-z0-9_.:,= \\\\(){}$/-]{0,8}".prop_map(Value::text),
        any::<String>().prop_map(Value::text),
    ]
}

/// Keys that bare text can say.
fn key() -> impl Strategy<Value = Value> {
    prop_oneof![any::<i64>().prop_map(Value::Int), "[a-z][a-z ,:=]{0,5}k".prop_map(Value::text)]
}

fn element() -> impl Strategy<Value = Element> {
    let quoted = |text: String, quote| Element::Quoted { text: text.into(), quote };
    let leaf = prop_oneof![
        scalar().prop_map(Element::Scalar),
        any::<String>().prop_map(move |text| quoted(text, Quote::Single)),
        "['\"\\\\a]{0,6}".prop_map(move |text| quoted(text, Quote::Double)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| Element::List { items, shuffled: false }),
            prop::collection::btree_map(key(), inner, 0..4)
                .prop_map(|entries| Element::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(
        text in any::<String>(),
        tail in "[-a1=,:()\\[\\]{}'\"\\\\ $@~+.]{0,30}",
    ) {
        for dialect in [OLD, NEW] {
            for text in [text.clone(), format!("x={text}"), tail.clone(), format!("x={tail}")] {
                if let Err(error) = parse(&text, dialect) {
                    let span = error.span.clone().unwrap();
                    prop_assert!(text.get(span.start..span.end).is_some());
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }

    #[test]
    fn what_is_printed_reads_back(value in element()) {
        for dialect in [OLD, NEW] {
            let made = Override {
                prefix: Prefix::Add,
                key: "a.b".into(),
                package: None,
                value: Some(value.clone()),
                dialect,
            };
            prop_assert_eq!(parse(&made.to_string(), dialect).unwrap(), made);
        }
    }

    #[test]
    fn the_quick_path_agrees(
        text in "[a-z0-9_.+e-]{0,6}|[+-]?[0-9]{1,3}(\\.[0-9_]{0,3})?(e[+-]?[0-9]{1,2})?|null|true|nan",
    ) {
        if let Some(quick) = parse_value_quick(text.as_bytes()) {
            prop_assert_eq!(quick, value(&text));
        }
    }
}
