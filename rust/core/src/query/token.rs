//! The words of a condition, each with its place in the text.

use std::ops::Range;

use super::ast::Operator;
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// A word of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Literal(Value),
    Operator(Operator),
    And,
    Or,
    Not,
    In,
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    End,
}

/// How much of a long text an error shows on either side of what it underlines, in bytes.
const SHOWN: usize = 60;

/// Reads words from a text.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next word and its place; at the end, [`Token::End`].
    pub(super) fn next(&mut self) -> Result<(Token, Range<usize>)> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = rest.trim_start();
        let start = self.text.len().saturating_sub(word.len());
        let Some(first) = word.chars().next() else {
            return Ok((Token::End, start..start));
        };
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '[' => (Token::OpenList, 1),
            ']' => (Token::CloseList, 1),
            ',' => (Token::Comma, 1),
            '=' | '!' | '<' | '>' | '&' | '|' => self.symbol(word, start)?,
            '\'' | '"' => self.string(word, first, start)?,
            '`' => self.quoted_name(word, start)?,
            '0'..='9' | '.' | '+' | '-' => self.number(word, start)?,
            _ if is_letter(first) => {
                let length = word.find(|it| !is_name_part(it)).unwrap_or(word.len());
                (word_token(word.get(..length).unwrap_or_default()), length)
            }
            _ => {
                let shown = first.escape_debug();
                let message = format!(
                    "expected a name, a value or an operator, found `{shown}`; a name with other \
                     characters stands in backticks"
                );
                return Err(self.fail(start..start.saturating_add(first.len_utf8()), message));
            }
        };
        self.at = start.saturating_add(length);
        Ok((token, start..self.at))
    }

    /// A syntax error that underlines a part of the text.
    pub(super) fn fail(&self, place: Range<usize>, message: impl Into<String>) -> Error {
        underlined(ErrorKind::Syntax, message, self.text, place)
    }

    fn symbol(&self, word: &str, start: usize) -> Result<(Token, usize)> {
        let length = word.find(|it| !"=!<>&|".contains(it)).unwrap_or(word.len());
        let symbol = word.get(..length).unwrap_or_default();
        let known = Operator::ALL.into_iter().find(|operator| operator.text() == symbol);
        let instead = match symbol {
            _ if known.is_some() => "",
            "=" | "===" => "; write `==`",
            "&" | "&&" => "; write `and`",
            "|" | "||" => "; write `or`",
            "!" => "; write `not`",
            "<>" | "=!" | "!==" => "; write `!=`",
            "=<" => "; write `<=`",
            "=>" => "; write `>=`",
            _ => "",
        };
        known.map(|operator| (Token::Operator(operator), length)).ok_or_else(|| {
            let place = start..start.saturating_add(length);
            self.fail(place, format!("there is no operator `{symbol}`{instead}"))
        })
    }

    fn string(&self, word: &str, quote: char, start: usize) -> Result<(Token, usize)> {
        let mut text = String::new();
        let mut characters = word.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped @ ('\\' | '\'' | '"'))) => text.push(escaped),
                    Some((end, other)) => {
                        let place = start.saturating_add(at)
                            ..start.saturating_add(end).saturating_add(other.len_utf8());
                        return Err(self.fail(
                            place,
                            "a backslash stands before a quote or a backslash; write `\\\\` for \
                             one backslash",
                        ));
                    }
                    None => break,
                },
                _ if character == quote => {
                    return Ok((Token::Literal(Value::text(text)), at.saturating_add(1)));
                }
                _ => text.push(character),
            }
        }
        Err(self.fail(start..self.text.len(), format!("expected a closing {quote}, found the end")))
    }

    fn quoted_name(&self, word: &str, start: usize) -> Result<(Token, usize)> {
        let mut name = String::new();
        let mut characters = word.char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            if character != '`' {
                name.push(character);
            } else if characters.next_if(|(_, next)| *next == '`').is_some() {
                name.push('`');
            } else {
                return Ok((Token::Name(name), at.saturating_add(1)));
            }
        }
        Err(self.fail(start..self.text.len(), "expected a closing backtick, found the end"))
    }

    fn number(&self, word: &str, start: usize) -> Result<(Token, usize)> {
        let sign = usize::from(word.starts_with(['+', '-']));
        let mut before = ' ';
        let end = word
            .char_indices()
            .skip(sign)
            .find(|(_, it)| {
                let exponent = matches!(before, 'e' | 'E') && matches!(it, '+' | '-');
                before = *it;
                !(exponent || it.is_alphanumeric() || matches!(it, '.' | '_'))
            })
            .map_or(word.len(), |(at, _)| at);
        let written = word.get(..end).unwrap_or_default();
        let place = start..start.saturating_add(end.max(1));
        number(written)
            .map(|value| (Token::Literal(value), end))
            .map_err(|expected| self.fail(place, format!("`{written}` is no number{expected}")))
    }
}

/// A number from its text; otherwise what to write instead.
fn number(written: &str) -> std::result::Result<Value, &'static str> {
    let digits = written.trim_start_matches(['+', '-']);
    if digits == "inf" {
        let infinity = if written.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
        return Ok(Value::Float(infinity));
    }
    // An underscore stands between digits alone.
    let mut before = ' ';
    for (at, character) in digits.char_indices() {
        let after = digits.get(at.saturating_add(1)..).and_then(|rest| rest.chars().next());
        let between = before.is_ascii_digit() && after.is_some_and(|it| it.is_ascii_digit());
        if character == '_' && !between {
            return Err("");
        }
        before = character;
    }
    let plain = written.replace('_', "");
    let magnitude = plain.trim_start_matches(['+', '-']);
    if magnitude.bytes().all(|byte| byte.is_ascii_digit()) {
        if magnitude.len() > 1 && magnitude.starts_with('0') {
            return Err("; a text is quoted, and a number has no leading zero");
        }
        return Value::integer(&plain).ok_or("");
    }
    let numeric = |it: char| it.is_ascii_digit() || matches!(it, '.' | 'e' | 'E' | '+' | '-');
    match plain.parse() {
        Ok(float) if magnitude.chars().all(numeric) => Ok(Value::Float(float)),
        _ if digits.starts_with(|it: char| it.is_ascii_digit()) => {
            Err("; a text is quoted, and a name that starts with a digit stands in backticks")
        }
        _ => Err(""),
    }
}

fn word_token(word: &str) -> Token {
    match word {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        "in" => Token::In,
        "true" | "True" => Token::Literal(Value::Bool(true)),
        "false" | "False" => Token::Literal(Value::Bool(false)),
        "null" | "None" => Token::Literal(Value::Null),
        "nan" => Token::Literal(Value::Float(f64::NAN)),
        "inf" => Token::Literal(Value::Float(f64::INFINITY)),
        name => Token::Name(name.to_owned()),
    }
}

/// Whether a name needs no backticks.
pub(super) fn is_bare_name(name: &str) -> bool {
    name.starts_with(is_letter)
        && name.chars().all(is_name_part)
        && matches!(word_token(name), Token::Name(_))
}

fn is_letter(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

fn is_name_part(character: char) -> bool {
    is_letter(character) || character.is_numeric() || matches!(character, '.' | '/' | '@' | '-')
}

/// An error that underlines a part of the text, and of a long text shows only what lies around it.
pub(super) fn underlined(
    kind: ErrorKind,
    message: impl Into<String>,
    text: &str,
    place: Range<usize>,
) -> Error {
    let error = Error::new(kind, format!("`where`: {}", message.into()));
    if text.len() <= SHOWN.saturating_mul(3) {
        return error.spanned(text, place.start, place.end);
    }
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        at
    };
    let from = boundary(place.start.saturating_sub(SHOWN));
    let to = boundary(place.start.saturating_add(SHOWN).min(text.len()));
    let before = if from > 0 { "…" } else { "" };
    let after = if to < text.len() { "…" } else { "" };
    let shown = format!("{before}{}{after}", text.get(from..to).unwrap_or_default());
    let moved = |at: usize| at.saturating_sub(from).saturating_add(before.len());
    error.spanned(&shown, moved(place.start), moved(place.end.min(to)))
}
