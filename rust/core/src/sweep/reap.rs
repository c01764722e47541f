//! The jobs' own files: from the index where they have not changed, else read.

use super::gather::Part;
use super::glance::Glance;
use super::reader::Reader;
use super::remember::{Draft, Memory};
use crate::error::Result;
use crate::index::Harvest;
use crate::pool::{self, Cancel, Progress, Workers};

/// What the `chosen` jobs (`None` for all) recorded, and those that turn out to be none. Where it is
/// `whole`, there may be an index to be saved for the next load.
///
/// # Errors
///
/// `Interrupted`; where the index beside the sweep was asked for, what hinders it.
pub fn reap(
    reader: Reader<'_>,
    chosen: Option<&[usize]>,
    (glance, whole): (Option<Glance>, bool),
    progress: &Progress,
    (workers, cancel): (Workers, &Cancel),
) -> Result<(Vec<Harvest>, Vec<u32>, Option<Draft>)> {
    let count = reader.jobs.len();
    let mut memory = glance.and_then(|glance| Memory::begin(glance, reader));
    let mut recalled = match &mut memory {
        Some(memory) => memory.recall(reader, chosen, (workers, cancel))?,
        None => None,
    };
    let rest = memory.as_ref().and_then(|it| it.rest(chosen, count));
    let jobs = rest.as_deref().or(chosen);
    let left = jobs.map_or(count, <[usize]>::len);
    let wanted = chosen.map_or(count, <[usize]>::len);
    progress.begin(wanted);
    progress.add(wanted.saturating_sub(left));
    let noting = memory.is_some() && whole;
    let parts = pool::run(
        left,
        workers,
        cancel,
        || Part::begin(workers.share(left), noting),
        |part, block| {
            for at in block {
                let job = jobs.map_or(Some(at), |jobs| jobs.get(at).copied());
                job.map_or(Ok(()), |job| part.read(reader, job))?;
                progress.add(1);
            }
            Ok(())
        },
    )?;
    let (mut harvests, mut strangers) = (Vec::with_capacity(parts.len()), Vec::new());
    for part in parts {
        strangers.extend(part.strangers);
        harvests.push(part.harvest);
    }
    let mut draft = None;
    if let Some(memory) = memory.filter(|_| whole && !cancel.is_raised()) {
        let read: Vec<&Harvest> = harvests.iter().collect();
        draft = memory.draft(reader, recalled.as_mut(), &read)?;
    }
    harvests.extend(recalled);
    Ok((harvests, strangers, draft))
}
