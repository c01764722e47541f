//! The few keys that a gather needs of Hydra's own files.

use yaml_serde::Value as Yaml;

use super::data::plain;
use super::document::document;
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// What a sweep's `multirun.yaml` says of the sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Multirun {
    /// `hydra.sweep.subdir`: the template of the directories' names.
    pub subdir: Option<String>,
    /// `hydra.output_subdir`: the folder of Hydra's files in each job; `None` where it is null.
    pub output_subdir: Option<String>,
    /// `hydra.sweeper._target_`: the class of the sweeper.
    pub sweeper: Option<String>,
    /// `hydra.sweeper.params`, as override texts.
    pub params: Vec<String>,
    /// `hydra.overrides.task`: the command line.
    pub overrides: Vec<String>,
    /// `hydra.runtime.version`: the version of Hydra.
    pub version: Option<String>,
    /// `hydra.job.name`: the app.
    pub app: Option<String>,
}

/// Reads a `multirun.yaml`.
///
/// # Errors
///
/// `Syntax` with line and column where it is no YAML, or not Hydra's.
pub fn multirun(bytes: &[u8]) -> Result<Multirun> {
    let yaml = document(bytes)?;
    let hydra = yaml.get("hydra").ok_or_else(|| {
        Error::new(ErrorKind::Syntax, "no `hydra` node in it: not a file of a Hydra sweep")
    })?;
    let node = |path: &[&str]| path.iter().try_fold(hydra, |node, key| node.get(*key));
    let text = |path: &[&str]| node(path).and_then(Yaml::as_str).map(str::to_owned);
    let overrides = node(&["overrides", "task"])
        .and_then(Yaml::as_sequence)
        .map(|items| items.iter().filter_map(Yaml::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let params = node(&["sweeper", "params"])
        .and_then(Yaml::as_mapping)
        .map(|entries| {
            entries
                .iter()
                .filter_map(|(key, value)| Some(format!("{}={}", key.as_str()?, plain(value))))
                .collect()
        })
        .unwrap_or_default();
    Ok(Multirun {
        subdir: text(&["sweep", "subdir"]),
        output_subdir: match node(&["output_subdir"]) {
            None => Some(".hydra".to_owned()),
            Some(found) => found.as_str().map(str::to_owned),
        },
        sweeper: text(&["sweeper", "_target_"]),
        params,
        overrides,
        version: text(&["runtime", "version"]),
        app: text(&["job", "name"]),
    })
}

/// How a job was started, as its `hydra.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Whether it was a run of its own, and no job of a sweep.
    pub is_run: bool,
    /// `hydra.sweep.subdir` of a job of a sweep: the template of the directories' names.
    pub subdir: Option<String>,
    /// `hydra.job.name`: the app.
    pub app: Option<String>,
    /// `hydra.job.id`: what the launcher calls the job.
    pub job: Option<String>,
    /// `hydra.launcher._target_`: the class of the launcher.
    pub launcher: Option<String>,
}

/// Reads how a job was started from its `hydra.yaml`. Hydra names the mode since 1.2.
///
/// # Errors
///
/// `Syntax` where it is no YAML.
pub fn origin(bytes: &[u8]) -> Result<Origin> {
    let yaml: Yaml = document(bytes)?;
    let node = |path: &[&str]| path.iter().try_fold(&yaml, |node, key| node.get(*key));
    let text = |path: &[&str]| node(path).and_then(Yaml::as_str);
    let mode = text(&["hydra", "mode"]);
    let subdir = text(&["hydra", "sweep", "subdir"]).filter(|_| mode == Some("MULTIRUN"));
    let owned = |path: &[&str]| text(path).map(str::to_owned);
    Ok(Origin {
        is_run: mode == Some("RUN"),
        subdir: subdir.map(str::to_owned),
        app: owned(&["hydra", "job", "name"]),
        job: owned(&["hydra", "job", "id"]),
        launcher: owned(&["hydra", "launcher", "_target_"]),
    })
}

/// The choices of a job's `hydra.yaml`: for each group of its config the option that was taken.
///
/// # Errors
///
/// `Syntax` where it is no YAML.
pub fn choices(bytes: &[u8]) -> Result<Vec<(String, Value)>> {
    let yaml: Yaml = document(bytes)?;
    let path = ["hydra", "runtime", "choices"];
    let found = path.iter().try_fold(&yaml, |node, key| node.get(*key));
    let entries = found.and_then(Yaml::as_mapping).into_iter().flatten();
    Ok(entries.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), plain(value)))).collect())
}
