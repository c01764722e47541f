//! Names the sources that the crate is built of, so that what one build keeps in a cache is not
//! taken for what another would read.

use std::io::Result;
use std::path::{Path, PathBuf};

/// The hash FNV-1a of 64 bits: its start, and its factor.
const START: u64 = 0xcbf2_9ce4_8422_2325;
const FACTOR: u64 = 0x0100_0000_01b3;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=src");
    let mut files = Vec::new();
    find(Path::new("src"), &mut files)?;
    files.sort();
    let mut hash = START;
    for file in files {
        let name = file.to_string_lossy().into_owned().into_bytes();
        for byte in name.into_iter().chain(std::fs::read(&file)?) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(FACTOR);
        }
    }
    println!("cargo::rustc-env=RUNCUBE_CORE_SOURCES={hash:016x}");
    Ok(())
}

fn find(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => find(&entry.path(), files)?,
            false => files.push(entry.path()),
        }
    }
    Ok(())
}
