//! Tables in Parquet, written here with the format's own types.

use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
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
    column.typed::<BoolType>().write_batch(&[false], there, None).unwrap();
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

/// What stands in a row of a longer table.
struct Line {
    id: String,
    hemoglobin: Option<f64>,
    screening: Option<i32>,
    diabetes: Option<bool>,
    hepatitis: Option<&'static str>,
}

fn line(row: usize) -> Line {
    Line {
        id: format!("p{row}"),
        hemoglobin: (!row.is_multiple_of(5)).then(|| 80.0 + f64::from(u16::try_from(row % 700).unwrap()) / 10.0),
        screening: (row % 300 != 7).then(|| 20_000 + i32::try_from(row % 400).unwrap()),
        // None for long stretches, so that there are runs of both sorts.
        diabetes: (row / 900 % 3 != 1).then_some(row.is_multiple_of(2)),
        hepatitis: [None, Some("positive"), Some("negative"), Some("negative")][row % 4],
    }
}

/// Groups of so many rows, one after the other.
fn lines(groups: &[usize], properties: WriterProperties) -> Vec<u8> {
    let schema = "message patients {
        required binary id (UTF8);
        optional double hemoglobin;
        optional int32 screening (DATE);
        optional boolean diabetes;
        optional binary HBsAg (UTF8);
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut first = 0;
    for count in groups {
        let all: Vec<Line> = (first..first + count).map(line).collect();
        first += count;
        let mut group = writer.next_row_group().unwrap();
        macro_rules! column {
            ($kind:ty, $of:expr) => {{
                let cells: Vec<Option<_>> = all.iter().map($of).collect();
                let there: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
                let values: Vec<_> = cells.into_iter().flatten().collect();
                let mut column = group.next_column().unwrap().unwrap();
                column.typed::<$kind>().write_batch(&values, Some(&there), None).unwrap();
                column.close().unwrap();
            }};
        }
        column!(ByteArrayType, |line| Some(ByteArray::from(line.id.as_str())));
        column!(DoubleType, |line| line.hemoglobin);
        column!(Int32Type, |line| line.screening);
        column!(BoolType, |line| line.diabetes);
        column!(ByteArrayType, |line| line.hepatitis.map(ByteArray::from));
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// All that is known of a row, as the chart has it.
fn told(chart: &trialc::chart::Chart) -> String {
    let results = chart.observations.iter().map(|it| format!("{:?}={:?}", it.of, it.value));
    let screening = chart.anchors.get("screening").cloned().unwrap_or_default();
    let diabetes = chart.conditions.iter().map(|it| !it.absent).collect::<Vec<bool>>();
    format!("{} {screening} {diabetes:?} {}", chart.id, results.collect::<Vec<String>>().join(" "))
}

#[test]
fn however_it_is_encoded() {
    let plain = WriterProperties::builder;
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let ways: [(&str, WriterPropertiesBuilder); 10] = [
        ("dictionaries, whole pages", plain()),
        ("snappy, small pages", plain().set_compression(Compression::SNAPPY).set_data_page_row_count_limit(1000)),
        ("no dictionaries", plain().set_dictionary_enabled(false).set_compression(Compression::SNAPPY)),
        ("dictionaries that are left", plain().set_dictionary_page_size_limit(3000).set_data_page_row_count_limit(777)),
        ("second version", plain().set_writer_version(WriterVersion::PARQUET_2_0).set_compression(zstd)),
        (
            "second version, small pages",
            plain().set_writer_version(WriterVersion::PARQUET_2_0).set_data_page_row_count_limit(900),
        ),
        ("gzip", plain().set_compression(Compression::GZIP(parquet::basic::GzipLevel::default()))),
        ("lz4", plain().set_compression(Compression::LZ4_RAW)),
        (
            "differences",
            plain()
                .set_dictionary_enabled(false)
                .set_column_encoding("screening".into(), Encoding::DELTA_BINARY_PACKED)
                .set_column_encoding("id".into(), Encoding::DELTA_BYTE_ARRAY)
                .set_column_encoding("hemoglobin".into(), Encoding::BYTE_STREAM_SPLIT),
        ),
        ("runs of truths", plain().set_column_encoding("diabetes".into(), Encoding::RLE)),
    ];
    // Many pieces, and groups whose ends lie within a word of bits.
    let groups = [17_000, 70, 1];
    let total: usize = groups.iter().sum();
    let mut wanted: Option<Vec<String>> = None;
    for (name, properties) in ways {
        let properties = properties.set_write_batch_size(100).build();
        let read = Desk::new().file("p.parquet", lines(&groups, properties)).read();
        assert!(read.rejections.is_empty(), "{name}: {:?}", read.said());
        assert_eq!(read.charts.len(), total, "{name}");
        for (row, chart) in read.charts.iter().enumerate() {
            let line = line(row);
            let value = |of: &str| {
                let of = trialc::chart::Of::Name(of.to_owned());
                chart.observations.iter().find(|it| it.of == of).map(|it| it.value.to_string())
            };
            assert_eq!(chart.id, line.id, "{name}");
            let hemoglobin = line.hemoglobin.map(|number| number.to_string());
            assert_eq!(value("hemoglobin"), hemoglobin, "{name}, row {row}");
            assert_eq!(value("HBsAg").as_deref(), line.hepatitis, "{name}, row {row}");
            let diabetes = chart.conditions.first().map(|it| !it.absent);
            assert_eq!(diabetes, line.diabetes, "{name}, row {row}");
            assert_eq!(chart.anchors.contains_key("screening"), line.screening.is_some(), "{name}, row {row}");
        }
        let found: Vec<String> = read.charts.iter().map(told).collect();
        assert_eq!(*wanted.get_or_insert_with(|| found.clone()), found, "{name}");
    }
}

#[test]
fn what_stands_behind_a_torn_page_is_one_rejection() {
    let whole = lines(&[40, 40, 40], WriterProperties::builder().set_dictionary_enabled(false).build());
    // The first page of the second group: its id is the text behind four bytes of its length.
    let at = whole.windows(7).position(|bytes| bytes == b"\x03\0\0\0p40").unwrap();
    let mut torn = whole.clone();
    torn[at + 3] = 0x7f;
    let read = Desk::new().file("p.parquet", torn).read();
    assert_eq!(read.charts.len(), 40, "{:?}", read.said());
    assert_eq!(read.rejections.len(), 1, "{:?}", read.said());
    assert!(read.said()[0].contains("row 41"), "{:?}", read.said());
}

#[test]
fn no_byte_brings_it_down() {
    let trial = crate::trial();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.parquet");
    let small = lines(&[9, 3], WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    for at in 0..small.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut torn = small.clone();
            torn[at] ^= flip;
            std::fs::write(&path, &torn).unwrap();
            let options = trialc::patients::Options::default();
            let file = std::slice::from_ref(&path);
            if let Ok(patients) = trialc::patients::open(&trialc::world::FileSystem, &trial, file, options) {
                // However many rows it says that it has.
                assert!(patients.take(1000).count() <= 1000);
            }
        }
    }
}
