//! Labels that a job's overrides do not say, and other files of Hydra's do.
//!
//! ```text
//! no record of the overrides   `multirun.yaml`: the product, by the job's number
//! a parameter that only other  `hydra.yaml`: `hydra.runtime.choices`, where it is a group
//! jobs were given              else `config.yaml`: the default
//! ```

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::belong::Scope;
use crate::assemble::{Definition, Known, Parameters};
use crate::codes::{LineTable, code};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::files::FileBuffer;
use crate::grammar::{self, Dialect, Prefix, compare_numbers};
use crate::pool::{self, Cancel, Workers};
use crate::scan::Group;
use crate::value::Value;
use crate::yaml::{self, Config};

/// What was found, and what could not be read.
#[derive(Default)]
pub struct Filled {
    /// Whether any file was opened for it.
    pub looked: bool,
    pub known: Vec<Known>,
    pub problems: Vec<(u32, Problem)>,
}

/// How many jobs of each sweep have their overrides by their number alone: those of a plain product
/// whose jobs were told to write no record.
pub fn explained(scope: Scope<'_>) -> Vec<usize> {
    let groups = scope.groups.iter().zip(scope.definitions);
    let count = |(group, definition): (&Group, &Option<Definition>)| {
        let definition = definition.as_ref()?;
        let plain = group.output().is_none()
            && group.numbered
            && definition.is_product
            && definition.parameters.iter().all(|swept| swept.ordered);
        plain.then(|| definition.job_count()).flatten()
    };
    groups.map(|it| count(it).unwrap_or(0)).collect()
}

/// The labels of jobs without any record of their overrides.
pub fn rebuilt(scope: Scope<'_>, parameters: &Parameters) -> Vec<Known> {
    let counts = explained(scope);
    let mut known = Vec::new();
    for (at, job) in scope.jobs.iter().enumerate() {
        let number = job.number.and_then(|it| usize::try_from(it).ok());
        let Some(number) =
            number.filter(|it| counts.get(job.group).is_some_and(|count| it < count))
        else {
            continue;
        };
        if parameters.identified.get(at) == Some(&true) {
            continue;
        }
        let Some(Some(definition)) = scope.definitions.get(job.group) else { continue };
        let places = definition.places(number).unwrap_or_default();
        for (swept, place) in definition.parameters.iter().zip(places) {
            let label = swept.values.get(place).cloned();
            known.extend(label.map(|label| Known { job: at, name: swept.name.clone(), label }));
        }
    }
    known
}

/// What stands for a parameter that only some of the jobs were given, in the others of `members`.
///
/// # Errors
///
/// `Interrupted`.
pub fn defaults(
    scope: Scope<'_>,
    lines: &[LineTable],
    parameters: &Parameters,
    members: &[bool],
    (workers, cancel): (Workers, &Cancel),
) -> Result<Filled> {
    let member = |job: usize| {
        members.get(job) == Some(&true) && parameters.identified.get(job) == Some(&true)
    };
    let jobs: Vec<usize> = (0..scope.jobs.len()).filter(|job| member(*job)).collect();
    let mut lacking: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, parameter) in parameters.list.iter().enumerate() {
        if jobs.iter().any(|job| parameter.label_of(*job).is_some()) {
            for job in jobs.iter().filter(|job| parameter.label_of(**job).is_none()) {
                lacking.entry(*job).or_default().push(at);
            }
        }
    }
    if lacking.is_empty() {
        return Ok(Filled::default());
    }
    let own: HashMap<u32, Vec<&[u8]>> = lines.iter().flat_map(LineTable::jobs).collect();
    let wanted: Vec<(usize, Vec<usize>)> = lacking.into_iter().collect();
    let parts = pool::run(wanted.len(), workers, cancel, Part::default, |part, block| {
        for (job, lacking) in wanted.get(block).unwrap_or_default() {
            let names = lacking.iter().filter_map(|at| parameters.list.get(*at));
            let names: Vec<&str> = names.map(|it| it.name.as_str()).collect();
            let lines = own.get(&code(*job)).map(Vec::as_slice);
            part.read(scope, *job, &names, lines.unwrap_or_default());
        }
        Ok(())
    })?;
    let mut filled = Filled { looked: true, ..Filled::default() };
    for part in parts {
        filled.known.extend(part.found.known);
        filled.problems.extend(part.found.problems);
    }
    filled.known.sort_by_key(|it| it.job);
    filled.problems.sort_by_key(|(job, _)| *job);
    for known in &mut filled.known {
        let parameter = parameters.list.iter().find(|it| it.name == known.name);
        let labels = parameter.map(|it| it.labels.as_slice()).unwrap_or_default();
        known.label = of_others(std::mem::replace(&mut known.label, Value::Null), labels);
    }
    Ok(filled)
}

/// The label of the others that a number is equal to, where there is exactly one.
fn of_others(label: Value, labels: &[Value]) -> Value {
    let is_number = |it: &Value| matches!(it, Value::Int(_) | Value::BigInt(_) | Value::Float(_));
    if !is_number(&label) {
        return label;
    }
    let mut equal = labels
        .iter()
        .filter(|it| is_number(it) && compare_numbers(it, &label) == Some(Ordering::Equal));
    match (equal.next(), equal.next()) {
        (Some(only), None) => only.clone(),
        _ => label,
    }
}

/// What one thread read.
#[derive(Default)]
struct Part {
    found: Filled,
    file: FileBuffer,
}

impl Part {
    fn read(&mut self, scope: Scope<'_>, job: usize, names: &[&str], own: &[&[u8]]) {
        let (Some(directory), Some(overrides)) = (scope.jobs.get(job), scope.overrides_of(job))
        else {
            return;
        };
        let dialect = scope.groups.get(directory.group).map_or(Dialect::Hydra14, |it| it.dialect());
        let folder = overrides.trim_end_matches("overrides.yaml");
        // The other files are those of the job that wrote this one.
        if !self.open(scope, job, overrides) || !is_list_of(self.file.bytes(), own) {
            return;
        }
        let mut names: Vec<&str> =
            names.iter().filter(|name| !deletes(own, name, dialect)).copied().collect();
        let choices = match self.open(scope, job, &format!("{folder}hydra.yaml")) {
            true => self.parsed(scope, job, &format!("{folder}hydra.yaml"), yaml::choices),
            false => None,
        };
        for (group, option) in choices.unwrap_or_default() {
            if let Some(at) = names.iter().position(|name| *name == group) {
                names.remove(at);
                let label = match option {
                    Value::Str(text) => as_override(&text, dialect),
                    other => other,
                };
                self.found.known.push(Known { job, name: group, label });
            }
        }
        // A key with a package is a group's, and no group of this job's.
        names.retain(|name| !name.contains(['@', '/']));
        let file = format!("{folder}config.yaml");
        if names.is_empty() || !self.open(scope, job, &file) {
            return;
        }
        let Some(config) = self.parsed(scope, job, &file, Config::parse) else { return };
        for name in names {
            let label = config.value(name).map(|value| grammar::label(&value));
            let known = label.map(|label| Known { job, name: name.to_owned(), label });
            self.found.known.extend(known);
        }
    }

    fn open(&mut self, scope: Scope<'_>, job: usize, name: &str) -> bool {
        let directory = scope.jobs.get(job);
        directory.is_some_and(|it| scope.root.read(&it.relative, name, &mut self.file).is_ok())
    }

    fn parsed<T>(
        &mut self,
        scope: Scope<'_>,
        job: usize,
        name: &str,
        parse: impl Fn(&[u8]) -> Result<T>,
    ) -> Option<T> {
        let told = |error: Error| {
            let message =
                format!("{}; what its overrides leave at the default is missing", error.message);
            let path = scope.directory(job).join(name);
            (code(job), Problem { path, kind: error.kind, message })
        };
        match parse(self.file.bytes()) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.found.problems.push(told(error));
                None
            }
        }
    }
}

/// Whether a file of overrides holds these lines.
fn is_list_of(bytes: &[u8], own: &[&[u8]]) -> bool {
    let mut read: Vec<Vec<u8>> = Vec::new();
    let parsed = yaml::lines(bytes).map(|lines| lines.for_each(|line| read.push(line.to_vec())));
    parsed.is_ok() && read.iter().map(Vec::as_slice).eq(own.iter().copied())
}

/// Whether an override takes a key out of the config.
fn deletes(lines: &[&[u8]], name: &str, dialect: Dialect) -> bool {
    lines.iter().filter(|line| line.starts_with(b"~")).any(|line| {
        let text = std::str::from_utf8(line).unwrap_or_default();
        grammar::parse(text, dialect)
            .is_ok_and(|it| it.prefix == Prefix::Delete && it.key_text() == name)
    })
}

/// The label that a text has as the value of an override.
fn as_override(text: &str, dialect: Dialect) -> Value {
    let parsed = grammar::parse(&format!("x={text}"), dialect).ok();
    let value = parsed.filter(|it| !it.is_sweep()).and_then(|it| it.value());
    grammar::label(&value.unwrap_or_else(|| Value::text(text)))
}

/// The sweeps whose jobs say nothing of their parameters, as problems: once for each.
pub fn unrecorded(scope: Scope<'_>, known: &[Known], parameters: &Parameters) -> Vec<Problem> {
    let counts = explained(scope);
    let groups = scope.groups.iter().enumerate().filter(|(_, group)| group.output().is_none());
    groups
        .filter_map(|(at, group)| {
            let explained = counts.get(at).is_some_and(|count| *count > 0);
            let used = known.iter().any(|it| scope.group_of(it.job) == Some(at));
            let message = match (explained, used) {
                (true, true) => {
                    "its jobs have no record of their overrides (`hydra.output_subdir` is null): \
                     they were rebuilt from this file, by the jobs' numbers"
                }
                (true, false) => return None,
                (false, _)
                    if (0..scope.jobs.len()).all(|job| {
                        scope.group_of(job) != Some(at)
                            || parameters.identified.get(job) == Some(&true)
                    }) =>
                {
                    return None;
                }
                (false, _) => {
                    "its jobs may have no record of their overrides (`hydra.output_subdir` is \
                     null), and which job had which values does not follow from this file: only a \
                     product of listed values in numbered directories can be rebuilt, no `shuffle` \
                     and no `glob`"
                }
            };
            let path = scope.path.join(&group.relative).join("multirun.yaml");
            let kind = ErrorKind::NoMatch;
            Some(Problem { path, kind, message: message.to_owned() })
        })
        .collect()
}
