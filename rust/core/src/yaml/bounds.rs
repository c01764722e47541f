//! What of a YAML file a parser is given.

use crate::error::{Error, ErrorKind, Result};

/// Most places of a file that may be aliases. Hydra writes none; each can double what the file holds.
const MOST_ALIASES: usize = 16;
/// The longest file with aliases: what they repeat is then of bounded length, too.
const LONGEST_WITH_ALIASES: usize = 64 * 1024;
/// Most lists and mappings in brackets that may be open at once; the parser's time goes with the
/// square of it, and it takes fewer levels than that.
const MOST_OPEN: usize = 1024;

/// Most marks that may begin or part a node: the parser takes some hundred bytes for each.
const MOST_MARKS: usize = 1 << 17;

/// Compares what a parser would make of a file with the bounds.
pub fn check(bytes: &[u8]) -> Result<()> {
    let places = |mark: u8| {
        let is_mark = move |pair: &&[u8]| matches!(pair, [b' ' | b'\n' | b'\t' | b',' | b'[' | b'{', at] if *at == mark);
        bytes.windows(2).filter(is_mark).count()
    };
    let aliases = if places(b'&') > 0 { places(b'*') } else { 0 };
    if aliases > MOST_ALIASES || (aliases > 0 && bytes.len() > LONGEST_WITH_ALIASES) {
        return Err(Error::new(
            ErrorKind::Limit,
            format!(
                "the YAML has up to {aliases} aliases in {} bytes; at most {MOST_ALIASES} in \
                 {LONGEST_WITH_ALIASES} bytes are read: write it without anchors",
                bytes.len()
            ),
        ));
    }
    let is_mark = |pair: &&[u8]| matches!(pair, [b'\n' | b',' | b'[' | b'{', _] | [b'-', b' ']);
    let marks = bytes.windows(2).filter(is_mark).count();
    if marks > MOST_MARKS {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("the YAML has up to {marks} nodes; at most {MOST_MARKS} are read"),
        ));
    }
    let mut open = 0_usize;
    for byte in bytes {
        match byte {
            b'[' | b'{' => open = open.saturating_add(1),
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MOST_OPEN {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the YAML opens {MOST_OPEN} brackets in each other; none so deep is read"),
            ));
        }
    }
    Ok(())
}
