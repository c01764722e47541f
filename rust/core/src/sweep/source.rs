//! Which metric files are read.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::error::{Error, ErrorKind, Result};
use crate::files::{EntryKind, Root, Witness};
use crate::metric::Format;
use crate::scan::natural_order;
use crate::sweep::checkpoint::{is_checkpoint, is_settings};
use crate::sweep::events;

/// The file of recorded metrics.
pub const RECORDED: &str = "metrics.arrow";

/// Other files that runcube keeps in a job's directory.
const OURS: [&str; 6] =
    ["job.json", "error.txt", "launch.json", "history.jsonl", "notes.jsonl", "metrics_task.arrow"];

/// Records that another tool leaves beside a job's metrics.
const FOREIGN: [&str; 2] = ["mushin_cell_status.json", "mushin_provenance.json"];

/// Levels below a job at which a glob looks for files.
const DEEPEST: usize = 12;

/// Which metric files a caller asks for.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// What the jobs recorded, or the one kind of metric file that they hold.
    #[default]
    Auto,
    /// Files of these names or patterns, in this order; later ones win.
    Files(Vec<String>),
}

/// How many jobs there are, and where each of them lies.
pub type Places<'p> = (usize, &'p dyn Fn(usize) -> Option<&'p Path>);

/// Which metric files are read from each job.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names and patterns, in order.
    pub names: Vec<Name>,
    /// The file that is read where a job lacks the first.
    pub fallback: Option<String>,
    /// Whether the caller named them.
    pub explicit: bool,
}

/// A name of a file below a job, or a pattern.
#[derive(Clone, Debug)]
pub enum Name {
    /// A path relative to the job.
    Exact(String),
    /// A glob.
    Glob(Pattern),
}

impl Name {
    fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Glob(pattern) => Some(pattern),
            Self::Exact(_) => None,
        }
    }
}

impl Selection {
    /// Decides for the jobs of a sweep by some of them. `readable` says whether every file can be
    /// read, whatever its name (by a caller's loader).
    ///
    /// # Errors
    ///
    /// `Invalid` where the jobs hold several metric files and none is asked for, or a pattern is
    /// none; `Unsupported` for a name whose ending is not known.
    pub fn choose(
        source: &Source,
        root: &Root,
        jobs: Places<'_>,
        hydra_files: bool,
        readable: bool,
    ) -> Result<Self> {
        match source {
            Source::Files(names) => Self::explicit(names, readable),
            Source::Auto => Self::auto(root, jobs, hydra_files),
        }
    }

    fn explicit(names: &[String], readable: bool) -> Result<Self> {
        let names: Vec<Name> = names
            .iter()
            .map(|name| {
                let outside = |part| !matches!(part, Component::Normal(_) | Component::CurDir);
                if name.is_empty() || Path::new(name).components().any(outside) {
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!("`{name}`: metric files are named relative to each job, below it"),
                    ));
                }
                if name.contains(['*', '?', '[']) {
                    Pattern::new(name).map(Name::Glob).map_err(|error| {
                        Error::new(ErrorKind::Invalid, format!("`{name}` is no pattern: {error}"))
                    })
                } else {
                    if !readable {
                        Format::require(name)?;
                    }
                    Ok(Name::Exact(name.clone()))
                }
            })
            .collect::<Result<_>>()?;
        Ok(Self { explicit: !names.is_empty(), names, fallback: None })
    }

    /// Looks at the first, the middle and the last of the jobs that hold any metric file.
    fn auto(root: &Root, (count, place): Places<'_>, hydra_files: bool) -> Result<Self> {
        let held = |at| place(at).map(|job| candidates(root, job, hydra_files));
        let holds = |files: &Vec<String>| !files.is_empty();
        let first = (0..count).filter_map(held).find(holds);
        let Some(mut files) = first else { return Ok(Self::default()) };
        files.extend((count / 2..count).filter_map(held).find(holds).into_iter().flatten());
        files.extend((0..count).rev().filter_map(held).find(holds).into_iter().flatten());
        // A log beside the metrics says what they say, and has another name in every job.
        if files.iter().all(|file| events::is_events(file)) {
            let name = Pattern::new(&events::pattern()).map(Name::Glob).ok();
            return Ok(Self { names: name.into_iter().collect(), fallback: None, explicit: false });
        }
        files.retain(|file| !events::is_events(file));
        files.sort_by(|a, b| natural_order(a, b));
        files.dedup();
        let recorded = files.iter().any(|file| file == RECORDED);
        files.retain(|file| file != RECORDED);
        match (recorded, files.as_slice()) {
            (true, others) => Ok(Self {
                names: vec![Name::Exact(RECORDED.to_owned())],
                fallback: if let [other] = others { Some(other.clone()) } else { None },
                explicit: false,
            }),
            (false, [one]) => Ok(Self {
                names: vec![Name::Exact(one.clone())],
                fallback: Some(RECORDED.to_owned()),
                explicit: false,
            }),
            (false, several) => Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "the jobs hold several metric files: {}; say which to read, as in \
                     `metrics=\"{}\"`",
                    several.join(", "),
                    several.first().map_or("", String::as_str)
                ),
            )),
        }
    }

    /// The names as the caller gave them.
    #[must_use]
    pub fn described(&self) -> String {
        let names: Vec<String> = self
            .names
            .iter()
            .map(|name| match name {
                Name::Exact(name) => format!("`{name}`"),
                Name::Glob(pattern) => format!("`{pattern}`"),
            })
            .collect();
        names.join(", ")
    }

    /// The one file that every job is read from, where it is known by name.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match self.names.as_slice() {
            [Name::Exact(name)] => Some(name),
            _ => None,
        }
    }
}

/// The metric files that lie in a job's directory.
pub fn candidates(root: &Root, job: &Path, hydra_files: bool) -> Vec<String> {
    let entries = root.list(job).unwrap_or_default();
    entries
        .into_iter()
        .filter_map(|entry| Some((entry.kind, entry.name.into_string().ok()?)))
        .filter(|(kind, name)| is_metric_entry(*kind, name))
        .map(|(_, name)| name)
        .filter(|name| Format::of(name).is_some() && is_the_users(name, hydra_files))
        .filter(|name| !is_checkpoint(name) && !is_settings(name))
        .collect()
}

/// Whether an entry of a directory can be a metric file; one of Zarr is a directory.
fn is_metric_entry(kind: EntryKind, name: &str) -> bool {
    match kind {
        EntryKind::Other => true,
        EntryKind::Directory => Format::of(name) == Some(Format::Zarr),
        _ => false,
    }
}

/// Whether a file is neither one of ours, other than recorded metrics, nor Hydra's.
fn is_the_users(name: &str, hydra_files: bool) -> bool {
    let hydras = hydra_files && matches!(name, "config.yaml" | "hydra.yaml" | "overrides.yaml");
    let record = OURS.contains(&name) || FOREIGN.contains(&name);
    !record && !hydras && !name.starts_with('.')
}

/// The files of a job that the names and patterns select: in the order of the names, those of one
/// pattern by path. What that rests on, the witness notes.
pub fn expand(names: &[Name], (root, job): (&Root, &Path), witness: &mut Witness) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    let mut below: Option<Vec<String>> = None;
    for name in names {
        match name {
            Name::Exact(name) => {
                if witness.exists(root, job, name) && !files.contains(name) {
                    files.push(name.clone());
                }
            }
            Name::Glob(pattern) => {
                let all = below.get_or_insert_with(|| {
                    let mut all = Vec::new();
                    let patterns: Vec<&Pattern> = names.iter().filter_map(Name::pattern).collect();
                    walk((root, job), Path::new(""), &patterns, &mut all, witness);
                    all.sort_by(|a, b| natural_order(a, b));
                    all
                });
                let options = MatchOptions {
                    case_sensitive: true,
                    require_literal_separator: true,
                    require_literal_leading_dot: true,
                };
                for file in all.iter().filter(|file| pattern.matches_with(file, options)) {
                    if !files.contains(file) {
                        files.push(file.clone());
                    }
                }
            }
        }
    }
    files
}

/// Lists what lies below a job, as far down as a pattern reaches: a folder in which none can match
/// is not opened.
fn walk(
    (root, job): (&Root, &Path),
    below: &Path,
    patterns: &[&Pattern],
    files: &mut Vec<String>,
    witness: &mut Witness,
) {
    let depth = below.components().count();
    for entry in witness.list(root, job, below) {
        let Some(name) = entry.name.to_str() else { continue };
        let path: PathBuf = below.join(name);
        match entry.kind {
            kind if is_metric_entry(kind, name) => {
                let is_taken = depth > 0 || is_the_users(name, false);
                files.extend(path.to_str().filter(|_| is_taken).map(str::to_owned));
            }
            EntryKind::Directory
                if depth < DEEPEST
                    && !name.starts_with('.')
                    && patterns.iter().any(|pattern| may_match_below(pattern, &path)) =>
            {
                walk((root, job), &path, patterns, files, witness);
            }
            _ => {}
        }
    }
}

/// Whether the pattern may match a file somewhere below a folder.
fn may_match_below(pattern: &Pattern, folder: &Path) -> bool {
    let mut parts = pattern.as_str().split('/').filter(|part| !matches!(*part, "" | "."));
    for name in folder.components() {
        let name = name.as_os_str().to_string_lossy();
        match parts.next() {
            None => return false,
            Some("**") => return true,
            // A class may hold a slash, and is then no part by itself: it matches anything.
            Some(part) => match Pattern::new(part) {
                Ok(part) if !part.matches(&name) => return false,
                Ok(_) => {}
                Err(_) => return true,
            },
        }
    }
    parts.next().is_some()
}
