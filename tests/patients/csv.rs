//! Tables in CSV, wide and long.

use trialc::chart::{Digits, Frequency, Kind, Of, Ongoing};
use trialc::patients::Place;

use crate::Desk;

fn name(name: &str) -> Of {
    Of::Name(name.to_owned())
}

#[test]
fn columns_are_known_by_their_names() {
    let table = "\
ID,Sex,birth date,Screening,Hemoglobin [g/dL],creatinine,creatinine_unit,creatinine_uln,creatinine_date,HBsAg,Diabetes,methotrexate,agrees,hospitalization,remark,glucose
p1,F,1980-02-01,2026-03-01,10.50,80,umol/L,90,2026-02-20,negative,no,yes,yes,,x,5
";
    let read = Desk::new().file("p.csv", table).read();
    // `glucose` is a name of the library that the protocol does not speak of; `remark` is nobody's.
    assert_eq!(read.notes.len(), 1, "{:?}", read.notes);
    assert!(read.notes[0].ends_with("the column `remark` is used for nothing"));
    let chart = read.chart();
    assert_eq!(
        (chart.id.as_str(), chart.sex.as_deref(), chart.birth.as_deref()),
        ("p1", Some("female"), Some("1980-02-01"))
    );
    let [hemoglobin, creatinine, hbsag] = chart.observations.as_slice() else { panic!("{:#?}", chart.observations) };
    assert_eq!((&hemoglobin.value, hemoglobin.unit.as_deref()), (&Digits::from("10.50"), Some("g/dL")));
    // A measure without a date column is one of the screening.
    assert_eq!(hemoglobin.date.as_deref(), Some("2026-03-01"));
    assert_eq!((creatinine.unit.as_deref(), creatinine.date.as_deref()), (Some("umol/L"), Some("2026-02-20")));
    assert_eq!(creatinine.upper_limit, Some(Digits::from("90")));
    assert_eq!(hbsag.value, Digits::from("negative"));
    // "No" is an absence up to the screening; an empty cell is nothing.
    let diabetes = &chart.conditions[0];
    assert!(diabetes.absent && diabetes.end.as_deref() == Some("2026-03-01"), "{diabetes:?}");
    assert_eq!(chart.medications[0].ongoing, Some(Ongoing::On("2026-03-01".into())));
    assert!(chart.events.is_empty() && chart.judged["agrees"]);
}

#[test]
fn a_mapping_says_what_columns_are() {
    let mapping = r#"
id = "Subj"
sex = "G"
birth = "DOB"
dates = "DD/MM/YYYY"
delimiter = ";"
missing = ["ND"]
yes = ["ja"]
no = ["nein"]
complete = ["conditions"]
[anchors]
screening = "Visite"
[judged]
agrees = "Verh"
[values.sex]
"2" = "female"
[values.HBsAg]
"0" = "negative"
[[facts.hemoglobin]]
column = "Hb 1"
unit = "g/dL"
date_column = "Datum 1"
[[facts.hemoglobin]]
column = "Hb 2"
unit = "g/L"
[facts.HBsAg]
column = "Hep"
[facts.diabetes]
column = "DM"
start_column = "DM seit"
means = "has"
[facts.methotrexate]
column = "MTX"
dose_column = "MTX mg"
dose_unit = "mg"
times_daily = 1
route = "oral"
"#;
    let table = "\
Subj;G;DOB;Visite;Verh;Hb 1;Datum 1;Hb 2;Hep;DM;DM seit;MTX;MTX mg
7;2;01/02/1980;01/03/2026;ja;10.1;28/02/2026;ND;0;ja;03/04/2010;ja;15
";
    let chart = Desk::new().file("p.csv", table).mapping(mapping).read().chart();
    assert_eq!((chart.sex.as_deref(), chart.birth.as_deref()), (Some("female"), Some("1980-02-01")));
    assert_eq!(chart.anchors["screening"], "2026-03-01");
    assert_eq!(chart.complete[0].records, [Kind::Conditions]);
    let hemoglobin: Vec<_> = chart.observations.iter().filter(|it| it.of == name("hemoglobin")).collect();
    assert_eq!(hemoglobin.len(), 1, "ND is not recorded");
    assert_eq!(hemoglobin[0].date.as_deref(), Some("2026-02-28"));
    assert!(chart.observations.iter().any(|it| it.of == name("HBsAg") && it.value == Digits::from("negative")));
    assert_eq!(chart.conditions[0].start.as_deref(), Some("2010-04-03"));
    let methotrexate = &chart.medications[0];
    assert_eq!(methotrexate.dose.as_ref().unwrap().value, Digits::from("15"));
    assert_eq!(
        (methotrexate.frequency.clone(), methotrexate.route.as_deref()),
        (Some(Frequency::TimesDaily(1)), Some("oral"))
    );
}

#[test]
fn a_renamed_column_is_an_error_before_the_first_patient() {
    let desk =
        Desk::new().file("p.csv", "id,Haemoglobin,x\n1,2,3\n").mapping("[facts.hemoglobin]\ncolumn = \"Hemoglobin\"\n");
    assert_eq!(
        desk.refusal(),
        "the mapping has a column `Hemoglobin`, and the table has none: did you mean `Haemoglobin`?"
    );
    let desk = Desk::new().file("p.csv", "name,hemoglobin\n1,2\n");
    assert!(desk.refusal().contains("no column of the patients' ids"), "{}", desk.refusal());
    let desk = Desk::new().file("p.csv", "id,hemoglobin,Hemoglobin [g/L]\n1,2,3\n");
    assert!(desk.refusal().contains("are both of `hemoglobin`"), "{}", desk.refusal());
}

#[test]
fn broken_rows_are_rejected_where_they_stand() {
    let table = b"id,screening,diabetes\n1,2026-03-01,no\n2,2026-03-01\n3,2026-03-01,perhaps\n,2026-03-01,no\n5,2026-03-01,n\xf6\n6,2026\0,no\n1,2026-03-01,yes\n8,\"2026-03-01\",no\n";
    let read = Desk::new().file("p.csv", table).read();
    assert_eq!(read.ids(), ["1", "8"], "{:#?}", read.said());
    let places: Vec<Place> = read.rejections.iter().map(|rejection| rejection.place).collect();
    assert_eq!(places, (3..=8).map(Place::Row).collect::<Vec<_>>(), "{:#?}", read.said());
    let said = read.said();
    assert_eq!(said[0], "p.csv, row 3: it has 2 cells, and the header 3");
    assert_eq!(said[1], "p.csv, row 4, patient 3, diabetes: `perhaps` is neither yes, no nor a date");
    assert_eq!(read.rejections[3].field.as_deref(), Some("diabetes"));
    assert_eq!(read.rejections[4].field.as_deref(), Some("screening"));
    assert_eq!(read.rejections[1].text, "3,2026-03-01,perhaps");
}

#[test]
fn a_quote_that_is_not_closed_is_said_to_be_one() {
    let read = Desk::new().file("p.csv", "id,screening\n1,2026-03-01\n2,\"2026\n3,2026-03-01\n4,2026-03-01\n").read();
    assert_eq!(read.ids(), ["1"]);
    let read = Desk::new().file("p.csv", "id,screening,x\n1,\"2026\n3,2026-03-01,1\n4,2026-03-01,2\n").read();
    assert!(read.said()[0].contains("is a quote not closed?"), "{:?}", read.said());
}

const LONG: &str = "\
patient,kind,name,system,code,value,unit,date,start,end,absent,dose,dose_unit,frequency
1,sex,,,,F,,,,,,,,
1,birth,,,,,,1980-02-01,,,,,,
1,anchor,screening,,,,,2026-03-01,,,,,,
1,observation,,loinc,718-7,10.50,g/dL,2026-02-20,,,,,,
1,condition,diabetes,,,,,,,,yes,,,
1,medication,methotrexate,,,,,,2025-01,,,15,mg,1/7d
1,judged,agrees,,,yes,,,,,,,,
1,complete,conditions,,,,,,2020,2026-03-01,,,,
2,observation,hemoglobin,,,11,g/dL,,,,,,,
";

#[test]
fn a_row_a_fact() {
    let read = Desk::new().file("p.csv", LONG).read();
    assert_eq!(read.ids(), ["1", "2"], "{:#?}", read.said());
    let chart = &read.charts[0];
    assert_eq!((chart.sex.as_deref(), chart.birth.as_deref()), (Some("female"), Some("1980-02-01")));
    assert_eq!(chart.anchors["screening"], "2026-03-01");
    let Of::Codes(codes) = &chart.observations[0].of else { panic!() };
    assert_eq!(codes[0].code, "718-7");
    assert_eq!(chart.observations[0].value, Digits::from("10.50"));
    assert!(chart.conditions[0].absent && chart.judged["agrees"]);
    assert_eq!(chart.medications[0].frequency, Some(Frequency::EveryDays(7)));
    assert_eq!(chart.complete[0].from.as_deref(), Some("2020"));
}

#[test]
fn rows_of_one_patient_stand_together() {
    let scattered = format!("{LONG}1,condition,diabetes,,,,,,2020,,,,,\n3,sex,,,,M,,,,,,,,\n");
    let read = Desk::new().file("p.csv", scattered).read();
    assert_eq!(read.ids(), ["2", "3"]);
    assert_eq!(
        read.said(),
        ["p.csv, row 11, patient 1: the patient's rows do not stand together: sort the table by patient"]
    );
}

#[test]
fn a_row_that_cannot_be_read_rejects_its_patient() {
    let table = LONG.replace("1,condition,diabetes,,,,,,,,yes,,,", "1,condition,diabetes,,,,,,,,perhaps,,,");
    let read = Desk::new().file("p.csv", table).read();
    assert_eq!(read.ids(), ["2"]);
    assert_eq!(read.said(), ["p.csv, row 6, patient 1, absent: `perhaps` is neither yes nor no"]);
    let read = Desk::new().file("p.csv", LONG.replace("1,judged,", "1,judgd,")).read();
    assert!(read.said()[0].starts_with("p.csv, row 8, patient 1, kind: `judgd` is none of"), "{:?}", read.said());
    let read = Desk::new().file("p.csv", LONG.replace("1,judged,agrees,,,yes,,,,,,,,", "1,judged,agrees")).read();
    assert_eq!((read.ids(), read.rejections[0].place), (vec!["2"], Place::Row(8)));
}
