//! stub
use crate::ir::Trial;

pub struct Emitter {
    pub name: &'static str,
    pub about: &'static str,
    pub extension: &'static str,
    pub emit: fn(&Trial) -> Result<Vec<u8>, Refusal>,
}

pub struct Refusal {
    pub what: String,
}

static JSON: Emitter = Emitter {
    name: "json",
    about: "the whole protocol after checking, as JSON",
    extension: "json",
    emit: |trial| Ok(crate::ir::to_json(trial).into_bytes()),
};

pub static ALL: &[&Emitter] = &[&JSON];
