//! What a sweep set out to run, from its `multirun.yaml`.

use crate::error::Result;
use crate::grammar::{self, Dialect, Prefix};
use crate::value::Value;
use crate::yaml::Multirun;

/// A parameter that the definition names.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// Its name.
    pub name: String,
    /// Its values, in the order in which they were listed.
    pub values: Vec<Value>,
    /// Whether it is swept: it stays a dimension even with one value.
    pub is_axis: bool,
    /// Whether the values stand in the order in which the jobs run through them.
    pub ordered: bool,
}

/// A product of parameters: the last varies fastest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// The parameters in the sweep's order: `hydra.sweeper.params`, then the command line.
    pub parameters: Vec<Swept>,
    /// Whether every job comes from this product: the sweeper is Hydra's basic one, and every
    /// value can be listed.
    pub is_product: bool,
    /// Whether the jobs are a list, of which the parameters here are no product: a zip, a sum, a
    /// sample.
    pub is_list: bool,
    /// Keys that make no job another one: what varies in them, or below them, is no axis.
    pub indifferent: Vec<String>,
}

/// The class of Hydra's basic sweeper.
const BASIC_SWEEPER: &str = "BasicSweeper";

impl Definition {
    /// The product that Hydra's basic sweeper makes of a `multirun.yaml`; its dialect is that of
    /// the Hydra that wrote the file.
    ///
    /// # Errors
    ///
    /// `Syntax` where an override in it does not follow the grammar.
    pub fn from_multirun(multirun: &Multirun, dialect: Dialect) -> Result<Self> {
        let basic = multirun
            .sweeper
            .as_deref()
            .is_none_or(|class| class.rsplit('.').next() == Some(BASIC_SWEEPER));
        let mut definition = Self { is_product: basic, ..Self::default() };
        // As in Hydra, a key that is given again keeps its place and takes the new values, and a
        // key with another prefix is another key.
        let mut keys: Vec<(Prefix, String)> = Vec::new();
        for text in multirun.params.iter().chain(&multirun.overrides) {
            let parsed = grammar::parse(text, dialect)?;
            let name = parsed.key_text();
            if parsed.prefix == Prefix::Delete {
                definition.is_product &= !parsed.is_sweep();
                continue;
            }
            let is_axis = parsed.is_sweep();
            let values = match (is_axis, parsed.value()) {
                (true, _) => parsed.sweep_values().ok(),
                (false, value) => value.map(|value| vec![value]),
            };
            definition.is_product &= values.is_some();
            let swept = Swept {
                name: name.clone(),
                values: values.unwrap_or_default().iter().map(grammar::label).collect(),
                is_axis,
                ordered: !parsed.shuffled(),
            };
            let key = (parsed.prefix, name);
            match keys.iter().position(|known| *known == key) {
                Some(at) => {
                    if let Some(slot) = definition.parameters.get_mut(at) {
                        *slot = swept;
                    }
                }
                None => {
                    keys.push(key);
                    definition.parameters.push(swept);
                }
            }
        }
        Ok(definition)
    }

    /// Joins what `multirun.yaml` says with what was recorded of the sweep: names with the texts
    /// of their labels. Of a product, a record that speaks of other values is of another sweep, and
    /// says nothing. Of a list, or without a `multirun.yaml`, the axes are the recorded ones; what
    /// is fixed is then unknown, and so is which jobs the product has.
    #[must_use]
    pub fn with_record(
        known: Option<Self>,
        axes: &[(String, Vec<String>)],
        is_product: bool,
        dialect: Dialect,
    ) -> Option<Self> {
        let parse = |text: &String| {
            grammar::parse(&format!("x={text}"), dialect)
                .ok()
                .and_then(|parsed| parsed.value())
                .map(|value| grammar::label(&value))
        };
        let labels = |labels: &[String]| labels.iter().map(parse).collect::<Option<Vec<Value>>>();
        if let (true, Some(mut known)) = (is_product, known) {
            let fits = |(name, texts): &(String, Vec<String>)| {
                let labels = labels(texts);
                known.get(name).is_some_and(|swept| Some(&swept.values) == labels.as_ref())
            };
            if axes.iter().all(fits) {
                // Whatever the class of the sweeper, this is what it ran.
                known.is_product = true;
                for swept in &mut known.parameters {
                    swept.is_axis |= axes.iter().any(|(name, _)| *name == swept.name);
                }
            }
            return Some(known);
        }
        let parameters = axes
            .iter()
            .map(|(name, texts)| {
                let values = labels(texts)?;
                Some(Swept { name: name.clone(), values, is_axis: true, ordered: true })
            })
            .collect::<Option<_>>();
        let parameters = parameters?;
        Some(Self { parameters, is_list: !is_product, ..Self::default() })
    }

    /// Whether a parameter may tell jobs apart.
    #[must_use]
    pub fn counts(&self, name: &str) -> bool {
        let is_in = |key: &String| {
            name.strip_prefix(key.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        !self.indifferent.iter().any(is_in)
    }

    /// The parameter of a name; of several, the last, as in a job's overrides.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Swept> {
        self.parameters.iter().rev().find(|swept| swept.name == name)
    }

    /// How many jobs the product has; `None` where a count is beyond 64 bits.
    #[must_use]
    pub fn job_count(&self) -> Option<usize> {
        self.parameters
            .iter()
            .try_fold(1_usize, |count, swept| count.checked_mul(swept.values.len()))
    }

    /// For each parameter the place of its value in the job of a number; `None` beyond the product.
    #[must_use]
    pub fn places(&self, number: usize) -> Option<Vec<usize>> {
        let mut rest = number;
        let mut places = vec![0; self.parameters.len()];
        for (slot, swept) in places.iter_mut().zip(&self.parameters).rev() {
            *slot = rest.checked_rem(swept.values.len())?;
            rest /= swept.values.len();
        }
        (rest == 0).then_some(places)
    }
}
