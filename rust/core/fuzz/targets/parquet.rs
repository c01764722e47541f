//! See `entries.rs`. A panic inside of the crate's reader is caught and is no finding; the hook that
//! would abort at it is taken out, and what nothing catches still aborts.
#![no_main]

#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| ())),
    |bytes: &[u8]| entries::parquet(bytes)
);
