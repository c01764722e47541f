//! The jobs' own files: from the index where they have not changed, else read.

use super::gather::Part;
use super::reader::Reader;
use super::remember::{Cache, Memory};
use crate::error::Result;
use crate::index::Harvest;
use crate::pool::{self, Cancel};

/// What the `chosen` jobs (`None` for all) recorded, and those that turn out to be none. Where it is
/// `whole`, that is kept for the next load.
///
/// # Errors
///
/// `Interrupted`.
pub fn reap(
    reader: Reader<'_>,
    chosen: Option<&[usize]>,
    cache: Cache,
    whole: bool,
    (workers, cancel): (usize, &Cancel),
) -> Result<(Vec<Harvest>, Vec<u32>)> {
    let count = reader.jobs.len();
    let mut memory = Memory::begin(cache, reader);
    let mut recalled = match &mut memory {
        Some(memory) => memory.recall(reader, chosen, (workers, cancel))?,
        None => None,
    };
    let rest = memory.as_ref().and_then(|it| it.rest(chosen, count));
    let jobs = rest.as_deref().or(chosen);
    let noting = memory.is_some() && whole;
    let parts = pool::run(
        jobs.map_or(count, <[usize]>::len),
        workers,
        cancel,
        || Part::begin(noting),
        |part, block| match jobs {
            None => block.into_iter().try_for_each(|job| part.read(reader, job)),
            Some(jobs) => part.read_some(reader, jobs.get(block).unwrap_or_default()),
        },
    )?;
    let (mut harvests, mut strangers) = (Vec::with_capacity(parts.len()), Vec::new());
    for part in parts {
        strangers.extend(part.strangers);
        harvests.push(part.harvest);
    }
    if let Some(memory) = memory.filter(|_| whole) {
        let read: Vec<&Harvest> = harvests.iter().collect();
        memory.keep(reader, recalled.as_mut(), &read);
    }
    harvests.extend(recalled);
    Ok((harvests, strangers))
}
