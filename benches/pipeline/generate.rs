//! Protocols of any length: sound ones, with the mix of sentences that the protocols of this project have.
//!
//! The same length always gives the same text. Each criterion has limits of its own, so that no two say the same; a
//! comment stands before every sixth, as in protocols written by hand.

use std::fmt::Write as _;

const HEAD: &str = r#"//! A generated protocol.

use labs { CK, LDH, ALT, AST, creatinine, creatinine_clearance, hemoglobin, platelets, neutrophils, bilirubin }
use vitals { SBP }
use tests { HBsAg, HCV_antibody }
use conditions { malignancy, infection, dermatomyositis, tuberculosis, neuropathy, diarrhea }
use drugs { rituximab, glucocorticoid, prednisone, immunosuppressant, biological, antibiotic }
use procedures { major_surgery }
use scores { NYHA, HAQ }
use questions { compliance }

trial generated "A generated protocol" {
  allocation none
  model      single_group
  masking    none
  age        in 18..75 years
  day_1      first_dose
}

plan first_dose within 28 days after screening

define active "Active disease" = CK > 1.3 ULN or HAQ >= 0.25

epoch treatment "Treatment" 12 weeks

arm experimental treated "Treated" {
  in treatment { give rituximab 500 mg intravenous every 2 weeks }
}

visit screening_visit "Screening": from day -28 to day -1
visit baseline "Baseline": day 1
visit follow_up "Follow-up": week 12 window -7..+7 days

collect CK, LDH, ALT, AST, creatinine, creatinine_clearance, hemoglobin, platelets, neutrophils at screening_visit
collect bilirubin, SBP, HBsAg, HCV_antibody, NYHA, HAQ, weight, sex, childbearing_potential at screening_visit
collect CK, HAQ at baseline, follow_up

outcome primary enzymes "Improvement" at week 12: CK <= 1 ULN
outcome secondary disability "Disability" at week 12: change in HAQ

eligibility at screening within 28 days {
  include diagnosis "Active dermatomyositis": has dermatomyositis and active
"#;

const TAIL: &str = "}\n";

/// The sentences: `@` stands for the number of the criterion, `#` for digits that no other criterion of the same
/// sentence has, `?` for a count of days.
const SENTENCES: &[&str] = &[
    r#"include c@ "Creatine kinase no more than 1.5 times the upper limit": CK <= 1.5# ULN"#,
    r#"include c@ "Haemoglobin and platelets, taken at screening": hemoglobin >= 80.# g/L and platelets >= 50.# 10*9/L"#,
    r#"exclude c@ "Renal insufficiency, or heart failure": any of {
    kidney "Creatinine clearance": creatinine_clearance <= 30.# mL/min,
    heart "NYHA III or more": NYHA >= III,
    creatinine > 177.# umol/L,
  }"#,
    r#"exclude c@ "Glucocorticoid above the limit in the last weeks":
    highest dose of glucocorticoid as prednisone > 0.5# mg/kg/d within ? days"#,
    r#"exclude c@ "Liver enzymes": any of { ALT, AST } > 3.# ULN unless judged "the rise has another cause" by investigator"#,
    r#"include c@ "Blood pressure, the mean of three" within 7 days: mean of 3 SBP at least 5 minutes apart < 150.# mm[Hg]"#,
    r#"exclude c@ "Rituximab or another biological": received any of { rituximab, biological } within ?.# days"#,
    r#"exclude c@ "Malignancy in the last years": had malignancy within ?.# days before screening"#,
    r#"exclude c@ "Infection in hospital, or antibiotics for it"
    within ?.# days before first_dose:
    had hospitalization due to infection or received intravenous antibiotic due to infection"#,
    r#"exclude c@ "Viral hepatitis, or tuberculosis not yet treated":
    any of { HBsAg, HCV_antibody } is positive or (has tuberculosis and LDH > 1.# ULN)"#,
    r#"include c@ "Women who may bear children" when sex is female and childbearing_potential is yes:
    hemoglobin in 90.#..180 g/L and judged compliance by investigator"#,
    r#"exclude c@ "Toxicity of grade 2 or more": has any of { neuropathy, diarrhea } with grade >= 2 and neutrophils < 1.# 10*9/L"#,
    r#"include c@ "No new immunosuppressant, and a stable dose":
    not started immunosuppressant within ?.# days
    and stable dose of immunosuppressant for at least 4 weeks"#,
    r#"exclude c@ "Major surgery": had major_surgery within ?.# days before first_dose"#,
    r#"exclude c@ "Bilirubin above the limit, which is higher in Gilbert's syndrome": bilirubin > 1.# ULN or weight < 40.# kg"#,
    r#"include c@ "Judged by the investigator, question @": judged "the disease calls for this treatment, by reason @" by investigator"#,
];

/// A protocol with that many criteria.
pub fn protocol(criteria: usize) -> String {
    let mut text = String::with_capacity(HEAD.len() + criteria * 140 + TAIL.len());
    text.push_str(HEAD);
    let mut draws = Draws(0x5eed);
    for number in 1..criteria {
        if number % 6 == 0 {
            text.push_str("  // The record gives no window here: the one of the screening period is taken.\n");
        }
        text.push_str("  ");
        criterion(&mut text, number, &mut draws);
        text.push('\n');
    }
    text.push_str(TAIL);
    text
}

fn criterion(text: &mut String, number: usize, draws: &mut Draws) {
    let sentence = draws.one_of(SENTENCES);
    let days = 14 + draws.below(350);
    for character in sentence.chars() {
        // Writing to a `String` cannot fail.
        let _ = match character {
            '@' => write!(text, "{number}"),
            '#' => write!(text, "{number:05}"),
            '?' => write!(text, "{days}"),
            other => text.write_char(other),
        };
    }
}

/// Numbers that look drawn and are the same on every run (`SplitMix64`).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of(&mut self, of: &[&'static str]) -> &'static str {
        let at = self.below(of.len() as u64);
        usize::try_from(at).ok().and_then(|at| of.get(at)).copied().unwrap_or("")
    }
}
