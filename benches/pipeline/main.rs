//! `cargo bench`: how long each step takes, on each protocol, on generated ones, and on two thousand of them.
//!
//! Times depend on the machine; the ratios, which are printed last, hardly do. `docs/performance.md` says what they mean.
//! `cargo bench -- check` runs the benchmarks with `check` in their names, and `cargo bench -- ratios-only` none of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::type_complexity,
    reason = "a test says what is wrong by failing"
)]
#![expect(clippy::print_stdout, reason = "the ratios are for the reader of the benchmarks")]

mod generate;
mod growth;
mod process;
mod ratios;
mod work;

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

use self::ratios::Estimates;

/// How many protocols a folder of a registry may hold.
const MANY: usize = 2000;

/// The sizes of generated protocols, in criteria.
const SIZES: [(&str, usize); 2] = [("1000", 1_000), ("10000", 10_000)];

/// One protocol of the project.
struct Protocol {
    name: String,
    path: PathBuf,
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(result) = process::as_child() {
        return result;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("protocols");
    let protocols = protocols(&folder)?;
    let generated: Vec<(&str, String)> = SIZES.iter().map(|(name, size)| (*name, generate::protocol(*size))).collect();
    for (name, text) in &generated {
        let (checked, found) = work::checked(text);
        if checked.is_none() || !found.is_empty() {
            let first = found.iter().next().map(|first| format!("{first:?}"));
            return Err(format!("the generated protocol of {name} criteria is not clean: {first:?}").into());
        }
    }

    let since = SystemTime::now();
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion");
    let mut criterion = Criterion::default().output_directory(&output).configure_from_args();
    each_protocol(&mut criterion, &protocols);
    each_size(&mut criterion, &generated);
    many(&mut criterion, &protocols);
    criterion.final_summary();

    // `cargo test --benches` only asks whether the benchmarks run.
    if std::env::args().any(|arg| arg == "--bench") {
        let paths: Vec<PathBuf> = protocols.iter().map(|protocol| protocol.path.clone()).collect();
        tell(&Estimates { folder: &output, since }, &protocols, &generated, process::cold(&paths, &folder));
    }
    Ok(())
}

fn protocols(folder: &Path) -> Result<Vec<Protocol>, Box<dyn Error>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "trial"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Protocol { name, text: fs::read_to_string(&path)?, path })
        })
        .collect()
}

fn each_protocol(criterion: &mut Criterion, protocols: &[Protocol]) {
    let mut group = criterion.benchmark_group("protocol");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for protocol in protocols {
        group.throughput(Throughput::Bytes(protocol.text.len() as u64));
        for work in work::ALL {
            group.bench_with_input(BenchmarkId::new(work.name, &protocol.name), &protocol.text, |bencher, text| {
                bencher.iter(|| (work.run)(black_box(text)));
            });
        }
    }
    group.finish();
}

fn each_size(criterion: &mut Criterion, generated: &[(&str, String)]) {
    let mut group = criterion.benchmark_group("generated");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    for (name, text) in generated {
        group.throughput(Throughput::Bytes(text.len() as u64));
        for work in work::ALL {
            group.bench_with_input(BenchmarkId::new(work.name, name), text, |bencher, text| {
                bencher.iter(|| (work.run)(black_box(text)));
            });
        }
    }
    group.finish();
}

/// Two thousand protocols: the six in turn, each read afresh, as `trialc check` reads a folder.
fn many(criterion: &mut Criterion, protocols: &[Protocol]) {
    let mut group = criterion.benchmark_group("many");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(1));
    let bytes: usize = protocols.iter().cycle().take(MANY).map(|protocol| protocol.text.len()).sum();
    group.throughput(Throughput::Bytes(bytes as u64));
    for work in work::ALL {
        group.bench_function(BenchmarkId::new(work.name, MANY), |bencher| {
            bencher.iter(|| {
                let texts = protocols.iter().cycle().take(MANY).map(|protocol| protocol.text.as_str());
                texts.filter_map(|text| (work.run)(black_box(text))).fold(0_usize, usize::wrapping_add)
            });
        });
    }
    group.finish();
}

/// Prints the ratios, each with its reach.
fn tell(
    estimates: &Estimates<'_>,
    protocols: &[Protocol],
    generated: &[(&str, String)],
    cold: Result<process::Cold, Box<dyn Error>>,
) {
    println!("\nTimes are medians; `/` is the ratio to the bare parse of the same text.\n");
    ratios::print_head();
    let names: Vec<&str> = protocols.iter().map(|protocol| protocol.name.as_str()).collect();
    estimates.print("protocol", &names);
    let [(small, _), (large, _)] = SIZES;
    estimates.print("generated", &[small, large]);
    estimates.print("many", &[&MANY.to_string()]);
    println!();
    estimates.print_check("generated", large);
    estimates.print_growth("generated", small, large);
    println!();
    match cold {
        Ok(cold) => ratios::print_cold(&cold),
        Err(error) => ratios::print_missing("cold processes", &*error),
    }
    println!();
    growth::print();
    println!();
    let Some((_, text)) = generated.last() else { return };
    match process::peak_memory(text) {
        Ok(Some(peak)) => ratios::print_memory(peak, text.len()),
        Ok(None) => println!("peak memory: only measured on Linux"),
        Err(error) => ratios::print_missing("peak memory", &*error),
    }
}
