//! One document, as its writer meant it.

use yaml_serde::Value as Yaml;

use super::bounds;
use crate::error::{Error, ErrorKind, Result};
use crate::files::check_fetched;

/// The separator of lines that YAML 1.1 folds into a blank.
const NEXT_LINE: char = '\u{85}';

/// How YAML shortens the tags of its own schema, of which the parser forgets those that it does not
/// know: Python's.
const SCHEMA: &str = "!!";

/// Reads the one document of a file, which is within the bounds, as its writer meant it. `PyYAML`
/// leaves U+0085 in a quoted text as it is, with the line's indentation behind it, and every reader
/// takes that for a fold. It never folds at one itself, so here it is the character. A tag of the
/// schema becomes one of the document's own, which the parser keeps.
pub fn document(bytes: &[u8]) -> Result<Yaml> {
    check_fetched(bytes)?;
    bounds::check(bytes)?;
    let parse = |text: &[u8]| yaml_serde::from_slice(text).map_err(|error| no_yaml(&error));
    let Ok(text) = std::str::from_utf8(bytes) else { return parse(bytes) };
    let tag = text.contains(SCHEMA).then(|| {
        (0..).map(|at| format!("!{at}.")).find(|tag| !text.contains(tag)).unwrap_or_default()
    });
    let tagged = tag.as_ref().map(|tag| text.replace(SCHEMA, tag));
    let text = tagged.as_deref().unwrap_or(text);
    let free = || ('\u{e000}'..='\u{f8ff}').find(|it| !text.contains(*it));
    let stand_in = if text.contains(NEXT_LINE) { free() } else { None };
    let yaml = match stand_in {
        Some(stand_in) => parse(shielded(text, stand_in).as_bytes())?,
        None => parse(text.as_bytes())?,
    };
    if tag.is_none() && stand_in.is_none() {
        return Ok(yaml);
    }
    Ok(restored(yaml, &|text: String| {
        let text = match stand_in {
            Some(stand_in) => text.replace(stand_in, "\u{85}"),
            None => text,
        };
        match &tag {
            Some(tag) => text.replace(tag, SCHEMA),
            None => text,
        }
    }))
}

/// The text with a character that folds nothing in place of the separator.
fn shielded(text: &str, stand_in: char) -> String {
    let mut shielded = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != NEXT_LINE {
            shielded.push(character);
            continue;
        }
        shielded.push(stand_in);
        if characters.peek() == Some(&'\n') {
            // The first of several breaks is folded: now it is a break of the text.
            shielded.push('\n');
        }
        while characters.next_if_eq(&' ').is_some() {}
    }
    shielded
}

/// The document with its texts as they were written.
fn restored(yaml: Yaml, original: &impl Fn(String) -> String) -> Yaml {
    match yaml {
        Yaml::String(text) => Yaml::String(original(text)),
        Yaml::Sequence(items) => {
            Yaml::Sequence(items.into_iter().map(|item| restored(item, original)).collect())
        }
        Yaml::Mapping(entries) => Yaml::Mapping(
            entries
                .into_iter()
                .map(|(key, value)| (restored(key, original), restored(value, original)))
                .collect(),
        ),
        Yaml::Tagged(mut tagged) => {
            tagged.value = restored(tagged.value, original);
            Yaml::Tagged(tagged)
        }
        other => other,
    }
}

fn no_yaml(error: &yaml_serde::Error) -> Error {
    let text = error.to_string();
    if text.contains("as i128") || text.contains("as u128") {
        let message = format!("integers of more than 64 bits are not read: {text}");
        return Error::new(ErrorKind::Unsupported, message);
    }
    Error::new(ErrorKind::Syntax, format!("no YAML: {text}"))
}
