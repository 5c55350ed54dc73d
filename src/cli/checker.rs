//! Checkers: copies of this program that carry a protocol, and know nothing but to screen by it.
//!
//! A checker is the program itself, then the payload (the protocol as JSON, in Zstandard), then a trailer: magic bytes, the
//! version of this layout, both lengths, and SHA-256 over all that stands before it. In the program lies a marker, which the
//! copy gets overwritten with the same lengths. So a checker of which the end is lost still knows that it is one, and says
//! that it is damaged, and `trialc` itself needs to look at nothing but the marker.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};
use sha2::{Digest, Sha256};

use super::exit::{Exit, Failure, reason};
use super::output;
use super::screen::{Screening, screen};
use super::terminal::{ColorChoice, Terminal};
use crate::ir::{Trial, json};
use crate::screening::Origin;

/// Bytes that stand nowhere else in the program, then those that a copy gets overwritten: zero in `trialc` itself.
///
/// It is read through `black_box`, so that the compiler does not reckon with what stands here.
#[used]
static MARKER: [u8; MARKER_LENGTH] = {
    let mut marker = [0; MARKER_LENGTH];
    let magic = *b"\xf3trialc\x00\xc7carries\x91\xe5\x1aa\x88\x04\xd2\xbe\x6f";
    let mut at = 0;
    while at < magic.len() {
        #[expect(clippy::indexing_slicing, reason = "worked out by the compiler, which would say so")]
        let byte = magic[at];
        #[expect(clippy::indexing_slicing, reason = "the same")]
        let place = &mut marker[at];
        *place = byte;
        at += 1;
    }
    marker
};

const MAGIC_LENGTH: usize = 25;
const MARKER_LENGTH: usize = 64;
/// Begins the trailer.
const TRAILER: [u8; 8] = *b"checker\n";
/// The version of this layout.
const VERSION: u32 = 1;
const TRAILER_LENGTH: usize = 60;

/// What the marker of a copy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lengths {
    program: u64,
    payload: u64,
}

impl Lengths {
    /// The bytes behind the magic ones: they are never all zero.
    fn bytes(self) -> [u8; MARKER_LENGTH - MAGIC_LENGTH] {
        let mut bytes = [0xa5; MARKER_LENGTH - MAGIC_LENGTH];
        let both = self.program.to_le_bytes().into_iter().chain(self.payload.to_le_bytes());
        bytes.iter_mut().zip(both).for_each(|(at, byte)| *at = byte);
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let lengths = Self { program: number(0)?, payload: number(8)? };
        (lengths.bytes().as_slice() == bytes).then_some(lengths)
    }

    /// The trailer but for the hash.
    fn trailer(self) -> Vec<u8> {
        let mut trailer = TRAILER.to_vec();
        trailer.extend(VERSION.to_le_bytes());
        trailer.extend(self.program.to_le_bytes());
        trailer.extend(self.payload.to_le_bytes());
        trailer
    }
}

/// A copy of a program that carries a payload.
///
/// # Errors
/// Why it cannot: it is no program of this kind.
fn carrying(mut program: Vec<u8>, payload: &[u8]) -> Result<Vec<u8>, &'static str> {
    let magic = black_box(&MARKER).get(..MAGIC_LENGTH).unwrap_or_default();
    let first = magic.first().copied().unwrap_or_default();
    let starts = program.iter().enumerate().filter(|(_, byte)| **byte == first).map(|(at, _)| at);
    let mut places = starts.filter(|at| program.get(*at..*at + MAGIC_LENGTH) == Some(magic));
    let at = match (places.next(), places.next()) {
        (Some(at), None) => at + MAGIC_LENGTH,
        (Some(_), Some(_)) => return Err("it has two places for a protocol"),
        (None, _) => return Err("it is no trialc of this version"),
    };
    let lengths = Lengths {
        program: u64::try_from(program.len()).unwrap_or(u64::MAX),
        payload: u64::try_from(payload.len()).unwrap_or(u64::MAX),
    };
    let place = program.get_mut(at..at + MARKER_LENGTH - MAGIC_LENGTH).ok_or("it is cut short")?;
    if place.iter().any(|byte| *byte != 0) {
        return Err("it carries a protocol already");
    }
    place.copy_from_slice(&lengths.bytes());
    program.extend_from_slice(payload);
    program.extend(lengths.trailer());
    let hash = Sha256::digest(&program);
    program.extend(hash);
    Ok(program)
}

/// The payload of a checker.
///
/// # Errors
/// What is wrong with it.
fn payload(file: &[u8], lengths: Lengths) -> Result<&[u8], &'static str> {
    let program = usize::try_from(lengths.program).map_err(|_| "its length is wrong")?;
    let length = usize::try_from(lengths.payload).map_err(|_| "its length is wrong")?;
    let end = program.checked_add(length).ok_or("its length is wrong")?;
    let whole = end.checked_add(TRAILER_LENGTH).ok_or("its length is wrong")?;
    if file.len() < whole {
        return Err("its end is missing");
    }
    if file.len() > whole {
        return Err("there is something behind its end");
    }
    let (told, hash) = file.split_at_checked(whole - 32).ok_or("its end is missing")?;
    let trailer = told.get(end..).unwrap_or_default();
    if trailer.starts_with(&TRAILER) && trailer.get(8..12) != Some(VERSION.to_le_bytes().as_slice()) {
        return Err("it is laid out as another version does it, or changed");
    }
    if trailer != lengths.trailer() || Sha256::digest(told).as_slice() != hash {
        return Err("some of its bytes are not what they were");
    }
    told.get(program..end).ok_or("its length is wrong")
}

/// Writes a checker.
pub(super) fn write(path: &Path, payload: &[u8], runtime: Option<&Path>) -> Result<(), Failure> {
    let own = || env::current_exe().map_err(|error| Failure::problem(format!("this program cannot be found: {error}")));
    let from = runtime.map_or_else(own, |path| Ok(path.to_owned()))?;
    let program = read(&from)?;
    let made = carrying(program, payload)
        .map_err(|why| Failure::misuse(format!("no checker can be made of {}: {why}", from.display())))?;
    output::replace_program(path, &made)
        .map_err(|error| Failure::problem(format!("cannot write {}: {}", path.display(), reason(&error))))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::misuse(format!("cannot read {}: {}", path.display(), reason(&error))))
}

/// Whether this program is a checker. It costs the look at some bytes in memory.
pub(super) fn is_one() -> bool {
    black_box(&MARKER).iter().skip(MAGIC_LENGTH).any(|byte| *byte != 0)
}

/// Decide, for every patient and every criterion, and say why.
///
/// A patient is eligible, ineligible or undetermined. What the record does not hold is unknown, never "no"; the missing facts
/// are named.
#[derive(Parser)]
#[command(max_term_width = 100, arg_required_else_help = true)]
struct Checker {
    /// Whether to use colour.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,

    /// Say which protocol this is, and what made this program.
    #[arg(long, exclusive = true)]
    about: bool,

    #[command(flatten)]
    screening: Screening,
}

/// Does what the arguments of this process ask of a checker.
pub(super) fn main() -> ExitCode {
    let plain = Terminal::new(ColorChoice::Auto);
    match open() {
        Ok(trial) => run(&trial),
        Err(failure) => failure.tell(&plain),
    }
}

fn open() -> Result<Trial, Failure> {
    let damaged =
        |why: &str| Failure::misuse(format!("this checker is damaged, and screens nobody: {why}; get it anew"));
    let marker = black_box(&MARKER).get(MAGIC_LENGTH..).unwrap_or_default();
    let lengths = Lengths::read(marker).ok_or_else(|| damaged("some of its bytes are not what they were"))?;
    let path: PathBuf =
        env::current_exe().map_err(|error| Failure::misuse(format!("this checker cannot find itself: {error}")))?;
    let file = read(&path)?;
    let payload = payload(&file, lengths).map_err(damaged)?;
    let text = zstd::decode_all(payload).map_err(|_| damaged("its protocol cannot be unpacked"))?;
    let text = String::from_utf8(text).map_err(|_| damaged("its protocol is no text"))?;
    json::from_json(&text).map_err(|error| damaged(&error.to_string()))
}

fn run(trial: &Trial) -> ExitCode {
    let plain = Terminal::new(ColorChoice::Auto);
    let origin = match Origin::of(trial) {
        Ok(origin) => origin,
        Err(error) => return Failure::problem(error.to_string()).tell(&plain),
    };
    let short = origin.hash.get(..12).unwrap_or(&origin.hash);
    let version = format!("{}{short}, by trialc {}", spaced(&origin.version), env!("CARGO_PKG_VERSION"));
    let about = format!("Decide about patients by the protocol {}: {}", trial.name, trial.title);
    let name = origin.protocol.clone();
    // Once a process: the texts of help have to live as long as it.
    let command = Checker::command().name(name.leak() as &str).version(version.leak() as &str);
    let command = command.about(about).bin_name(called());
    let found = command.try_get_matches().and_then(|matches| Checker::from_arg_matches(&matches));
    let checker = match found {
        Ok(checker) => checker,
        Err(said) => return super::told(&said),
    };
    let terminal = Terminal::new(checker.color);
    let done = if checker.about { tell(trial, &origin) } else { screen(&checker.screening, trial, &terminal) };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell(&terminal),
    }
}

fn spaced(version: &str) -> String {
    if version.is_empty() { String::new() } else { format!("{version}, ") }
}

/// What this program is called, where it stands.
fn called() -> String {
    let path = env::args_os().next().map(PathBuf::from);
    let name = path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "checker".to_owned())
}

fn tell(trial: &Trial, origin: &Origin) -> Result<Exit, Failure> {
    let Origin { protocol, version, hash, policy } = origin;
    let version = if version.is_empty() { "-" } else { version };
    let about = format!(
        "protocol  {protocol}\ntitle     {}\nversion   {version}\nhash      {hash}\ntrialc    {}\npolicy    {policy}\n",
        trial.title,
        env!("CARGO_PKG_VERSION"),
    );
    output::print(about.as_bytes())?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checker() -> (Vec<u8>, Lengths) {
        let program = [b"before ".as_slice(), MARKER.as_slice(), b" after"].concat();
        let lengths = Lengths { program: program.len() as u64, payload: 7 };
        (carrying(program, b"payload").unwrap(), lengths)
    }

    #[test]
    fn what_is_carried_is_found() {
        let (made, lengths) = checker();
        assert_eq!(payload(&made, lengths), Ok(b"payload".as_slice()));
        assert_eq!(Lengths::read(&made[7 + MAGIC_LENGTH..7 + MARKER_LENGTH]), Some(lengths));
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let (made, lengths) = checker();
        for at in 0..made.len() {
            let mut changed = made.clone();
            changed[at] ^= 0x10;
            assert!(payload(&changed, lengths).is_err(), "{at}");
            assert!(payload(&made[..at], lengths).is_err(), "cut at {at}");
        }
        assert!(payload(&[made.as_slice(), b"x"].concat(), lengths).is_err());
        let marker = lengths.bytes();
        for at in 0..marker.len() {
            let mut changed = marker;
            changed[at] ^= 1;
            assert_ne!(Lengths::read(&changed), Some(lengths), "{at}");
        }
    }

    #[test]
    fn a_program_needs_one_marker() {
        assert_eq!(carrying(b"nothing".to_vec(), b"x"), Err("it is no trialc of this version"));
        assert_eq!(carrying([MARKER, MARKER].concat(), b"x"), Err("it has two places for a protocol"));
        assert_eq!(carrying(checker().0, b"x"), Err("it carries a protocol already"));
    }
}
