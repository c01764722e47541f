//! The two kinds of YAML that a gather needs: override lists, and a few keys of `multirun.yaml`.
//!
//! Hydra writes a job's overrides as a list of strings. Nearly all of them are plain scalars, one
//! to a line; [`lines`] takes those apart without a YAML parser, and leaves every other file
//! (quoted, folded, commented) to one.

use yaml_serde::Value as Yaml;

use crate::error::{Error, ErrorKind, Result};
use crate::files::check_fetched;
use crate::value::Value;

/// The lines of a job's `overrides.yaml`.
#[derive(Debug)]
pub enum Lines<'t> {
    /// Plain scalars, as they lie in the file.
    Plain(&'t [u8]),
    /// Scalars that had to be parsed.
    Parsed(Vec<String>),
}

impl<'t> Lines<'t> {
    /// Calls `each` with every override text, in order.
    pub fn for_each(&self, mut each: impl FnMut(&[u8])) {
        match self {
            Self::Plain(text) => text
                .split(|byte| *byte == b'\n')
                .filter_map(|line| line.strip_prefix(b"- "))
                .for_each(each),
            Self::Parsed(texts) => texts.iter().for_each(|text| each(text.as_bytes())),
        }
    }
}

/// Reads a job's `overrides.yaml`.
///
/// # Errors
///
/// `Corrupt` for a file that is empty or not ended by a newline (Hydra always writes one, so such a
/// file is half-written), `Syntax` with line and column for one that is no list of strings.
pub fn lines(bytes: &[u8]) -> Result<Lines<'_>> {
    if bytes.last() != Some(&b'\n') {
        let cause = if bytes.is_empty() { "is empty" } else { "does not end with a newline" };
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!("the list of overrides {cause}: half-written (byte {})", bytes.len()),
        ));
    }
    if bytes == b"[]\n" {
        return Ok(Lines::Plain(b""));
    }
    if bytes.split_inclusive(|byte| *byte == b'\n').all(is_plain) {
        return Ok(Lines::Plain(bytes));
    }
    let yaml = document(bytes)?;
    let Yaml::Sequence(items) = yaml else {
        return Err(Error::new(ErrorKind::Syntax, "no list of overrides (line 1)"));
    };
    items
        .into_iter()
        .enumerate()
        .map(|(at, item)| match item {
            Yaml::String(text) => Ok(text),
            _ => Err(Error::new(
                ErrorKind::Syntax,
                format!("the entry {} of the list of overrides is no text", at + 1),
            )),
        })
        .collect::<Result<_>>()
        .map(Lines::Parsed)
}

/// Most places of a file that may be aliases. Hydra writes none; each can double what the file holds.
const MOST_ALIASES: usize = 16;
/// The longest file with aliases: what they repeat is then of bounded length, too.
const LONGEST_WITH_ALIASES: usize = 64 * 1024;
/// Most lists and mappings in brackets that may be open at once; the parser's time goes with the
/// square of it, and it takes fewer levels than that.
const MOST_OPEN: usize = 1024;

/// Most marks that may begin or part a node: the parser takes some hundred bytes for each.
const MOST_MARKS: usize = 1 << 17;

/// Compares what a parser would make of a file with the bounds.
fn check_bounds(bytes: &[u8]) -> Result<()> {
    let places = |mark: u8| {
        let is_mark = move |pair: &&[u8]| matches!(pair, [b' ' | b'\n' | b'\t' | b',' | b'[' | b'{', at] if *at == mark);
        bytes.windows(2).filter(is_mark).count()
    };
    let aliases = if places(b'&') > 0 { places(b'*') } else { 0 };
    if aliases > MOST_ALIASES || (aliases > 0 && bytes.len() > LONGEST_WITH_ALIASES) {
        return Err(Error::new(
            ErrorKind::Limit,
            format!(
                "the YAML has up to {aliases} aliases in {} bytes; at most {MOST_ALIASES} in \
                 {LONGEST_WITH_ALIASES} bytes are read: write it without anchors",
                bytes.len()
            ),
        ));
    }
    let is_mark = |pair: &&[u8]| matches!(pair, [b'\n' | b',' | b'[' | b'{', _] | [b'-', b' ']);
    let marks = bytes.windows(2).filter(is_mark).count();
    if marks > MOST_MARKS {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("the YAML has up to {marks} nodes; at most {MOST_MARKS} are read"),
        ));
    }
    let mut open = 0_usize;
    for byte in bytes {
        match byte {
            b'[' | b'{' => open = open.saturating_add(1),
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MOST_OPEN {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the YAML opens {MOST_OPEN} brackets in each other; none so deep is read"),
            ));
        }
    }
    Ok(())
}

/// The separator of lines that YAML 1.1 folds into a blank.
const NEXT_LINE: char = '\u{85}';

/// Reads the one document of a file, which is within the bounds, as its writer meant it. `PyYAML` leaves U+0085 in a quoted text as it is,
/// with the line's indentation behind it, and every reader takes that for a fold. It never folds at
/// one itself, so here it is the character.
fn document(bytes: &[u8]) -> Result<Yaml> {
    check_fetched(bytes)?;
    check_bounds(bytes)?;
    let parse = |text: &[u8]| yaml_serde::from_slice(text).map_err(|error| no_yaml(&error));
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains(NEXT_LINE));
    let free = text.and_then(|text| ('\u{e000}'..='\u{f8ff}').find(|it| !text.contains(*it)));
    let (Some(text), Some(stand_in)) = (text, free) else { return parse(bytes) };
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
    Ok(restored(parse(shielded.as_bytes())?, stand_in))
}

/// Puts the character back for which another stood in.
fn restored(yaml: Yaml, stand_in: char) -> Yaml {
    match yaml {
        Yaml::String(text) => Yaml::String(text.replace(stand_in, "\u{85}")),
        Yaml::Sequence(items) => {
            Yaml::Sequence(items.into_iter().map(|item| restored(item, stand_in)).collect())
        }
        Yaml::Mapping(entries) => Yaml::Mapping(
            entries
                .into_iter()
                .map(|(key, value)| (restored(key, stand_in), restored(value, stand_in)))
                .collect(),
        ),
        other => other,
    }
}

fn no_yaml(error: &yaml_serde::Error) -> Error {
    Error::new(ErrorKind::Syntax, format!("no YAML: {error}"))
}

/// Whether a line is `- ` and a scalar that YAML takes as it stands: printable ASCII with a `=`,
/// opened by no indicator, without the two places where a plain scalar ends (`: ` and ` #`).
fn is_plain(line: &[u8]) -> bool {
    let Some(text) = line.strip_prefix(b"- ").and_then(|rest| rest.strip_suffix(b"\n")) else {
        return false;
    };
    let (Some(first), Some(last)) = (text.first(), text.last()) else { return false };
    (first.is_ascii_alphanumeric() || matches!(first, b'+' | b'_' | b'~'))
        && !matches!(last, b':' | b' ')
        && text.contains(&b'=')
        && text.iter().all(|byte| (0x20..0x7f).contains(byte))
        && !text.windows(2).any(|pair| pair == b": " || pair == b" #")
}

/// What a sweep's `multirun.yaml` says of the sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Multirun {
    /// `hydra.sweep.subdir`: the template of the directories' names.
    pub subdir: Option<String>,
    /// `hydra.output_subdir`: the folder of Hydra's files in each job; `None` where it is null.
    pub output_subdir: Option<String>,
    /// `hydra.sweeper._target_`: the class of the sweeper.
    pub sweeper: Option<String>,
    /// `hydra.sweeper.params`, as override texts.
    pub params: Vec<String>,
    /// `hydra.overrides.task`: the command line.
    pub overrides: Vec<String>,
    /// `hydra.runtime.version`: the version of Hydra.
    pub version: Option<String>,
    /// `hydra.job.name`: the app.
    pub app: Option<String>,
}

/// Reads a `multirun.yaml`.
///
/// # Errors
///
/// `Syntax` with line and column where it is no YAML, or not Hydra's.
pub fn multirun(bytes: &[u8]) -> Result<Multirun> {
    let yaml = document(bytes)?;
    let hydra = yaml.get("hydra").ok_or_else(|| {
        Error::new(ErrorKind::Syntax, "no `hydra` node in it: not a file of a Hydra sweep")
    })?;
    let node = |path: &[&str]| path.iter().try_fold(hydra, |node, key| node.get(*key));
    let text = |path: &[&str]| node(path).and_then(Yaml::as_str).map(str::to_owned);
    let overrides = node(&["overrides", "task"])
        .and_then(Yaml::as_sequence)
        .map(|items| items.iter().filter_map(Yaml::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let params = node(&["sweeper", "params"])
        .and_then(Yaml::as_mapping)
        .map(|entries| {
            entries
                .iter()
                .filter_map(|(key, value)| Some(format!("{}={}", key.as_str()?, plain(value))))
                .collect()
        })
        .unwrap_or_default();
    Ok(Multirun {
        subdir: text(&["sweep", "subdir"]),
        output_subdir: match node(&["output_subdir"]) {
            None => Some(".hydra".to_owned()),
            Some(found) => found.as_str().map(str::to_owned),
        },
        sweeper: text(&["sweeper", "_target_"]),
        params,
        overrides,
        version: text(&["runtime", "version"]),
        app: text(&["job", "name"]),
    })
}

/// How a job was started, as its `hydra.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Whether it was a run of its own, and no job of a sweep.
    pub is_run: bool,
    /// `hydra.sweep.subdir` of a job of a sweep: the template of the directories' names.
    pub subdir: Option<String>,
    /// `hydra.job.name`: the app.
    pub app: Option<String>,
    /// `hydra.job.id`: what the launcher calls the job.
    pub job: Option<String>,
    /// `hydra.launcher._target_`: the class of the launcher.
    pub launcher: Option<String>,
}

/// Reads how a job was started from its `hydra.yaml`. Hydra names the mode since 1.2.
///
/// # Errors
///
/// `Syntax` where it is no YAML.
pub fn origin(bytes: &[u8]) -> Result<Origin> {
    let yaml: Yaml = document(bytes)?;
    let node = |path: &[&str]| path.iter().try_fold(&yaml, |node, key| node.get(*key));
    let text = |path: &[&str]| node(path).and_then(Yaml::as_str);
    let mode = text(&["hydra", "mode"]);
    let subdir = text(&["hydra", "sweep", "subdir"]).filter(|_| mode == Some("MULTIRUN"));
    let owned = |path: &[&str]| text(path).map(str::to_owned);
    Ok(Origin {
        is_run: mode == Some("RUN"),
        subdir: subdir.map(str::to_owned),
        app: owned(&["hydra", "job", "name"]),
        job: owned(&["hydra", "job", "id"]),
        launcher: owned(&["hydra", "launcher", "_target_"]),
    })
}

/// The choices of a job's `hydra.yaml`: for each group of its config the option that was taken.
///
/// # Errors
///
/// `Syntax` where it is no YAML.
pub fn choices(bytes: &[u8]) -> Result<Vec<(String, Value)>> {
    let yaml: Yaml = document(bytes)?;
    let path = ["hydra", "runtime", "choices"];
    let found = path.iter().try_fold(&yaml, |node, key| node.get(*key));
    let entries = found.and_then(Yaml::as_mapping).into_iter().flatten();
    Ok(entries.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), plain(value)))).collect())
}

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

fn is_data(yaml: &Yaml) -> bool {
    match yaml {
        Yaml::Sequence(items) => items.iter().all(is_data),
        Yaml::Mapping(entries) => entries.iter().all(|(key, value)| is_data(key) && is_data(value)),
        Yaml::Tagged(_) => false,
        _ => true,
    }
}

fn plain(yaml: &Yaml) -> Value {
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

    fn texts(yaml: &str) -> Vec<String> {
        let mut all = Vec::new();
        lines(yaml.as_bytes()).unwrap().for_each(|line| {
            all.push(String::from_utf8(line.to_vec()).unwrap());
        });
        all
    }

    #[test]
    fn plain_lists_are_read_as_a_parser_reads_them() {
        for yaml in ["[]\n", "- a=1\n", "- +a=b c\n- ~x\n- m={a:1,b:[2]}\n", "- d.e=1e-3\n"] {
            let parsed: Vec<String> = yaml_serde::from_str(yaml).unwrap();
            assert_eq!(texts(yaml), parsed, "{yaml}");
        }
    }

    #[test]
    fn quoted_folded_and_commented_lists_go_to_the_parser() {
        assert_eq!(texts("- 'a=''x'''\n"), ["a='x'"]);
        assert_eq!(texts("- a=one two\n  three\n"), ["a=one two three"]);
        assert_eq!(texts("- a=1 # why\n"), ["a=1"]);
        assert_eq!(texts("- \"a=\\u00e9\"\n"), ["a=é"]);
    }

    #[test]
    fn a_next_line_character_is_the_one_that_was_written() {
        // As PyYAML 6.0 writes the lists of "a=x\u{85}y", "a=\u{85}\ny" and "a=\n\u{85}".
        assert_eq!(texts("- 'a=x\u{85}  y'\n"), ["a=x\u{85}y"]);
        assert_eq!(texts("- 'a=\u{85}\n  y'\n"), ["a=\u{85}\ny"]);
        assert_eq!(texts("- 'a=\n\n\u{85}  '\n"), ["a=\n\u{85}"]);
    }

    #[test]
    fn a_half_written_list_is_an_error() {
        for yaml in ["", "- a=1", "- a=1\n- b="] {
            assert_eq!(lines(yaml.as_bytes()).unwrap_err().kind, ErrorKind::Corrupt, "{yaml:?}");
        }
        for yaml in ["a: 1\n", "- [1\n", "- {a: 1}\n", "\n"] {
            assert_eq!(lines(yaml.as_bytes()).unwrap_err().kind, ErrorKind::Syntax, "{yaml:?}");
        }
    }
}
