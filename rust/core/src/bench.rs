//! The floors: opening, reading and closing the files of a gather, or asking for their stamps, or
//! copying as many bytes in memory, and nothing else.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::files::{FileBuffer, Root};
use crate::pool::{self, Cancel, Workers};

/// Reads the files `names` of each of `jobs` (directories below `path`) once, through `workers`
/// threads, each with one reused buffer. Gives the bytes read and the seconds taken.
///
/// # Errors
///
/// The first file that cannot be read: a floor is of whole trees.
pub fn floor(
    path: &Path,
    jobs: &[String],
    names: &[String],
    workers: usize,
    cancel: &Cancel,
) -> Result<(u64, f64)> {
    let jobs: Vec<PathBuf> = jobs.iter().map(PathBuf::from).collect();
    let start = Instant::now();
    let root = Root::open(path)?;
    let begin = || (FileBuffer::default(), 0_u64);
    let parts =
        pool::run(jobs.len(), Workers::exactly(workers), cancel, begin, |(file, bytes), block| {
            for job in jobs.get(block).unwrap_or_default() {
                for name in names {
                    root.read(job, name, file)
                        .map_err(|error| Error::io(&error, "read", path.join(job).join(name)))?;
                    *bytes += u64::try_from(file.bytes().len()).unwrap_or(u64::MAX);
                }
            }
            Ok(())
        })?;
    let bytes = parts.iter().map(|(_, bytes)| bytes).sum();
    Ok((bytes, start.elapsed().as_secs_f64()))
}

/// Asks for the stamps of the files `names` of each of `jobs` (directories below `path`) once,
/// through `workers` threads. Gives the seconds taken.
///
/// # Errors
///
/// The first file that is not there: a floor is of whole trees.
pub fn stat_floor(
    path: &Path,
    jobs: &[String],
    names: &[String],
    workers: usize,
    cancel: &Cancel,
) -> Result<f64> {
    let start = Instant::now();
    let root = Root::open(path)?;
    pool::run(
        jobs.len(),
        Workers::exactly(workers),
        cancel,
        FileBuffer::default,
        |buffer, block| {
            for job in jobs.get(block).unwrap_or_default() {
                for name in names {
                    root.stamp_with(Path::new(job), name, buffer)
                        .map_err(|error| Error::io(&error, "stat", path.join(job).join(name)))?;
                }
            }
            Ok(())
        },
    )?;
    Ok(start.elapsed().as_secs_f64())
}

/// The most bytes that are copied: the source and the copy lie in memory at once.
const LARGEST_COPY: usize = 1 << 32;

/// Copies so many bytes once, by one thread, into memory that is fresh from the allocator. Gives the
/// seconds taken; those for filling the source and for giving the memory back are not counted.
///
/// # Errors
///
/// `Invalid` for more than 4 GiB.
pub fn copy_floor(bytes: usize) -> Result<f64> {
    if bytes > LARGEST_COPY {
        let message = format!("cannot copy {bytes} bytes: expected 4 GiB at most");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    // Zeroes would come from one shared page of the system that was never written.
    let source = black_box(vec![1_u8; bytes]);
    let start = Instant::now();
    let copy = black_box(source.clone());
    let seconds = start.elapsed().as_secs_f64();
    drop(copy);
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_bounded() {
        assert!(copy_floor(1 << 20).unwrap() > 0.0);
        let error = copy_floor(LARGEST_COPY + 1).unwrap_err();
        assert_eq!(error.message, "cannot copy 4294967297 bytes: expected 4 GiB at most");
    }
}
