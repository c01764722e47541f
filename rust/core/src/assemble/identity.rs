//! Who the jobs are: override lines become parameters with typed labels.
//!
//! The lines of a sweep repeat from job to job. So a thread that reads jobs interns each line
//! ([`LineTable`]) and notes numbers; the grammar parses each distinct line once
//! ([`Identities::resolve`]).

use std::collections::{HashMap, HashSet};

use crate::codes::{LineTable, code, index};
use crate::error::Error;
use crate::grammar::{self, Dialect, Prefix};
use crate::value::Value;

/// The code of a label that a job lacks.
pub const MISSING: u32 = u32::MAX;

/// A parameter of the sweep, and the label that each job has for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The key of the override, with its package, without its prefix.
    pub name: String,
    /// The distinct labels, in the order of the first job that has each.
    pub labels: Vec<Value>,
    /// For each job the place of its label, or [`MISSING`].
    pub codes: Vec<u32>,
    /// For each label the name that the sweep gave it; empty where it named none.
    pub aliases: Vec<Option<Box<str>>>,
}

/// The dialects in which the jobs' overrides are written.
#[derive(Clone, Debug)]
pub struct Dialects {
    all: Vec<Dialect>,
    /// For each job the place of its dialect; empty where there is one alone.
    of_job: Vec<usize>,
}

impl Dialects {
    /// The dialects, one for each job.
    #[must_use]
    pub fn new(each: impl Iterator<Item = Dialect>) -> Self {
        let mut all: Vec<Dialect> = Vec::new();
        let of_job: Vec<usize> = each
            .map(|dialect| {
                all.iter().position(|known| *known == dialect).unwrap_or_else(|| {
                    all.push(dialect);
                    all.len().saturating_sub(1)
                })
            })
            .collect();
        Self { of_job: if all.len() > 1 { of_job } else { Vec::new() }, all }
    }

    fn place(&self, job: u32) -> usize {
        self.of_job.get(index(job)).copied().unwrap_or(0)
    }
}

/// The parameters of the sweep's jobs.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// In the order of the first job that has each.
    pub list: Vec<Parameter>,
    /// For each job whether its identity is known.
    pub identified: Vec<bool>,
}

/// Parameters, and the override texts that were not understood with the jobs that have them.
#[derive(Debug, Default)]
pub struct Identities {
    /// What was understood.
    pub parameters: Parameters,
    /// For each bad text the error and its jobs; these have no identity.
    pub refused: Vec<(Error, Vec<u32>)>,
}

/// Whether two lists of override lines say the same of a job.
#[must_use]
pub fn same_identity<'l, A, B>(a: A, b: B, dialect: Dialect) -> bool
where
    A: Iterator<Item = &'l [u8]> + Clone,
    B: Iterator<Item = &'l [u8]> + Clone,
{
    if a.clone().eq(b.clone()) {
        return true;
    }
    let mut table = LineTable::default();
    table.add(0, |each| a.for_each(each));
    table.add(1, |each| b.for_each(each));
    let dialects = Dialects::new(std::iter::repeat_n(dialect, 2));
    let both = Identities::resolve(&[table], 2, &dialects).parameters;
    both.identified == [true; 2]
        && both.list.iter().all(|it| matches!(it.codes.as_slice(), [one, other] if one == other))
}

/// What a line does to a job's identity.
#[derive(Clone)]
enum Effect {
    Set { parameter: usize, label: u32 },
    Remove { name: String },
    Refuse { error: usize },
}

#[derive(Default)]
struct Builder {
    list: Vec<Parameter>,
    by_name: HashMap<String, usize>,
    labels: Vec<HashMap<Value, u32>>,
    /// The first job that has each parameter, and the place of its line there.
    first: Vec<(u32, usize)>,
    /// Each error with the jobs that have its line, and where.
    errors: Vec<(Error, Vec<(u32, usize)>)>,
}

impl Identities {
    /// Parses each distinct line, in the dialect of the Hydra that wrote it, and gives every one of
    /// `count` jobs its labels. Of several lines for one key the last counts; `~key` removes it.
    /// Where the dialects of the jobs differ, a line is parsed in each of them.
    #[must_use]
    pub fn resolve(tables: &[LineTable], count: usize, dialects: &Dialects) -> Self {
        let mut builder = Builder::default();
        // Each thread met most of the lines, so each is parsed once for all of them.
        let mut known: HashMap<(&[u8], Dialect), Effect> = HashMap::new();
        let effects: Vec<Vec<Vec<Effect>>> = tables
            .iter()
            .map(|table| {
                let mut in_dialect = |dialect: &Dialect| {
                    let each = table.distinct().iter().map(|line| match tables {
                        [_] => builder.effect(line, *dialect),
                        _ => known
                            .entry((line, *dialect))
                            .or_insert_with(|| builder.effect(line, *dialect))
                            .clone(),
                    });
                    each.collect()
                };
                dialects.all.iter().map(&mut in_dialect).collect()
            })
            .collect();
        for parameter in &mut builder.list {
            parameter.codes = vec![MISSING; count];
        }
        let mut identified = vec![false; count];
        for (table, effects) in tables.iter().zip(&effects) {
            for (job, lines) in table.coded() {
                let effects = effects.get(dialects.place(job));
                let mut whole = true;
                for (place, line) in lines.iter().enumerate() {
                    if let Some(effect) = effects.and_then(|it| it.get(index(*line))) {
                        whole &= builder.apply(effect, (job, place));
                    }
                }
                if let Some(slot) = identified.get_mut(index(job)) {
                    *slot = whole;
                }
            }
        }
        let mut placed: Vec<_> = builder.first.into_iter().zip(builder.list).collect();
        placed.sort_by_key(|(first, _)| *first);
        let mut list: Vec<Parameter> = placed.into_iter().map(|(_, it)| it).collect();
        for parameter in &mut list {
            for (code, identified) in parameter.codes.iter_mut().zip(&identified) {
                if !identified {
                    *code = MISSING;
                }
            }
            parameter.renumber();
        }
        list.retain(|parameter| !parameter.labels.is_empty());
        let mut refused = builder.errors;
        refused.iter_mut().for_each(|(_, places)| places.sort_unstable());
        refused.sort_by_key(|(_, places)| places.first().copied());
        let jobs = |places: Vec<(u32, usize)>| places.into_iter().map(|(job, _)| job).collect();
        let refused = refused.into_iter().map(|(error, places)| (error, jobs(places))).collect();
        Self { parameters: Parameters { list, identified }, refused }
    }
}

/// A label of a job that its overrides do not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The job.
    pub job: usize,
    /// The name of the parameter.
    pub name: String,
    /// The label.
    pub label: Value,
}

impl Parameters {
    /// Takes in labels of jobs that have none for these parameters; the jobs are then identified.
    pub fn learn(&mut self, known: &[Known]) {
        let count = self.identified.len();
        let mut places: HashMap<String, (usize, HashMap<Value, u32>)> = HashMap::new();
        for Known { job, name, label } in known {
            if !places.contains_key(name) {
                let at = self.list.iter().position(|it| it.name == *name).unwrap_or_else(|| {
                    self.list.push(Parameter {
                        name: name.clone(),
                        labels: Vec::new(),
                        codes: vec![MISSING; count],
                        aliases: Vec::new(),
                    });
                    self.list.len().saturating_sub(1)
                });
                let labels = self.list.get(at).map(|it| it.labels.as_slice()).unwrap_or_default();
                let labels = labels.iter().cloned().zip(0..).collect();
                places.insert(name.clone(), (at, labels));
            }
            let Some((at, labels)) = places.get_mut(name) else { continue };
            let Some(parameter) = self.list.get_mut(*at) else { continue };
            let new = *labels.entry(label.clone()).or_insert_with(|| {
                parameter.labels.push(label.clone());
                code(parameter.labels.len().saturating_sub(1))
            });
            if let Some(slot @ &mut MISSING) = parameter.codes.get_mut(*job) {
                *slot = new;
            }
            if let Some(slot) = self.identified.get_mut(*job) {
                *slot = true;
            }
        }
        for parameter in self.list.iter_mut().filter(|it| places.contains_key(&it.name)) {
            parameter.renumber();
        }
    }
}

impl Builder {
    fn effect(&mut self, line: &[u8], dialect: Dialect) -> Effect {
        let parsed = std::str::from_utf8(line)
            .map_err(|_| {
                let kind = crate::error::ErrorKind::Syntax;
                Error::new(kind, "an override is no valid UTF-8")
            })
            .and_then(|text| {
                let parsed = grammar::parse(text, dialect)?;
                let value = match parsed.prefix {
                    Prefix::Delete => None,
                    _ => Some(parsed.value().ok_or_else(|| {
                        let kind = crate::error::ErrorKind::Syntax;
                        Error::new(kind, "a job has one value for each key, and this is a sweep")
                            .spanned(text, 0, text.len())
                    })?),
                };
                Ok((parsed.key_text(), value))
            });
        match parsed {
            Ok((name, Some(value))) => {
                let parameter = self.parameter(&name);
                let label = grammar::label(&value);
                Effect::Set { parameter, label: self.label(parameter, label) }
            }
            Ok((name, None)) => Effect::Remove { name },
            Err(error) => {
                self.errors.push((error, Vec::new()));
                Effect::Refuse { error: self.errors.len() - 1 }
            }
        }
    }

    fn parameter(&mut self, name: &str) -> usize {
        if let Some(at) = self.by_name.get(name) {
            return *at;
        }
        let at = self.list.len();
        self.list.push(Parameter {
            name: name.to_owned(),
            labels: Vec::new(),
            codes: Vec::new(),
            aliases: Vec::new(),
        });
        self.labels.push(HashMap::new());
        self.first.push((u32::MAX, usize::MAX));
        self.by_name.insert(name.to_owned(), at);
        at
    }

    fn label(&mut self, parameter: usize, label: Value) -> u32 {
        let (Some(known), Some(entry)) =
            (self.labels.get_mut(parameter), self.list.get_mut(parameter))
        else {
            return MISSING;
        };
        *known.entry(label).or_insert_with_key(|label| {
            entry.labels.push(label.clone());
            code(entry.labels.len() - 1)
        })
    }

    /// Applies a line to a job; false where the line is not understood.
    fn apply(&mut self, effect: &Effect, (job, place): (u32, usize)) -> bool {
        let (parameter, label) = match effect {
            Effect::Set { parameter, label } => (Some(*parameter), *label),
            Effect::Remove { name } => (self.by_name.get(name).copied(), MISSING),
            Effect::Refuse { error } => {
                if let Some((_, places)) = self.errors.get_mut(*error) {
                    places.push((job, place));
                }
                return false;
            }
        };
        if let Some(first) = parameter.and_then(|at| self.first.get_mut(at)) {
            *first = (*first).min((job, place));
        }
        let slot = parameter
            .and_then(|at| self.list.get_mut(at))
            .and_then(|parameter| parameter.codes.get_mut(index(job)));
        if let Some(slot) = slot {
            *slot = label;
        }
        true
    }
}

impl Parameter {
    /// Numbers the labels by the first job that has each; those that no job has fall away.
    fn renumber(&mut self) {
        let mut renumbered = vec![MISSING; self.labels.len()];
        let mut labels = Vec::with_capacity(self.labels.len());
        for slot in &mut self.codes {
            let Some(new) = renumbered.get_mut(index(*slot)) else { continue };
            if *new == MISSING {
                *new = code(labels.len());
                labels.extend(self.labels.get(index(*slot)).cloned());
            }
            *slot = *new;
        }
        self.labels = labels;
    }

    /// Labels with the names that the sweep gave them in place of their values; `None` where it
    /// named none of them, or two would become one.
    #[must_use]
    pub fn shown(&self, labels: &[Value]) -> Option<Vec<Value>> {
        let alias = |label: &Value| {
            let at = self.labels.iter().position(|it| it == label)?;
            self.aliases.get(at)?.clone().map(Value::Str)
        };
        if self.aliases.iter().all(Option::is_none) {
            return None;
        }
        let shown: Vec<Value> =
            labels.iter().map(|label| alias(label).unwrap_or_else(|| label.clone())).collect();
        let distinct: HashSet<&Value> = shown.iter().collect();
        (distinct.len() == shown.len()).then_some(shown)
    }

    /// The label of a job, where it has one.
    #[must_use]
    pub fn label_of(&self, job: usize) -> Option<&Value> {
        self.labels.get(index(*self.codes.get(job)?))
    }

    /// Whether jobs differ: in their labels, or in having one.
    #[must_use]
    pub fn varies(&self, identified: &[bool]) -> bool {
        self.labels.len() > 1
            || self.codes.iter().zip(identified).any(|(code, known)| *known && *code == MISSING)
    }
}
