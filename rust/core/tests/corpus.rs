//! Every input that the fuzzers keep, through the functions that they call: as it is, and changed
//! at random for as long as `RUNCUBE_FUZZ_SECONDS` says of each target (a fifth of one by default).
//! It looks where the fuzzers do, without what guides them, and needs no compiler of theirs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../fuzz/entries.rs"]
mod entries;

/// The longest input that is made.
const LONGEST: usize = 1 << 16;
/// Bytes that readers compare with, or count by.
const TELLING: [u8; 12] = [0, 1, 0x7f, 0x80, 0xff, b'\n', b'"', b'[', b'{', b'-', b'0', b','];

/// Numbers that follow from a seed (the generator `SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from(self.next().checked_rem(end).unwrap()).unwrap()
    }
}

fn kept(name: &str) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut paths: Vec<_> =
        std::fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "the target `{name}` has no inputs");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Changes an input in one place.
fn change(input: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(input.len());
    let length = numbers.below(16).min(input.len().saturating_sub(at));
    match numbers.below(7) {
        0 => input.truncate(at),
        1 => {
            let bit = 1_u8 << numbers.below(8);
            input.get_mut(at).into_iter().for_each(|byte| *byte ^= bit);
        }
        2 => {
            let value = *TELLING.get(numbers.below(TELLING.len())).unwrap();
            input.get_mut(at).into_iter().for_each(|byte| *byte = value);
        }
        3 => drop(input.drain(at..at + length)),
        4 => {
            let again = input.get(at..at + length).unwrap().to_vec();
            input.splice(at..at, again);
        }
        5 => {
            let value = *TELLING.get(numbers.below(TELLING.len())).unwrap();
            input.splice(at..at, vec![value; length]);
        }
        _ => {
            let from = numbers.below(other.len());
            input.truncate(at);
            input.extend_from_slice(other.get(from..).unwrap_or_default());
        }
    }
    input.truncate(LONGEST);
}

#[test]
fn every_kept_input_is_taken_and_so_is_what_becomes_of_it() {
    let seconds = std::env::var("RUNCUBE_FUZZ_SECONDS").ok().and_then(|it| it.parse().ok());
    let time = Duration::from_secs_f64(seconds.unwrap_or(0.2));
    // Readers that catch a panic within a library of theirs would print it each time.
    let hook = take_hook();
    set_hook(Box::new(|_| ()));
    let mut findings = Vec::new();
    for (name, entry) in entries::ALL {
        let inputs = kept(name);
        let mut numbers = Numbers(u64::from(std::process::id()));
        let mut taken = 0_usize;
        let start = Instant::now();
        let mut plain = inputs.iter();
        while findings.len() < 8 {
            let input = match plain.next() {
                Some(input) => input.clone(),
                None if start.elapsed() >= time => break,
                None => {
                    let mut input = inputs.get(numbers.below(inputs.len())).unwrap().clone();
                    let other = inputs.get(numbers.below(inputs.len())).unwrap();
                    for _ in 0..=numbers.below(4) {
                        change(&mut input, other, &mut numbers);
                    }
                    input
                }
            };
            taken += 1;
            if catch_unwind(AssertUnwindSafe(|| entry(&input))).is_err() {
                findings.push(format!("{name}: b\"{}\"", input.escape_ascii()));
            }
        }
        println!("{name}: {taken} inputs");
    }
    set_hook(hook);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
