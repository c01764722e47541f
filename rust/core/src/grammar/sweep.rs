//! What a sweep hands to its jobs.
//!
//! Hydra's basic sweeper writes each value as text, and each job parses its text again. The second
//! parse counts: `choice('1')` drops the quotes, so the job is told `x=1` and has the integer.

use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

use super::ast::{Element, Override};
use super::parse::parse;
use super::primitive::parse_value_quick;
use super::print::write_hydra;
use super::range::numbers;

impl Override {
    /// The texts that Hydra's basic sweeper writes after the `=`, one for each job along this
    /// override, in the order written here (see [`Override::shuffled`]). An override that sweeps
    /// nothing has one; `~key` has `null`, as Hydra writes it in a multirun.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported) for `interval` and `glob`, whose values depend on
    /// the sweeper or the config; [`Invalid`](ErrorKind::Invalid) for what Hydra cannot write (a
    /// sweep inside a list) or list (a step of 0); [`Limit`](ErrorKind::Limit) beyond a million
    /// values.
    ///
    /// # Examples
    ///
    /// ```
    /// use runcube_core::grammar::{Dialect, parse};
    ///
    /// let parsed = parse("x=1e-3,true,'a b',[1, b]", Dialect::default())?;
    /// assert_eq!(parsed.sweep_texts()?, ["0.001", "True", "'a b'", "[1,b]"]);
    /// # Ok::<(), runcube_core::error::Error>(())
    /// ```
    pub fn sweep_texts(&self) -> Result<Vec<String>> {
        match &self.value {
            None => Ok(vec!["null".to_owned()]),
            Some(Element::Choice(choice)) => {
                choice.items.iter().map(|item| self.hydra_text(item)).collect()
            }
            Some(Element::Range(range)) => numbers(range, self.dialect)?
                .into_iter()
                .map(|number| self.hydra_text(&Element::Scalar(number)))
                .collect(),
            Some(Element::Interval(_)) => {
                Err(self.unlisted("interval", "the sweeper draws from it"))
            }
            Some(Element::Glob(_)) => Err(self.unlisted("glob", "its options stand in the config")),
            Some(Element::Extend(items)) => {
                let list = Element::List { items: items.clone(), shuffled: false };
                self.hydra_text(&list).map(|text| vec![text])
            }
            Some(element) => self.hydra_text(element).map(|text| vec![text]),
        }
    }

    /// The values that the jobs have: each of [`Override::sweep_texts`], parsed again.
    ///
    /// # Errors
    ///
    /// Those of [`Override::sweep_texts`], and [`Syntax`](ErrorKind::Syntax) where Hydra cannot
    /// read what it wrote: `choice('it\'s')` loses the quotes that it needs.
    ///
    /// # Examples
    ///
    /// ```
    /// use runcube_core::grammar::{Dialect, parse};
    /// use runcube_core::value::Value;
    ///
    /// let values = |text| parse(text, Dialect::default())?.sweep_values();
    /// assert_eq!(values("x='1',2")?, [Value::text("1"), Value::Int(2)]);
    /// assert_eq!(values("x=choice('1',2)")?, [Value::Int(1), Value::Int(2)]);
    /// assert_eq!(values("x=range(0,0.3,0.1)")?.len(), 3);
    /// # Ok::<(), runcube_core::error::Error>(())
    /// ```
    pub fn sweep_values(&self) -> Result<Vec<Value>> {
        let texts = self.sweep_texts()?;
        texts
            .into_iter()
            .map(|text| match parse_value_quick(text.as_bytes()) {
                Some(value) => Ok(value),
                None => self.read_back(&text),
            })
            .collect()
    }

    fn read_back(&self, text: &str) -> Result<Value> {
        let line = format!("{}={text}", self.key_text());
        let parsed = parse(&line, self.dialect).map_err(|error| Error {
            message: format!(
                "Hydra writes `{line}` for a job and cannot read it: {}",
                error.message
            ),
            ..error
        })?;
        parsed.value().ok_or_else(|| {
            let message = format!("Hydra writes `{line}` for a job, which is no single value");
            Error::new(ErrorKind::Invalid, message)
        })
    }

    fn hydra_text(&self, element: &Element) -> Result<String> {
        let mut text = String::new();
        if write_hydra(element, &mut text) {
            return Ok(text);
        }
        let message = format!(
            "a sweep inside a value of `{}`: Hydra sweeps over whole values only",
            self.key_text()
        );
        Err(Error::new(ErrorKind::Invalid, message))
    }

    fn unlisted(&self, what: &str, why: &str) -> Error {
        let message =
            format!("`{what}` of `{}` cannot be listed from its text: {why}", self.key_text());
        Error::new(ErrorKind::Unsupported, message)
    }
}
