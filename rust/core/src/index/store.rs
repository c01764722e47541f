//! Where indexes lie, and how they get there.
//!
//! ```text
//! $RUNCUBE_CACHE_DIR, or the platform's folder for caches /runcube
//! └── index-v1-0123456789abcdef.arrow    one for each path that was opened, and files asked for
//! <sweep>/.runcube/index-v1.arrow        only where somebody put it
//! ```
//!
//! An index is written under a temporary name and then renamed, so that whoever reads meanwhile
//! sees a whole one. One that is damaged, or of something else, is none. Of several that are
//! written at once the last stays: each of them is right. Those that nobody needs go when another
//! is written.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::decode::Stored;
use super::encode::Rows;
use super::evict;
use super::rows;
use crate::error::{Error, Result};
use crate::files;

/// The index that lies beside a sweep.
pub const BESIDE: &str = ".runcube/index-v1.arrow";
/// How the names of the others start, and end.
const PREFIX: &str = "index-v1-";
const SUFFIX: &str = ".arrow";
/// Temporary files that are older were left behind by a process that was ended.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// What an index is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The path that was opened, whole.
    pub path: String,
    /// The files that were asked for.
    pub asked: String,
}

/// How much of an index is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What makes a sweep of which everything was decided: without what that followed from.
    Decided,
}

/// An index that was found.
#[derive(Debug)]
pub struct Found {
    /// What it remembers.
    pub stored: Stored,
    /// What else decides what is read: the same jobs read as before only where it is the same.
    pub context: String,
    /// Whether it lies beside the sweep.
    pub is_beside: bool,
    /// How long ago it was written.
    pub age: Duration,
}

/// An index in the user's folder for caches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file.
    pub file: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// The path that it is of; `None` where the file is damaged.
    pub path: Option<String>,
    /// How many jobs it knows.
    pub jobs: u64,
}

impl Subject {
    /// Beside a sweep nothing is said of where that stands: it may be moved.
    fn about(&self, context: &str, jobs: usize, beside: bool) -> String {
        let path = if beside { "" } else { &self.path };
        json!({"path": path, "context": context, "jobs": jobs}).to_string()
    }

    /// Its file in the user's folder for caches; `None` where that is not known.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let mut hash = DefaultHasher::new();
        (&self.path, &self.asked).hash(&mut hash);
        Some(directory()?.join(format!("{PREFIX}{:016x}{SUFFIX}", hash.finish())))
    }

    /// Whether there is any index of this.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.file().is_some_and(|it| it.exists()) || Path::new(&self.path).join(BESIDE).exists()
    }

    /// The index in the user's folder for caches, where it is of this.
    #[must_use]
    pub fn load(&self, part: Part) -> Option<Found> {
        let file = self.file()?;
        let found = self.read(&file, part, false)?;
        evict::used(&file);
        Some(found)
    }

    /// The index beside the sweep. The tree may have been copied: its path is not compared.
    #[must_use]
    pub fn load_beside(&self, part: Part) -> Option<Found> {
        self.read(&Path::new(&self.path).join(BESIDE), part, true)
    }

    fn read(&self, file: &Path, part: Part, is_beside: bool) -> Option<Found> {
        let written = file.metadata().and_then(|it| it.modified()).ok()?;
        let (about, rows) = match part {
            Part::Whole => rows::read(files::read(file).ok()?)?,
            Part::Decided => rows::read_first(file)?,
        };
        let about: Json = serde_json::from_str(&about).ok()?;
        let text = |key: &str| about.get(key).and_then(Json::as_str);
        (is_beside || text("path") == Some(&self.path)).then_some(())?;
        Some(Found {
            stored: Stored::parse(rows)?,
            context: text("context")?.to_owned(),
            is_beside,
            age: written.elapsed().unwrap_or_default(),
        })
    }

    /// Writes the index, to the user's folder for caches or `beside` the sweep.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn save(&self, context: &str, rows: Rows, jobs: usize, beside: bool) -> Result<()> {
        let file = match beside {
            true => Some(Path::new(&self.path).join(BESIDE)),
            false => self.file(),
        };
        let Some(file) = file else { return Ok(()) };
        let folder = file.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::io(&error, "make the folder", folder))?;
        let bytes = rows::write(&self.about(context, jobs, beside), rows.first, rows.rest)?;
        files::write_atomic(&file, &bytes)?;
        if beside {
            return Ok(());
        }
        evict::evict(named(is_index)?);
        sweep_up()
    }
}

/// The user's folder for caches; `None` where the system does not tell.
#[must_use]
pub fn directory() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let whole = |name: &str| set(name).filter(|path| path.is_absolute());
    set("RUNCUBE_CACHE_DIR").or_else(|| {
        let folder = if cfg!(windows) {
            whole("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            whole("HOME").map(|home| home.join("Library/Caches"))
        } else {
            whole("XDG_CACHE_HOME").or_else(|| whole("HOME").map(|home| home.join(".cache")))
        };
        folder.map(|it| it.join("runcube"))
    })
}

/// The indexes in the user's folder for caches, by the paths that they are of.
///
/// # Errors
///
/// The operating system's, where the folder cannot be listed.
pub fn list() -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for file in named(is_index)? {
        let about = std::fs::read(&file).ok().and_then(|bytes| Some(rows::read(bytes)?.0));
        let about: Option<Json> = about.and_then(|text| serde_json::from_str(&text).ok());
        let of = |key: &str| about.as_ref().and_then(|it| it.get(key));
        entries.push(Entry {
            size: file.metadata().map_or(0, |it| it.len()),
            path: of("path").and_then(Json::as_str).map(str::to_owned),
            jobs: of("jobs").and_then(Json::as_u64).unwrap_or(0),
            file,
        });
    }
    entries.sort_by(|a, b| (&a.path, &a.file).cmp(&(&b.path, &b.file)));
    Ok(entries)
}

/// Removes the indexes from the user's folder for caches, and what ended processes left there:
/// those of one path and of what lies below it, or all. Gives the number of indexes.
///
/// # Errors
///
/// The operating system's.
pub fn clear(below: Option<&Path>) -> Result<usize> {
    let mut removed = 0;
    for entry in list()? {
        let of = entry.path.as_deref().map(Path::new);
        let wanted = below.is_none_or(|below| of.is_some_and(|of| of.starts_with(below)));
        if wanted {
            remove(&entry.file)?;
            removed += 1;
        }
    }
    sweep_up()?;
    Ok(removed)
}

/// Removes what ended processes left behind.
fn sweep_up() -> Result<()> {
    for file in named(is_temporary)? {
        let changed = file.metadata().and_then(|it| it.modified()).ok();
        if changed.and_then(|it| it.elapsed().ok()).is_some_and(|age| age > LEFT_BEHIND) {
            remove(&file)?;
        }
    }
    Ok(())
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(&error, "remove the file", file))
        }
        _ => Ok(()),
    }
}

fn is_index(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

fn is_temporary(name: &str) -> bool {
    name.strip_prefix('.').is_some_and(|name| name.starts_with(PREFIX)) && name.ends_with(".tmp")
}

fn named(wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let Some(directory) = directory() else { return Ok(Vec::new()) };
    let entries = match std::fs::read_dir(&directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| Error::io(&error, "list the folder", &directory))?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| wanted(name)).map(|name| directory.join(name)).collect())
}
