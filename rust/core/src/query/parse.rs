//! From a text to a condition.

use std::ops::Range;

use super::ast::{Condition, Operand, Operator};
use super::token::{Token, Tokens, underlined};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// How deeply parentheses, `not` and lists may stand inside one another: each level takes a part
/// of the stack, and no condition that a person writes comes near it.
const MAX_DEPTH: usize = 64;

/// A condition, and the names in it with their places in the text.
pub(super) type Parsed = (Condition, Vec<(String, Range<usize>)>);

/// Parses a whole text.
pub(super) fn parse(text: &str) -> Result<Parsed> {
    let mut tokens = Tokens::new(text);
    let (token, place) = tokens.next()?;
    if token == Token::End {
        let message = "the condition is empty; write one, as in `lr < 0.1 and model == 'a'`";
        return Err(Error::new(ErrorKind::Syntax, format!("`where`: {message}")));
    }
    let mut parser = Parser { text, tokens, token, place, depth: 0, names: Vec::new() };
    let condition = parser.condition()?;
    if parser.token != Token::End {
        return Err(parser.unexpected(match parser.token {
            Token::Close => "the end, as no parenthesis is open",
            Token::Literal(_) | Token::Name(_) => "`and`, `or` or the end",
            _ => "the end",
        }));
    }
    Ok((condition, parser.names))
}

struct Parser<'t> {
    text: &'t str,
    tokens: Tokens<'t>,
    /// The next word and its place.
    token: Token,
    place: Range<usize>,
    depth: usize,
    names: Vec<(String, Range<usize>)>,
}

impl Parser<'_> {
    fn condition(&mut self) -> Result<Condition> {
        let mut parts = vec![self.all()?];
        while self.take(&Token::Or)? {
            parts.push(self.all()?);
        }
        Ok(single(parts).unwrap_or_else(Condition::Any))
    }

    fn all(&mut self) -> Result<Condition> {
        let mut parts = vec![self.one()?];
        while self.take(&Token::And)? {
            parts.push(self.one()?);
        }
        Ok(single(parts).unwrap_or_else(Condition::All))
    }

    fn one(&mut self) -> Result<Condition> {
        match self.token {
            Token::Not => {
                self.enter()?;
                let inner = self.one()?;
                self.depth = self.depth.saturating_sub(1);
                Ok(Condition::Not(Box::new(inner)))
            }
            Token::Open => {
                let opened = self.place.clone();
                self.enter()?;
                let inner = self.condition()?;
                if self.token == Token::End {
                    return Err(self.tokens.fail(opened, "this parenthesis is not closed"));
                }
                if !self.take(&Token::Close)? {
                    return Err(self.unexpected("`and`, `or` or `)`"));
                }
                self.depth = self.depth.saturating_sub(1);
                Ok(inner)
            }
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Result<Condition> {
        let first = self.operand()?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator()? {
            let place = self.place.clone();
            let operand = self.operand()?;
            let is_list = match &operand {
                Operand::Name(_) => true,
                Operand::Literal(value) => matches!(value, Value::List(_)),
            };
            if matches!(operator, Operator::In | Operator::NotIn) && !is_list {
                let message = "expected a list after `in`, as in `seed in [1, 2, 3]`";
                return Err(self.tokens.fail(place, message));
            }
            rest.push((operator, operand));
        }
        if rest.is_empty() {
            return Err(self.unexpected("an operator, such as `==`, `<` or `in`"));
        }
        Ok(Condition::Compare(first, rest))
    }

    fn operator(&mut self) -> Result<Option<Operator>> {
        let operator = match self.token {
            Token::Operator(operator) => operator,
            Token::In => Operator::In,
            Token::Not => {
                self.advance()?;
                if self.token != Token::In {
                    return Err(self.unexpected("`in`, as in `x not in [1, 2]`"));
                }
                Operator::NotIn
            }
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some(operator))
    }

    fn operand(&mut self) -> Result<Operand> {
        if let Token::Name(name) = &self.token {
            let name = name.clone();
            self.names.push((name.clone(), self.place.clone()));
            self.advance()?;
            return Ok(Operand::Name(name));
        }
        self.literal("the name of a parameter or a value").map(Operand::Literal)
    }

    fn literal(&mut self, expected: &str) -> Result<Value> {
        match &self.token {
            Token::Literal(value) => {
                let value = value.clone();
                self.advance()?;
                Ok(value)
            }
            Token::OpenList => self.list(),
            _ => Err(self.unexpected(expected)),
        }
    }

    fn list(&mut self) -> Result<Value> {
        let opened = self.place.clone();
        self.enter()?;
        let mut items = Vec::new();
        while self.token != Token::CloseList && self.token != Token::End {
            items.push(self.literal("a value in the list")?);
            if self.token != Token::End
                && self.token != Token::CloseList
                && !self.take(&Token::Comma)?
            {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
        if !self.take(&Token::CloseList)? {
            return Err(self.tokens.fail(opened, "this list is not closed"));
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(Value::List(items))
    }

    /// Takes the word that opens a deeper level.
    fn enter(&mut self) -> Result<()> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(underlined(ErrorKind::Limit, message, self.text, self.place.clone()));
        }
        self.advance()
    }

    fn advance(&mut self) -> Result<()> {
        (self.token, self.place) = self.tokens.next()?;
        Ok(())
    }

    fn take(&mut self, token: &Token) -> Result<bool> {
        let found = self.token == *token;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn unexpected(&self, expected: &str) -> Error {
        let found = self.text.get(self.place.clone()).unwrap_or_default();
        let message = match (&self.token, found) {
            (Token::End, _) => format!("expected {expected}, found the end"),
            (_, "is") => format!("expected {expected}, found `is`; write `==`"),
            (Token::Name(_), found) if expected.starts_with("a value") => {
                format!("expected {expected}, found `{found}`; a text is quoted")
            }
            (_, found) => format!("expected {expected}, found `{found}`"),
        };
        self.tokens.fail(self.place.clone(), message)
    }
}

/// The only one, or all where there are several.
fn single(mut parts: Vec<Condition>) -> std::result::Result<Condition, Vec<Condition>> {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            parts.extend(last);
            Err(parts)
        }
    }
}
