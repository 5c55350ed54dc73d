//! stub
pub struct Listing {
    pub name: &'static str,
    pub about: &'static str,
    pub columns: &'static [&'static str],
    pub rows: fn() -> Vec<Vec<String>>,
}

static CODES: Listing = Listing {
    name: "codes",
    about: "what check reports",
    columns: &["code", "severity", "title"],
    rows: || {
        let row = |code: &&crate::diagnostic::Code| vec![code.id.to_owned(), code.severity.to_string(), code.title.to_owned()];
        crate::diagnostic::code::ALL.iter().map(row).collect()
    },
};

static LABS: Listing = Listing {
    name: "labs",
    about: "laboratory tests",
    columns: &["name", "unit", "LOINC"],
    rows: || vec![vec!["bilirubin".to_owned(), "mg/dL".to_owned(), "1975-2".to_owned()]],
};

pub static LISTINGS: &[&Listing] = &[&LABS, &CODES];
