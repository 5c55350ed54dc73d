//! What random protocols speak of: some of the library, and declarations of their own whose classes are drawn.

use super::dice::Dice;

/// What can be measured as a number, with limits that protocols give it: a unit, then numbers in rising order.
pub struct Measure {
    pub name: &'static str,
    pub levels: &'static [(&'static str, &'static [&'static str])],
    /// It has limits of normal.
    pub normal: bool,
}

const fn lab(name: &'static str, levels: &'static [(&'static str, &'static [&'static str])]) -> Measure {
    Measure { name, levels, normal: true }
}

const fn other(name: &'static str, levels: &'static [(&'static str, &'static [&'static str])]) -> Measure {
    Measure { name, levels, normal: false }
}

pub const MEASURES: &[Measure] = &[
    lab("hemoglobin", &[("g/L", &["80", "90", "100.5", "120"]), ("g/dL", &["8", "9.5", "10", "12"])]),
    lab("platelets", &[("10*9/L", &["60", "75", "100", "150"]), ("{cells}/uL", &["60_000", "100_000"])]),
    lab("ALT", &[("U/L", &["35", "40", "100", "120"])]),
    lab("AST", &[("U/L", &["35", "40", "100", "120"])]),
    lab("creatinine", &[("umol/L", &["88.4", "120", "150", "300"]), ("mg/dL", &["1", "1.5", "2", "3.3936"])]),
    lab("bilirubin", &[("umol/L", &["17.1", "20", "34.2"]), ("mg/dL", &["1", "1.2", "2"])]),
    lab("CRP", &[("mg/L", &["3", "5", "10", "50"]), ("mg/dL", &["0.5", "1"])]),
    lab("CK", &[("U/L", &["200", "1000"])]),
    lab("HbA1c", &[("%", &["5.7", "6.5", "8"])]),
    other("weight", &[("kg", &["40", "60.5", "80", "120"]), ("[lb_av]", &["100", "200"])]),
    other("height", &[("cm", &["150", "170", "180.5"]), ("m", &["1.5", "1.8"])]),
    other("SBP", &[("mm[Hg]", &["90", "140", "160"])]),
    other("temperature", &[("Cel", &["37", "38", "38.5"]), ("[degF]", &["98.6", "100.4"])]),
    other("BMI", &[("kg/m2", &["18.5", "25", "30", "40"])]),
    other("BSA", &[("m2", &["1.5", "1.73", "2"])]),
    lab("creatinine_clearance", &[("mL/min", &["30", "45", "60"])]),
    lab("eGFR", &[("mL/min/{1.73_m2}", &["30", "60", "90"])]),
    lab("HBV_DNA_IU", &[("[IU]/mL", &["20", "2000"]), ("[IU]/L", &["100_000"])]),
    lab("own_lab", &[("mg/L", &["0.5", "2", "40"]), ("ug/L", &["500", "2000"])]),
    lab("own_count", &[("", &["1", "3", "10"])]),
    other("MMT8", &[("", &["100", "125", "142"])]),
    other("ECOG", &[("", &["0", "1", "2", "3"])]),
    other("HAQ", &[("", &["0.5", "1", "2.125"])]),
    other("PGA", &[("cm", &["2", "3.5", "5"])]),
    other("own_score", &[("", &["0", "4", "7", "10"])]),
];

/// Results that are words. Scales have an order.
pub const TESTS: &[(&str, &[&str])] = &[
    ("HBsAg", &["negative", "indeterminate", "positive"]),
    ("HCV_antibody", &["negative", "indeterminate", "positive"]),
    ("EGFR_status", &["wild_type", "mutated", "indeterminate"]),
    ("childbearing_potential", &["no", "yes"]),
    ("sex", &["female", "male"]),
    ("own_test", &["low", "middle", "high", "failed"]),
];

pub const SCALES: &[(&str, &[&str])] =
    &[("NYHA", &["I", "II", "III", "IV"]), ("own_scale", &["a", "b", "c", "d", "e"])];

/// Standard questions.
pub const QUESTIONS: &[&str] = &["compliance", "own_question"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Condition,
    Drug,
    Procedure,
    Event,
}

/// What can happen to a patient.
#[derive(Clone, Debug)]
pub struct Thing {
    pub name: String,
    pub kind: Kind,
    /// Some of its members, if it is a class.
    pub below: Vec<String>,
    pub stages: Vec<&'static str>,
    pub histologies: Vec<&'static str>,
    pub severities: Vec<&'static str>,
    pub routes: Vec<&'static str>,
    /// Some of its members have a half-life, or it has one.
    pub half_life: bool,
    /// A drug that its doses can be told in.
    pub equivalent: Option<&'static str>,
}

fn thing(kind: Kind, name: &str, below: &[&str]) -> Thing {
    Thing {
        name: name.to_owned(),
        kind,
        below: below.iter().map(|&name| name.to_owned()).collect(),
        stages: Vec::new(),
        histologies: Vec::new(),
        severities: Vec::new(),
        routes: Vec::new(),
        half_life: false,
        equivalent: None,
    }
}

const SEVERITIES: &[&str] = &["mild", "moderate", "severe"];
const STAGES: &[&str] = &["I", "II", "IIIA", "IIIB", "IV"];
const OWN_STAGES: &[&str] = &["one", "two", "three"];
const HISTOLOGIES: &[&str] = &["squamous", "adenocarcinoma", "mixed"];
const OWN_HISTOLOGIES: &[&str] = &["intestinal", "diffuse"];
const ROUTES: &[&str] = &["oral", "intravenous"];

fn of_library() -> Vec<Thing> {
    let severe = |thing: Thing| Thing { severities: SEVERITIES.to_vec(), ..thing };
    let staged = |thing: Thing| Thing { stages: STAGES.to_vec(), histologies: HISTOLOGIES.to_vec(), ..thing };
    let drug = |name: &str, below: &[&str], routes: &[&'static str], half_life| Thing {
        routes: routes.to_vec(),
        half_life,
        ..thing(Kind::Drug, name, below)
    };
    let glucocorticoid = Thing {
        equivalent: Some("prednisone"),
        ..drug("glucocorticoid", &["prednisone", "methylprednisolone", "dexamethasone"], ROUTES, false)
    };
    vec![
        severe(thing(Kind::Condition, "infection", &["pneumonia", "sepsis", "septic_shock", "tuberculosis"])),
        severe(thing(Kind::Condition, "pneumonia", &["pneumocystis_pneumonia"])),
        severe(thing(Kind::Condition, "sepsis", &["septic_shock"])),
        staged(thing(Kind::Condition, "malignancy", &["solid_tumor", "lung_cancer", "NSCLC", "breast_cancer"])),
        staged(thing(Kind::Condition, "NSCLC", &[])),
        thing(Kind::Condition, "neuropathy", &[]),
        glucocorticoid,
        drug("prednisone", &[], &["oral"], false),
        drug("methylprednisolone", &[], ROUTES, false),
        drug("immunosuppressant", &["methotrexate", "azathioprine", "cyclosporin_A"], ROUTES, true),
        drug("methotrexate", &[], &["oral", "subcutaneous"], true),
        drug("rituximab", &[], &["intravenous", "subcutaneous"], true),
        drug("docetaxel", &[], &["intravenous"], true),
        thing(Kind::Procedure, "surgery", &["major_surgery", "lung_resection", "splenectomy"]),
        thing(Kind::Procedure, "radiotherapy", &["thoracic_radiotherapy"]),
        thing(Kind::Event, "hospitalization", &["ICU_admission"]),
        severe(thing(Kind::Event, "adverse_event", &["serious_adverse_event", "life_threatening_event"])),
    ]
}

pub const USES: &str = "\
use labs { hemoglobin, platelets, ALT, AST, creatinine, bilirubin, CRP, CK, HbA1c, creatinine_clearance, eGFR, HBV_DNA_IU }
use vitals { SBP, temperature, BMI, BSA }
use scores { ECOG, HAQ, NYHA }
use myositis { MMT8, PGA }
use oncology { EGFR_status }
use tests { HBsAg, HCV_antibody }
use questions { compliance }
use conditions { infection, pneumonia, sepsis, septic_shock, tuberculosis, malignancy, solid_tumor, lung_cancer, NSCLC }
use conditions { breast_cancer, neuropathy, pneumocystis_pneumonia }
use drugs { glucocorticoid, prednisone, methylprednisolone, dexamethasone, immunosuppressant, methotrexate, azathioprine }
use drugs { cyclosporin_A, rituximab, docetaxel }
use procedures { surgery, major_surgery, lung_resection, splenectomy, radiotherapy, thoracic_radiotherapy }
use events { ICU_admission, adverse_event, serious_adverse_event, life_threatening_event }
";

const DECLARED: &str = "\
lab own_lab \"A level\" { unit mg/L plausible 0..5000 mg/L better lower }
lab own_count \"A ratio\" { plausible 0..100 }
score own_score \"A score\" { range 0..10 better higher }
test own_test \"A test\" { values low, middle, high, failed }
scale own_scale \"A scale\" { values a, b, c, d, e better lower }
question own_question \"Can the participant swim?\" { asked participant }
";

/// What one protocol speaks of.
pub struct Vocabulary {
    pub declared: String,
    pub things: Vec<Thing>,
}

impl Vocabulary {
    pub fn draw(dice: &mut Dice) -> Self {
        // A few of the library's, so that they are asked about again and again.
        let things = dice.some(&of_library(), 4);
        let mut words = Self { declared: DECLARED.to_owned(), things };
        for (kind, letter, word) in [
            (Kind::Condition, 'k', "condition"),
            (Kind::Drug, 'd', "drug"),
            (Kind::Procedure, 'p', "procedure"),
            (Kind::Event, 'e', "event"),
        ] {
            let count = dice.within(1, if matches!(kind, Kind::Condition | Kind::Drug) { 5 } else { 3 });
            words.family(dice, kind, (letter, word), count);
        }
        words
    }

    /// Some things of one kind, some of them members of others that stand before them.
    fn family(&mut self, dice: &mut Dice, kind: Kind, (letter, word): (char, &str), count: usize) {
        let mut above: Vec<Vec<usize>> = Vec::new();
        let mut own: Vec<Thing> = Vec::new();
        for at in 0..count {
            let parents = if at == 0 || dice.percent(20) {
                Vec::new()
            } else {
                let most = dice.within(1, 2);
                dice.some(&(0..at).collect::<Vec<_>>(), most)
            };
            let mut classes: Vec<usize> = parents.iter().flat_map(|&parent| above[parent].clone()).collect();
            classes.extend(&parents);
            classes.sort_unstable();
            classes.dedup();
            let name = format!("{letter}{at}");
            let mut text = format!("{word} {name} \"{word} {at}\" {{");
            if !parents.is_empty() {
                let names: Vec<String> = parents.iter().map(|parent| format!("{letter}{parent}")).collect();
                text.push_str(&format!(" is {}", names.join(", ")));
            }
            let mut new = thing(kind, &name, &[]);
            match kind {
                Kind::Condition if at == 0 => {
                    text.push_str(
                        " stage one, two, three histology intestinal, diffuse severity mild, moderate, severe",
                    );
                }
                Kind::Drug => {
                    let routes = dice.word(&["oral", "oral, intravenous", ""]);
                    if !routes.is_empty() {
                        text.push_str(&format!(" routes {routes}"));
                    }
                    new.routes = ROUTES.iter().copied().filter(|route| routes.contains(route)).collect();
                    let half_life = dice.word(&["36.2 h", "2 d", "14 d", ""]);
                    if !half_life.is_empty() {
                        text.push_str(&format!(" half_life {half_life}"));
                        new.half_life = true;
                    }
                }
                Kind::Condition | Kind::Procedure | Kind::Event => {}
            }
            text.push_str(" }\n");
            self.declared.push_str(&text);
            for &class in &classes {
                own[class].below.push(name.clone());
            }
            let staged = kind == Kind::Condition && (at == 0 || classes.contains(&0));
            if staged {
                new.stages = OWN_STAGES.to_vec();
                new.histologies = OWN_HISTOLOGIES.to_vec();
                new.severities = SEVERITIES.to_vec();
            }
            above.push(classes);
            own.push(new);
        }
        if kind == Kind::Drug && own[0].below.len() >= 2 && dice.percent(70) {
            let members = own[0].below.clone();
            // One of the class may be without an equal dose.
            let listed =
                if members.len() > 2 && dice.percent(50) { &members[..members.len() - 1] } else { &members[..] };
            let doses: Vec<String> = listed
                .iter()
                .zip(["30 mg", "20 mg", "7.5 mg", "1 mg"])
                .map(|(drug, dose)| format!("{drug} {dose}"))
                .collect();
            let routes = dice.word(&[" routes oral", ""]);
            self.declared.push_str(&format!("equivalent d0 \"A table\"{routes} {{ {} }}\n", doses.join(", ")));
            own[0].equivalent = Some("d1").filter(|drug| listed.iter().any(|one| one == drug));
        }
        self.things.extend(own);
    }

    pub fn some(&self, dice: &mut Dice, wanted: impl Fn(&Thing) -> bool) -> Option<Thing> {
        let fitting: Vec<&Thing> = self.things.iter().filter(|thing| wanted(thing)).collect();
        if fitting.is_empty() { None } else { Some((*dice.one(&fitting)).clone()) }
    }
}
