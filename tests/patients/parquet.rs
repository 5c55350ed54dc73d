//! Tables in Parquet, written here with the format's own types.

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use trialc::chart::Digits;

use crate::Desk;

/// Two patients; the second has no value in any column that may be without one.
fn table() -> Vec<u8> {
    let schema = "message patients {
        required binary id (UTF8);
        optional double hemoglobin;
        optional int32 creatinine (DECIMAL(9, 2));
        optional int32 screening (DATE);
        optional int64 creatinine_date (TIMESTAMP(NANOS, false));
        optional boolean diabetes;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let ids = [ByteArray::from("a"), ByteArray::from("b")];
    column.typed::<ByteArrayType>().write_batch(&ids, None, None).unwrap();
    column.close().unwrap();
    let there = Some([1_i16, 0].as_slice());
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[95.1], there, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[120], there, None).unwrap();
    column.close().unwrap();
    // 2026-03-01 is day 20513 from 1970: 56 years with 14 leap days, and 59 days of January and February.
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[56 * 365 + 14 + 59], there, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let noon = (i64::from(56 * 365 + 14 + 58) * 24 + 12) * 3600 * 1_000_000_000;
    column.typed::<Int64Type>().write_batch(&[noon], there, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<parquet::data_type::BoolType>().write_batch(&[false], there, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

const MAPPING: &str = "[facts.hemoglobin]\ncolumn = \"hemoglobin\"\nunit = \"g/L\"\n\
    [facts.creatinine]\ncolumn = \"creatinine\"\nunit = \"mg/dL\"\ndate_column = \"creatinine_date\"\n";

#[test]
fn a_row_a_patient() {
    let read = Desk::new().file("p.parquet", table()).mapping(MAPPING).read();
    assert_eq!(read.ids(), ["a", "b"], "{:?}", read.said());
    let chart = &read.charts[0];
    assert_eq!(chart.anchors["screening"], "2026-03-01");
    let value = |name: &str| {
        let of = trialc::chart::Of::Name(name.to_owned());
        chart.observations.iter().find(|it| it.of == of).unwrap()
    };
    assert_eq!(value("hemoglobin").value, Digits::from("95.1"), "the shortest decimal of the double");
    assert_eq!(value("creatinine").value, Digits::from("1.20"), "a decimal with all its places");
    assert_eq!(value("creatinine").date.as_deref(), Some("2026-02-28T12:00:00"));
    assert!(chart.conditions[0].absent);
    assert!(read.charts[1].observations.is_empty() && read.charts[1].conditions.is_empty());
}

#[test]
fn a_file_that_is_cut_or_is_none() {
    let whole = table();
    for cut in [5, 100, whole.len() - 3] {
        let read = Desk::new().file("p.parquet", &whole[..cut]).read();
        assert_eq!((read.charts.len(), read.rejections.len()), (0, 1), "{:?}", read.said());
    }
    let read = Desk::new().file("p.parquet", b"not parquet").read();
    assert!(read.said()[0].contains("cannot be read as Parquet"), "{:?}", read.said());
}

#[test]
fn a_renamed_column_is_an_error() {
    let desk = Desk::new().file("p.parquet", table()).mapping(&MAPPING.replace("\"hemoglobin\"", "\"haemoglobin\""));
    assert!(desk.refusal().contains("did you mean `hemoglobin`?"), "{}", desk.refusal());
}
