//! Every input that the fuzzers keep, through the functions that they call.

use std::path::Path;

#[path = "../fuzz/entries.rs"]
mod entries;

#[test]
fn every_kept_input_is_taken() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, entry) in entries::ALL {
        let mut taken = 0;
        for file in std::fs::read_dir(corpus.join(name)).unwrap() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            entry(&std::fs::read(path).unwrap());
            taken += 1;
        }
        assert!(taken > 0, "the target `{name}` has no inputs");
    }
}
