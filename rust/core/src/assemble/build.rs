//! The cube: coordinates, metrics and attributes, with names that do not clash.

use std::borrow::Cow;
use std::collections::HashSet;

use super::axes::Axis;
use super::coordinate::Joined;
use super::cube::{Array, Cube, Variable};
use super::labels::label_array;
use super::layout::{LayoutKind, Names};
use super::many::Sweeps;
use super::metric::{Places, free_name, metric_variables};
use super::{Parameter, Parameters};
use crate::array::DType;
use crate::codes::index;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::Column;
use crate::value::Value;

/// What a cube is built from.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'p> {
    /// The jobs' parameters.
    pub parameters: &'p Parameters,
    /// The metrics.
    pub columns: &'p [Column],
    /// What the jobs are called: their directories, relative to the path that was opened.
    pub job_names: &'p dyn Names,
    /// The sweeps that the jobs come from, where there may be several.
    pub sweeps: Option<&'p Sweeps>,
    /// Further text for each job, by name: paths, statuses.
    pub notes: &'p [(String, Vec<Box<str>>)],
    /// The metric that labels the leading dimension of the others.
    pub coordinate: Option<&'p str>,
}

/// Builds the cube of a layout.
///
/// # Errors
///
/// `Invalid` where the coordinate is no metric, or cannot be one.
pub fn build(parts: Parts<'_>, layout: &LayoutKind) -> Result<Cube> {
    let mut cube = Cube::default();
    let mut parameters: HashSet<&str> =
        parts.parameters.list.iter().map(|it| it.name.as_str()).collect();
    parameters.extend(layout.swept.iter().map(String::as_str));
    let stored = stored_names(parts.columns, &parameters);
    let mut taken: HashSet<String> = stored.iter().cloned().collect();
    taken.extend(parameters.iter().map(|it| (*it).to_owned()));
    let claim = |taken: &mut HashSet<String>, name: &str| {
        let free = free_name(name, &|name| taken.contains(name));
        taken.insert(free.clone());
        free
    };

    taken.extend(parts.sweeps.map(|it| it.parameter.name.clone()));

    let mut dimensions = Vec::new();
    let mut shape = Vec::new();
    match &layout.axes {
        Some(axes) => {
            for axis in axes {
                let labels: Vec<Option<&Value>> = axis.labels.iter().map(Some).collect();
                cube.coordinates.push(coordinate(&axis.name, label_array(&labels)));
                dimensions.push(axis.name.clone());
                shape.push(axis.labels.len());
            }
            if let Some(repeats) = &layout.repeats {
                let name = claim(&mut taken, "repeat");
                let bytes: Vec<u8> = repeats.iter().flat_map(|it| it.to_ne_bytes()).collect();
                let labels = Array::dense(DType::Int(8), vec![repeats.len()], &bytes);
                cube.coordinates.push(coordinate(&name, labels));
                dimensions.push(name);
                shape.push(repeats.len());
            }
            cube.coordinates.extend(along_sweeps(parts, layout, axes));
        }
        None => {
            let name = claim(&mut taken, "job");
            let members: Vec<usize> = members(layout);
            let names: Vec<Cow<'_, str>> =
                members.iter().map(|job| parts.job_names.name(*job)).collect();
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            cube.coordinates.push(coordinate(&name, Array::texts(vec![names.len()], &names)));
            if let Some(sweeps) = parts.sweeps {
                let labels: Vec<Option<&Value>> =
                    members.iter().map(|job| sweeps.parameter.label_of(*job)).collect();
                cube.coordinates.push(Variable {
                    name: sweeps.parameter.name.clone(),
                    dimensions: vec![name.clone()],
                    array: label_array(&labels),
                });
            }
            let place = |it: &&Parameter| layout.swept.iter().position(|name| *name == it.name);
            let mut listed: Vec<&Parameter> = parts.parameters.list.iter().collect();
            listed.sort_by_key(|it| place(it).unwrap_or(usize::MAX));
            for parameter in listed {
                let shown = parameter.shown(&parameter.labels);
                let shown = shown.as_deref().unwrap_or(&parameter.labels);
                let labels: Vec<Option<&Value>> = members
                    .iter()
                    .map(|job| shown.get(index(*parameter.codes.get(*job)?)))
                    .collect();
                let differ = labels.windows(2).any(|pair| matches!(pair, [a, b] if a != b));
                if differ || place(&parameter).is_some() {
                    cube.coordinates.push(Variable {
                        name: parameter.name.clone(),
                        dimensions: vec![name.clone()],
                        array: label_array(&labels),
                    });
                }
            }
            dimensions.push(name);
            shape.push(members.len());
        }
    }
    let places = Places { shape: &shape, cells: &layout.cells, count: layout.cell_count };
    let joined = parts
        .coordinate
        .map(|wanted| {
            let at = parts.columns.iter().position(|column| column.name == wanted);
            let found = at.and_then(|at| Some((parts.columns.get(at)?, stored.get(at)?.clone())));
            let (column, name) = found.ok_or_else(|| no_such_metric(wanted, parts.columns))?;
            Ok((Joined::new(column, places)?, name))
        })
        .transpose()?;
    if let Some((joined, name)) = &joined {
        cube.coordinates.push(coordinate(name, joined.labels.clone()));
    }
    for (column, name) in parts.columns.iter().zip(stored) {
        if parts.coordinate == Some(column.name.as_str()) {
            continue;
        }
        let mut all = dimensions.clone();
        let spread = joined
            .as_ref()
            .and_then(|(joined, label)| Some((joined, label, joined.spread(column, places)?)));
        let arrays = match &spread {
            None => metric_variables(column, places),
            Some((joined, label, spread)) => {
                all.push((*label).clone());
                let mut shape = shape.clone();
                shape.push(joined.len());
                let count = places.count.saturating_mul(joined.len());
                cube.refused.extend(spread.refused.iter().map(|(job, what)| {
                    (index(*job), format!("`{name}` has {what} of `{label}`: a hole"))
                }));
                metric_variables(
                    &spread.column,
                    Places { shape: &shape, cells: &spread.cells, count },
                )
            }
        };
        // A dimension keeps its number, whether the leading one has labels of its own or not.
        let leading = usize::from(spread.is_some());
        let outer = all.clone();
        for (at, length) in arrays.inner.iter().enumerate() {
            let dimension = claim(&mut taken, &format!("{name}_dim{}", at + leading));
            cube.coordinates.push(coordinate(&dimension, Array::range(*length)));
            all.push(dimension);
        }
        let several = arrays.lengths.len() > 1;
        for (axis, array) in arrays.lengths {
            let name = match several {
                true => format!("{name}_dim{}_length", axis + leading),
                false => format!("{name}_length"),
            };
            let name = claim(&mut taken, &name);
            cube.coordinates.push(Variable { name, dimensions: outer.clone(), array });
        }
        cube.variables.push(Variable { name, dimensions: all, array: arrays.values });
    }
    for (name, texts) in parts.notes {
        let name = claim(&mut taken, name);
        let array = metric_variables(&Column::of_texts(texts.clone()), places).values;
        cube.variables.push(Variable { name, dimensions: dimensions.clone(), array });
    }
    cube.attributes = fixed(parts.parameters, layout);
    Ok(cube)
}

fn no_such_metric(wanted: &str, columns: &[Column]) -> Error {
    let listed: Vec<String> = columns.iter().map(|column| format!("`{}`", column.name)).collect();
    let listed = if listed.is_empty() { "none".to_owned() } else { listed.join(", ") };
    Error::new(
        ErrorKind::Invalid,
        format!("the coordinate is to be `{wanted}`, and the metrics are: {listed}"),
    )
}

/// The names of the metrics' variables: their own, or with `_metric` where a parameter has it.
pub fn stored_names(columns: &[Column], parameters: &HashSet<&str>) -> Vec<String> {
    let mut taken: HashSet<String> = columns
        .iter()
        .map(|it| it.name.clone())
        .chain(parameters.iter().map(|it| (*it).into()))
        .collect();
    columns
        .iter()
        .map(|column| {
            if !parameters.contains(column.name.as_str()) {
                return column.name.clone();
            }
            let name = free_name(&format!("{}_metric", column.name), &|name| taken.contains(name));
            taken.insert(name.clone());
            name
        })
        .collect()
}

fn coordinate(name: &str, array: Array) -> Variable {
    Variable { name: name.to_owned(), dimensions: vec![name.to_owned()], array }
}

/// The jobs that have a cell, in the order of their cells.
fn members(layout: &LayoutKind) -> Vec<usize> {
    let mut members: Vec<(u32, usize)> = layout
        .cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| index(**cell) < layout.cell_count)
        .map(|(job, cell)| (*cell, job))
        .collect();
    members.sort_unstable();
    members.into_iter().map(|(_, job)| job).collect()
}

/// What each sweep holds fixed, but not all alike: coordinates along the axis of the sweeps.
fn along_sweeps(parts: Parts<'_>, layout: &LayoutKind, axes: &[Axis]) -> Vec<Variable> {
    let Some((sweeps, axis)) = parts.sweeps.and_then(|sweeps| {
        Some((sweeps, axes.iter().find(|axis| axis.name == sweeps.parameter.name)?))
    }) else {
        return Vec::new();
    };
    let mut speakers: Vec<Option<usize>> = vec![None; axis.labels.len()];
    for job in members(layout) {
        let label = sweeps.parameter.label_of(job);
        let place = axis.labels.iter().position(|it| Some(it) == label);
        if let Some(slot @ None) = place.and_then(|place| speakers.get_mut(place)) {
            *slot = Some(job);
        }
    }
    let mut found = Vec::new();
    for parameter in
        parts.parameters.list.iter().filter(|it| axes.iter().all(|a| a.name != it.name))
    {
        let shown = parameter.shown(&parameter.labels);
        let shown = shown.as_deref().unwrap_or(&parameter.labels);
        let labels: Vec<Option<&Value>> =
            speakers.iter().map(|job| shown.get(index(*parameter.codes.get((*job)?)?))).collect();
        if labels.windows(2).any(|pair| matches!(pair, [a, b] if a != b)) {
            found.push(Variable {
                name: parameter.name.clone(),
                dimensions: vec![axis.name.clone()],
                array: label_array(&labels),
            });
        }
    }
    found
}

/// What all jobs of the layout have in common, and no axis holds.
#[must_use]
pub fn fixed(parameters: &Parameters, layout: &LayoutKind) -> Vec<(String, Value)> {
    let others = parameters.list.iter().filter(|it| !layout.swept.contains(&it.name));
    let others: Vec<&Parameter> = others.collect();
    if others.is_empty() {
        return Vec::new();
    }
    let members: Vec<usize> = members(layout)
        .into_iter()
        .filter(|job| parameters.identified.get(*job) == Some(&true))
        .collect();
    let mut fixed = Vec::new();
    for parameter in others {
        let mut labels = members.iter().map(|job| parameter.label_of(*job));
        if let Some(Some(first)) = labels.next()
            && labels.all(|label| label == Some(first))
        {
            fixed.push((parameter.name.clone(), first.clone()));
        }
    }
    fixed
}
