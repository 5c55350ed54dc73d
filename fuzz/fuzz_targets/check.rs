//! Any text is checked, shown and compiled without a panic; what compiles is read back as it was.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use trialc::check::{Input, check};
use trialc::diagnostic::render::{Characters, Color, Format, Look, Renderer};
use trialc::ir::json::{from_json, to_json};
use trialc::lower::lower;
use trialc::source::Sources;
use trialc::world::NoFiles;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut sources = Sources::new();
    let input = Input { path: "main.trial".into(), text: Some(Arc::from(text)) };
    let (checked, found) = check(&NoFiles, &mut sources, input);
    for format in [Format::Human, Format::Narrated, Format::Short, Format::Json] {
        let look = Look { color: Color::None, characters: Characters::Unicode, width: 80 };
        let mut renderer = Renderer::new(&sources, format, look);
        for diagnostic in found.iter().take(4) {
            assert!(!renderer.render(diagnostic).is_empty());
        }
    }
    for diagnostic in &found {
        let edits = diagnostic.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in std::iter::once(diagnostic.primary.span).chain(edits) {
            let Some(file) = sources.file_at(span) else { continue };
            let at = file.local(span);
            assert!(file.text.is_char_boundary(at.start) && file.text.is_char_boundary(at.end), "{diagnostic:?}");
        }
    }
    if let Some(checked) = checked {
        let json = to_json(&lower(checked)).expect("a trial is JSON");
        let again = from_json(&json).expect("what was written can be read");
        assert_eq!(to_json(&again).expect("a trial is JSON"), json);
    }
});
