//! What is formatted says the same, and stays as it is when it is formatted again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trialc::format::{FormatError, format};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match format(text) {
        Ok(formatted) => assert_eq!(format(&formatted).as_deref(), Ok(&*formatted)),
        Err(FormatError::Syntax) => {}
        Err(FormatError::Changed { offset }) => panic!("formatting would change the text at {offset}"),
    }
});
