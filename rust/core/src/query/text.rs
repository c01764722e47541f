//! A parsed condition with its text, so that what is wrong with a name can be underlined.

use std::ops::Range;

use super::ast::Condition;
use super::names::{quoted_name, unknown_name};
use super::parse::parse;
use super::print::written_value;
use super::token::underlined;
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// Labels that a message lists.
const MOST: usize = 6;
/// Characters that it shows of each.
const LONGEST: usize = 60;

/// A condition on the parameters of jobs, as it was written.
///
/// # Examples
///
/// ```
/// use runcube_core::query::Query;
/// use runcube_core::value::Value;
///
/// let query = Query::parse("0.1 <= lr < 1 and model in ['a', 'b']")?;
/// let (lr, model) = (Value::Float(0.5), Value::text("a"));
/// assert!(query.holds(|name| Some(if name == "lr" { &lr } else { &model })));
/// assert!(!query.holds(|_| None));
/// # Ok::<(), runcube_core::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    condition: Condition,
    /// The names as they occur, each with its place in the text.
    occurrences: Vec<(String, Range<usize>)>,
}

impl Query {
    /// Parses a condition.
    ///
    /// # Errors
    ///
    /// `Syntax` with the place underlined, `Limit` where it is nested too deeply.
    pub fn parse(text: &str) -> Result<Self> {
        let (condition, occurrences) = parse(text)?;
        Ok(Self { text: text.to_owned(), condition, occurrences })
    }

    /// What the condition says.
    #[must_use]
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The parameters that it names, each once, in the order of the text.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in &self.occurrences {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// Whether it holds for a job; `label` gives the job's label of a parameter, where it has one.
    pub fn holds<'v>(&'v self, label: impl Fn(&str) -> Option<&'v Value>) -> bool {
        self.condition.holds(&label)
    }

    /// Whether it can hold where a parameter has a label, as far as its parts say that speak of
    /// this parameter alone: a way to leave out most combinations of labels before they are made.
    #[must_use]
    pub fn may_hold(&self, name: &str, label: &Value) -> bool {
        self.condition.may_hold(name, label)
    }

    /// Makes sure that each name is one of the `known` parameters.
    ///
    /// # Errors
    ///
    /// `Invalid` for the first that is not, underlined, with the names that it may have meant.
    pub fn check_names(&self, known: &[&str]) -> Result<()> {
        let unknown = self.occurrences.iter().find(|(name, _)| !known.contains(&name.as_str()));
        match unknown {
            Some((name, place)) => Err(unknown_name(name, known, &self.text, place.clone())),
            None => Ok(()),
        }
    }

    /// What the labels of a parameter are, as they would be written in a condition: for the error
    /// of a condition that selects nothing.
    #[must_use]
    pub fn described(name: &str, labels: &[Value]) -> String {
        let shown = |label: &Value| match written_value(label) {
            long if long.chars().count() > LONGEST => {
                long.chars().take(LONGEST).chain(['…']).collect()
            }
            short => short,
        };
        let mut listed: Vec<String> = labels.iter().take(MOST).map(shown).collect();
        if labels.len() > MOST {
            listed.push(format!("… ({} in all)", labels.len()));
        }
        format!("{} is {}", quoted_name(name), listed.join(", "))
    }

    /// An error about the condition as a whole.
    #[must_use]
    pub fn refuse(&self, kind: ErrorKind, message: &str) -> Error {
        underlined(kind, message, &self.text, 0..self.text.len())
    }
}
