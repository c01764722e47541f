//! Calls: which function, which arguments, of which types. Hydra evaluates calls while it
//! parses, so an argument of a wrong type is an error of the text.

use crate::error::Result;
use crate::value::Value;

use super::ast::{Choice, Dialect, Element, Glob, Interval};
use super::bind::{
    Arguments, check, is_item, is_list, is_listed, is_null, is_number, is_plain, is_sweep, refuse,
};
use super::cast::{Kind, cast, json_str};
use super::number::{number, to_float};
use super::order::sorted;
use super::range::{make_range, sort_range};

/// The value of a call.
pub(crate) fn evaluate(name: &str, arguments: Arguments, dialect: Dialect) -> Result<Element> {
    let new = dialect == Dialect::Hydra14;
    match name {
        "int" => cast_call(name, Kind::Int, arguments, dialect),
        "float" => cast_call(name, Kind::Float, arguments, dialect),
        "str" => cast_call(name, Kind::Str, arguments, dialect),
        "bool" => cast_call(name, Kind::Bool, arguments, dialect),
        // Its `value=` is refused: Hydra cannot check the annotation.
        "json_str" if new => {
            arguments.only(name, &[])?;
            json_str(cast_value(name, arguments, |_| true)?)
        }
        "extend_list" if new => {
            arguments.only(name, &[])?;
            Ok(Element::Extend(arguments.positional))
        }
        "choice" => choice(arguments),
        "range" => range(arguments),
        "interval" => interval(arguments),
        "tag" => tag(arguments),
        "sort" => sort(arguments, dialect),
        "shuffle" => shuffle(arguments),
        "glob" => glob(arguments),
        _ => {
            let more = if new { "extend_list, " } else { "" };
            let json = if new { "json_str, " } else { "" };
            Err(refuse(format!(
                "unknown function `{name}`: expected one of bool, choice, {more}float, glob, int, \
                 interval, {json}range, shuffle, sort, str, tag (escape the parentheses or quote \
                 the value if it is text)"
            )))
        }
    }
}

/// A comma list made of the arguments of a function.
fn simple_choice(call: &str, items: Vec<Element>) -> Result<Choice> {
    for item in &items {
        check(call, item, is_plain(item), "plain values where it has several arguments")?;
    }
    Ok(Choice { items, simple: true, shuffle: false, tags: Default::default() })
}

/// What a cast is applied to: one argument, the one named `value`, or a comma list of several.
fn cast_value(
    call: &str,
    mut arguments: Arguments,
    allowed: impl Fn(&Element) -> bool,
) -> Result<Element> {
    arguments.only(call, &["value"])?;
    let named = arguments.optional("value");
    let mut items = arguments.positional;
    for item in items.iter().chain(&named) {
        check(call, item, allowed(item), "a value or a sweep that has one")?;
    }
    match (named, items.len()) {
        (Some(value), 0) => Ok(value),
        (Some(_), _) => Err(refuse(format!("`{call}` got both a value and `value=`"))),
        (None, 1) => items.pop().ok_or_else(|| refuse("no value")),
        (None, 0) => Err(refuse(format!("`{call}` expected a value, found none"))),
        (None, _) => simple_choice(call, items).map(Element::Choice),
    }
}

fn cast_call(name: &str, kind: Kind, arguments: Arguments, dialect: Dialect) -> Result<Element> {
    let allowed = |item: &Element| !matches!(item, Element::Glob(_) | Element::Extend(_));
    cast(kind, cast_value(name, arguments, allowed)?, dialect)
}

fn choice(arguments: Arguments) -> Result<Element> {
    arguments.only("choice", &[])?;
    let mut items = arguments.positional;
    for item in &items {
        let holds = is_item(item) || matches!(item, Element::Choice(_));
        check("choice", item, holds, "values other than null")?;
    }
    match items.as_slice() {
        [] => Err(refuse("`choice` expected at least one value")),
        [Element::Choice(inner)] if !inner.simple => {
            Err(refuse("`choice` cannot be nested in `choice`"))
        }
        [Element::Choice(_)] => {
            let inner = items.pop().ok_or_else(|| refuse("no value"))?;
            Ok(match inner {
                Element::Choice(choice) => Element::Choice(Choice { simple: false, ..choice }),
                other => other,
            })
        }
        _ => Ok(Element::Choice(Choice {
            items,
            simple: false,
            shuffle: false,
            tags: Default::default(),
        })),
    }
}

fn range(mut arguments: Arguments) -> Result<Element> {
    let names = ["start", "stop", "step"];
    arguments.bind("range", &names)?;
    arguments.only("range", &names)?;
    let mut bounds = [None, None, None];
    for (bound, name) in bounds.iter_mut().zip(names) {
        let Some(value) = arguments.take(name) else { continue };
        if name == "stop" && is_null(&value) {
            continue;
        }
        check("range", &value, is_number(&value), "numbers")?;
        *bound = Some(number(&value)?);
    }
    let [start, stop, step] = bounds;
    let start = start.ok_or_else(|| refuse("`range` expected at least one number"))?;
    Ok(Element::Range(make_range(start, stop, step)))
}

fn interval(mut arguments: Arguments) -> Result<Element> {
    let names = ["start", "end"];
    arguments.bind("interval", &names)?;
    arguments.only("interval", &names)?;
    let mut bound = |name: &str| {
        let missing = || refuse(format!("`interval` expected a number for `{name}`"));
        let value = arguments.take(name).ok_or_else(missing)?;
        check("interval", &value, is_number(&value), "numbers")?;
        to_float(&value).map(Value::Float)
    };
    let (start, end) = (bound("start")?, bound("end")?);
    Ok(Element::Interval(Interval { start, end, tags: Default::default() }))
}

fn tag(mut arguments: Arguments) -> Result<Element> {
    arguments.only("tag", &["sweep"])?;
    let named = arguments.optional("sweep");
    let mut items = std::mem::take(&mut arguments.positional);
    let is_text = |item: &Element| matches!(item, Element::Scalar(Value::Str(_)));
    for item in &items {
        check("tag", item, is_text(item) || is_sweep(item), "strings and, last, a sweep")?;
    }
    if items.is_empty() {
        return Err(refuse("`tag` expected strings and, last, a sweep"));
    }
    if let Some(sweep) = named {
        check("tag", &sweep, is_sweep(&sweep), "a sweep")?;
        items.push(sweep);
    }
    let mut sweep = items.pop().ok_or_else(|| refuse("no sweep"))?;
    let mut found = std::collections::BTreeSet::new();
    for item in items {
        match item {
            Element::Scalar(Value::Str(text)) => found.insert(text),
            other => {
                return Err(check("tag", &other, false, "one sweep, as the last argument")
                    .err()
                    .unwrap_or_else(|| refuse("no string")));
            }
        };
    }
    match &mut sweep {
        Element::Choice(Choice { tags, .. })
        | Element::Interval(Interval { tags, .. })
        | Element::Range(super::ast::Range { tags, .. }) => *tags = found,
        other => {
            return Err(check("tag", other, false, "a sweep as the last argument")
                .err()
                .unwrap_or_else(|| refuse("no sweep")));
        }
    }
    Ok(sweep)
}

/// Checks what `sort` and `shuffle` share, and gives the argument that is named, if any: the
/// list before the sweep.
fn named_list_or_sweep(call: &str, arguments: &mut Arguments) -> Result<Option<Element>> {
    for item in &arguments.positional {
        check(call, item, is_item(item) || is_listed(item), "values other than null, or a sweep")?;
    }
    let list = arguments.optional("list");
    let sweep = arguments.optional("sweep");
    if let Some(list) = &list {
        check(call, list, is_list(list), "a list for `list`")?;
    }
    if let Some(sweep) = &sweep {
        check(call, sweep, is_listed(sweep), "a choice or range for `sweep`")?;
    }
    Ok(list.or(sweep))
}

fn shuffle(mut arguments: Arguments) -> Result<Element> {
    arguments.only("shuffle", &["sweep", "list"])?;
    let named = named_list_or_sweep("shuffle", &mut arguments)?;
    let mut items = arguments.positional;
    let one = match named {
        Some(one) => Some(one),
        None if items.len() == 1 => items.pop(),
        None => None,
    };
    Ok(match one {
        Some(Element::Choice(choice)) => Element::Choice(Choice { shuffle: true, ..choice }),
        Some(Element::Range(range)) => Element::Range(super::ast::Range { shuffle: true, ..range }),
        Some(Element::List { items, .. }) => Element::List { items, shuffled: true },
        Some(other) => Element::List { items: vec![other], shuffled: false },
        None => Element::Choice(Choice { shuffle: true, ..simple_choice("shuffle", items)? }),
    })
}

fn sort(mut arguments: Arguments, dialect: Dialect) -> Result<Element> {
    arguments.only("sort", &["sweep", "list", "reverse"])?;
    let reverse = match arguments.take("reverse") {
        None => false,
        Some(Element::Scalar(Value::Bool(reverse))) => reverse,
        Some(other) => {
            check("sort", &other, false, "`true` or `false` for `reverse`")?;
            false
        }
    };
    let named = named_list_or_sweep("sort", &mut arguments)?;
    let mut items = arguments.positional;
    let one = match named {
        Some(one) => one,
        None if items.len() == 1 => items.pop().ok_or_else(|| refuse("no value"))?,
        None if items.is_empty() => return Err(refuse("`sort` expected at least one value")),
        None => {
            for item in &items {
                check("sort", item, matches!(item, Element::Scalar(_)), "scalars")?;
            }
            Element::Choice(simple_choice("sort", items)?)
        }
    };
    match one {
        Element::Choice(choice) => {
            let shuffle = choice.shuffle && dialect == Dialect::Hydra13;
            let items = sorted(choice.items, reverse)?;
            Ok(Element::Choice(Choice { items, shuffle, ..choice }))
        }
        Element::Range(range) => sort_range(range, reverse, dialect).map(Element::Range),
        Element::List { items, .. } => {
            Ok(Element::List { items: sorted(items, reverse)?, shuffled: false })
        }
        other => Ok(other),
    }
}

fn glob(mut arguments: Arguments) -> Result<Element> {
    let names = ["include", "exclude"];
    arguments.bind("glob", &names)?;
    arguments.only("glob", &names)?;
    let patterns = |value: Element| match value {
        Element::List { items, .. } => Ok(items),
        Element::Scalar(Value::Str(_)) => Ok(vec![value]),
        other => Err(check("glob", &other, false, "a pattern or a list of patterns")
            .err()
            .unwrap_or_else(|| refuse("no pattern"))),
    };
    let include = arguments.take("include").ok_or_else(|| refuse("`glob` expected a pattern"))?;
    let include = patterns(include)?;
    let exclude = arguments.optional("exclude").map(patterns).transpose()?.unwrap_or_default();
    Ok(Element::Glob(Glob { include, exclude }))
}
