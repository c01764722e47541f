//! Documents of plain data: a job's config, and metrics.

use yaml_serde::Value as Yaml;

use super::document::document;
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// A job's `config.yaml`.
#[derive(Debug)]
pub struct Config(Yaml);

impl Config {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// `Syntax` where it is no YAML.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        document(bytes).map(Self)
    }

    /// The value at a key as overrides write it (`a.b`); `None` where there is none, where it is
    /// still to be given (`???`), and for what only Python can build.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value> {
        let found = key.split('.').try_fold(&self.0, |node, part| match node {
            Yaml::Sequence(items) => items.get(part.parse::<usize>().ok()?),
            Yaml::Mapping(entries) => node.get(part).or_else(|| {
                let number: i64 = part.parse().ok()?;
                entries.get(Yaml::Number(number.into()))
            }),
            _ => None,
        })?;
        (is_data(found) && found.as_str() != Some("???")).then(|| plain(found))
    }
}

/// What a document holds.
#[derive(Debug)]
pub enum Entries {
    /// The values of a mapping; `None` for what only Python can build.
    Named(Vec<(Value, Option<Value>)>),
    /// Anything else.
    Whole(Value),
}

/// Reads a document of plain data.
///
/// # Errors
///
/// `Syntax` where it is no YAML, `Limit` beyond the bounds, `Unsupported` where it is a list that
/// only Python can build.
pub fn entries(bytes: &[u8]) -> Result<Entries> {
    match document(bytes)? {
        Yaml::Mapping(entries) => Ok(Entries::Named(
            entries
                .iter()
                .map(|(key, value)| (plain(key), is_data(value).then(|| plain(value))))
                .collect(),
        )),
        other if is_data(&other) => Ok(Entries::Whole(plain(&other))),
        _ => Err(Error::new(ErrorKind::Unsupported, "a tag names what only Python can build")),
    }
}

/// How the tag of Python's tuples ends, which are lists.
const TUPLE: &str = ".python/tuple";

fn is_data(yaml: &Yaml) -> bool {
    match yaml {
        Yaml::Sequence(items) => items.iter().all(is_data),
        Yaml::Mapping(entries) => entries.iter().all(|(key, value)| is_data(key) && is_data(value)),
        Yaml::Tagged(tagged) => tagged.tag.to_string().ends_with(TUPLE) && is_data(&tagged.value),
        _ => true,
    }
}

/// The value of a node, tags left aside.
pub fn plain(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(*value),
        Yaml::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Value::Int(int),
            (None, Some(float)) if number.is_f64() => Value::Float(float),
            _ => Value::integer(&number.to_string()).unwrap_or(Value::Null),
        },
        Yaml::String(text) => Value::text(text.as_str()),
        Yaml::Sequence(items) => Value::List(items.iter().map(plain).collect()),
        Yaml::Mapping(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (plain(key), plain(value))).collect())
        }
        Yaml::Tagged(tagged) => plain(&tagged.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_builds_is_told_from_data_and_texts_keep_their_marks() {
        let text = b"a: !!python/object/apply:x\n- 1\nb: !!python/tuple [1, 2]\nc: '!!x !0.'\n";
        let config = Config::parse(text).unwrap();
        assert_eq!(config.value("a"), None);
        assert_eq!(config.value("b"), Some(Value::List(vec![Value::Int(1), Value::Int(2)])));
        assert_eq!(config.value("c"), Some(Value::text("!!x !0.")));
    }
}
