//! Every stage by itself, on small sweeps in the page cache:
//! `cargo bench -p runcube-core --bench stages`.
//!
//! What a load costs against the floor of its files is measured by `runcube bench`; these tell
//! which stage a change made faster. `cargo test` runs each once.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use runcube_core::array::DType;
use runcube_core::assemble::Options;
use runcube_core::grammar::{self, Dialect};
use runcube_core::metric::{self, Cell, Container, arrow};
use runcube_core::pool::{Cancel, Progress, Workers};
use runcube_core::scan::scan;
use runcube_core::sweep::{Cache, CacheMode, OpenOptions, Source, Sweep};
use runcube_core::yaml;
use tempfile::TempDir;

const JOBS: u64 = 1000;
const SEEDS: u64 = 10;
const RECORDED: &str = "metrics.arrow";
/// The metric file of every job, as the named tool wrote it.
const FILES: [(&str, &[u8]); 3] = [
    ("metrics.npz", include_bytes!("../fuzz/corpus/npz/scalars")),
    ("metrics.json", include_bytes!("../fuzz/corpus/json/row")),
    ("metrics.pt", include_bytes!("../fuzz/corpus/torch/zip")),
];

fn lines_of(job: u64) -> Vec<String> {
    let (rate, seed) = (job.checked_div(SEEDS).unwrap(), job.checked_rem(SEEDS).unwrap());
    vec![format!("lr={rate}.5"), format!("seed={seed}"), "model=linear".to_owned()]
}

fn overrides_of(job: u64) -> String {
    lines_of(job).iter().fold(String::new(), |mut text, line| {
        writeln!(text, "- {line}").unwrap();
        text
    })
}

fn recorded(job: u64) -> Vec<u8> {
    let numbers = |shape, count| {
        let bytes = 0.5_f64.to_ne_bytes().repeat(count);
        Cell::numbers(DType::Float(8), shape, Container::Array, bytes)
    };
    let cells =
        vec![("loss".to_owned(), numbers(vec![], 1)), ("curve".to_owned(), numbers(vec![10], 10))];
    arrow::encode(&cells, Some(&lines_of(job))).unwrap()
}

fn sweep_of(name: &str, content: impl Fn(u64) -> Vec<u8>) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("multirun.yaml"), "hydra: {}\n").unwrap();
    for job in 0..JOBS {
        let folder = place.path().join(job.to_string());
        std::fs::create_dir_all(folder.join(".hydra")).unwrap();
        std::fs::write(folder.join(".hydra/overrides.yaml"), overrides_of(job)).unwrap();
        std::fs::write(folder.join(name), content(job)).unwrap();
    }
    place
}

fn opened(path: &Path, mode: CacheMode) -> Sweep {
    let options = OpenOptions {
        source: &Source::Auto,
        condition: None,
        leftovers: false,
        loader: None,
        elsewhere: None,
        cache: Cache { mode, settle: Duration::ZERO, fewest_jobs: 0 },
        // One thread, so that what a stage costs is not hidden by another.
        workers: Workers::exactly(1),
        cancel: &Cancel::new(),
        progress: &Progress::new(),
    };
    let sweep = Sweep::open(path, options).unwrap();
    assert!(sweep.problems().is_empty() && sweep.axes().len() == 2);
    sweep
}

fn scanning(bench: &mut Criterion) {
    let place = sweep_of(RECORDED, recorded);
    let mut group = bench.benchmark_group("scan");
    group.throughput(Throughput::Elements(JOBS));
    group.bench_function(BenchmarkId::from_parameter(JOBS), |bencher| {
        bencher.iter(|| scan(black_box(place.path())).unwrap());
    });
}

fn overrides(bench: &mut Criterion) {
    let texts: Vec<String> = (0..JOBS).map(overrides_of).collect();
    let mut group = bench.benchmark_group("overrides");
    group.throughput(Throughput::Elements(JOBS));
    group.bench_function("lines", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                yaml::lines(black_box(text.as_bytes())).unwrap().for_each(|line| {
                    black_box(line);
                });
            }
        });
    });
    let lines: Vec<String> = (0..JOBS).flat_map(lines_of).collect();
    group.bench_function("grammar", |bencher| {
        bencher.iter(|| {
            for line in &lines {
                black_box(grammar::parse(black_box(line), Dialect::Hydra14).unwrap());
            }
        });
    });
}

fn files(bench: &mut Criterion) {
    let own = recorded(7);
    let mut group = bench.benchmark_group("metric file");
    for (name, bytes) in FILES.into_iter().chain([(RECORDED, own.as_slice())]) {
        group.throughput(Throughput::Bytes(u64::try_from(bytes.len()).unwrap()));
        group.bench_function(name, |bencher| {
            bencher.iter(|| metric::parse(name, black_box(bytes)).unwrap());
        });
    }
}

fn gather(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("open");
    group.throughput(Throughput::Elements(JOBS)).sample_size(20);
    let own = sweep_of(RECORDED, recorded);
    let others = FILES.map(|(name, bytes)| (name, sweep_of(name, |_| bytes.to_vec())));
    for (name, place) in others.iter().map(|(name, place)| (*name, place)).chain([(RECORDED, &own)])
    {
        group.bench_function(BenchmarkId::new(name, JOBS), |bencher| {
            bencher.iter(|| opened(place.path(), CacheMode::Off));
        });
    }
    group.finish();
    let sweep = opened(own.path(), CacheMode::Off);
    let mut group = bench.benchmark_group("assemble");
    group.throughput(Throughput::Elements(JOBS));
    group.bench_function(BenchmarkId::from_parameter(JOBS), |bencher| {
        bencher.iter(|| sweep.cube(Options::default(), None, &[]).unwrap());
    });
}

fn index(bench: &mut Criterion) {
    let place = sweep_of(RECORDED, recorded);
    let mut group = bench.benchmark_group("index");
    group.throughput(Throughput::Elements(JOBS)).sample_size(20);
    // It is written first: the others read it.
    for (name, mode) in [
        ("read and write", CacheMode::Beside),
        ("reopen, checked", CacheMode::Checked),
        ("reopen, trusted", CacheMode::Trusted),
    ] {
        group.bench_function(BenchmarkId::new(name, JOBS), |bencher| {
            bencher.iter(|| opened(place.path(), mode));
        });
    }
}

criterion_group!(stages, scanning, overrides, files, gather, index);
criterion_main!(stages);
