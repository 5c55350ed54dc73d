//! A chart whose texts stay where they were read: nothing of them is copied out of the line.
//!
//! It is read as a [`Chart`] is, field by field, and refuses what that refuses. It also refuses a text that is written with
//! escapes, since that stands nowhere in the line as it is meant; the chart itself has to be read then. Where a text came
//! from ([`Observation::source`](super::Observation::source)) is not kept.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Chart, Frequency, Kind, System};

/// [`Chart`].
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lent<'a> {
    pub id: &'a str,
    #[serde(default, borrow)]
    pub sex: Option<&'a str>,
    #[serde(default, borrow)]
    pub birth: Option<&'a str>,
    #[serde(default, borrow)]
    pub as_of: Option<&'a str>,
    #[serde(default, borrow)]
    pub arm: Option<&'a str>,
    #[serde(default, borrow)]
    pub anchors: Named<'a, &'a str>,
    #[serde(default, borrow)]
    pub planned: Named<'a, &'a str>,
    #[serde(default, borrow, deserialize_with = "list")]
    pub observations: Vec<Observation<'a>>,
    #[serde(default, borrow, deserialize_with = "list")]
    pub conditions: Vec<Occurrence<'a>>,
    #[serde(default, borrow, deserialize_with = "list")]
    pub medications: Vec<Occurrence<'a>>,
    #[serde(default, borrow, deserialize_with = "list")]
    pub procedures: Vec<Occurrence<'a>>,
    #[serde(default, borrow, deserialize_with = "list")]
    pub events: Vec<Occurrence<'a>>,
    #[serde(default, borrow)]
    pub judged: Named<'a, bool>,
    #[serde(default, borrow)]
    pub complete: Vec<Complete<'a>>,
}

/// What stands under names: in the order of the names, the last of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<'a, T>(pub Vec<(&'a str, T)>);

/// [`Of`](super::Of).
#[derive(Clone, Debug, PartialEq)]
pub enum Of<'a> {
    Name(&'a str),
    Codes(Vec<Code<'a>>),
}

/// [`Code`](super::Code).
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code<'a> {
    pub system: System,
    pub code: &'a str,
}

/// [`Digits`](super::Digits).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digits<'a>(pub &'a str);

/// [`Observation`](super::Observation).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation<'a> {
    #[serde(borrow)]
    pub of: Of<'a>,
    pub value: Digits<'a>,
    #[serde(default, borrow)]
    pub comparator: Option<&'a str>,
    #[serde(default, borrow)]
    pub unit: Option<&'a str>,
    #[serde(default)]
    pub lower_limit: Option<Digits<'a>>,
    #[serde(default)]
    pub upper_limit: Option<Digits<'a>>,
    #[serde(default, borrow)]
    pub date: Option<&'a str>,
    #[serde(default)]
    pub source: Option<AnyText>,
}

/// [`Occurrence`](super::Occurrence).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occurrence<'a> {
    #[serde(borrow)]
    pub of: Of<'a>,
    #[serde(default)]
    pub absent: bool,
    #[serde(default, borrow)]
    pub date: Option<&'a str>,
    #[serde(default, borrow)]
    pub start: Option<&'a str>,
    #[serde(default, borrow)]
    pub end: Option<&'a str>,
    #[serde(default, borrow)]
    pub ongoing: Option<Ongoing<'a>>,
    #[serde(default)]
    pub grade: Option<u8>,
    #[serde(default, borrow)]
    pub stage: Option<&'a str>,
    #[serde(default, borrow)]
    pub histology: Option<&'a str>,
    #[serde(default, borrow)]
    pub severity: Option<&'a str>,
    #[serde(default, borrow)]
    pub cause: Option<Of<'a>>,
    #[serde(default, borrow)]
    pub reason: Option<Of<'a>>,
    #[serde(default, borrow)]
    pub route: Option<&'a str>,
    #[serde(default, borrow)]
    pub dose: Option<Amount<'a>>,
    #[serde(default)]
    pub frequency: Option<Frequency>,
    #[serde(default)]
    pub source: Option<AnyText>,
}

/// [`Ongoing`](super::Ongoing).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ongoing<'a> {
    Now(bool),
    On(&'a str),
}

/// [`Amount`](super::Amount).
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount<'a> {
    #[serde(borrow)]
    pub value: Digits<'a>,
    pub unit: &'a str,
}

/// [`Complete`](super::Complete).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complete<'a> {
    pub records: Vec<Kind>,
    #[serde(default, borrow)]
    pub from: Option<&'a str>,
    #[serde(default, borrow)]
    pub to: Option<&'a str>,
}

/// A text that is not kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnyText;

impl<T> Default for Named<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T: Copy> Named<'a, T> {
    /// What stands under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<T> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Puts something under a name that has nothing yet.
    pub fn put(&mut self, name: &'a str, value: T) {
        let at = self.0.partition_point(|(known, _)| *known < name);
        self.0.insert(at, (name, value));
    }

    /// In the order of the names; of two with one name the last.
    fn sorted(mut list: Vec<(&'a str, T)>) -> Self {
        if !list.is_sorted_by(|(a, _), (b, _)| a < b) {
            list.reverse();
            list.sort_by_key(|(name, _)| *name);
            list.dedup_by_key(|(name, _)| *name);
        }
        Self(list)
    }
}

// ---- as serde reads it ---------------------------------------------------------------------------------------------------------

impl<'de: 'a, 'a, T: Deserialize<'de> + Copy> Deserialize<'de> for Named<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Copy> Visitor<'de> for Entries<T> {
            type Value = Named<'de, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = map.next_entry::<&'de str, T>()? {
                    list.push(entry);
                }
                Ok(Named::sorted(list))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A list of facts, with room for some of them from the start.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Facts<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Facts<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut facts: A) -> Result<Vec<T>, A::Error> {
            let Some(first) = facts.next_element()? else { return Ok(Vec::new()) };
            let mut list = Vec::with_capacity(16);
            list.push(first);
            while let Some(fact) = facts.next_element()? {
                list.push(fact);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_seq(Facts(PhantomData))
}

impl<'de: 'a, 'a> Deserialize<'de> for Of<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrCodes;
        impl<'de> Visitor<'de> for NameOrCodes {
            type Value = Of<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or codes")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Of::Name(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut codes: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(code) = codes.next_element()? {
                    list.push(code);
                }
                Ok(Of::Codes(list))
            }
        }
        deserializer.deserialize_any(NameOrCodes)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Ongoing<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NowOrOn;
        impl<'de> Visitor<'de> for NowOrOn {
            type Value = Ongoing<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a date")
            }

            fn visit_bool<E: Error>(self, now: bool) -> Result<Self::Value, E> {
                Ok(Ongoing::Now(now))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Ongoing::On(text))
            }
        }
        deserializer.deserialize_any(NowOrOn)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Digits<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&'de RawValue>::deserialize(deserializer)?.get();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match (inner, text.as_bytes().first()) {
            (Some(inner), _) if !inner.contains('\\') => Ok(Self(inner)),
            (None, Some(b'-' | b'0'..=b'9')) => Ok(Self(text)),
            _ => Err(Error::invalid_value(Unexpected::Other(text), &"a number or a string")),
        }
    }
}

impl<'de> Deserialize<'de> for AnyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = AnyText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<AnyText, E> {
                Ok(AnyText)
            }
        }
        deserializer.deserialize_str(Any)
    }
}

// ---- of a chart that has been read -----------------------------------------------------------------------------------------------

impl<'a> Lent<'a> {
    /// The same chart.
    #[must_use]
    pub fn of(chart: &'a Chart) -> Self {
        let texts = |map: &'a std::collections::BTreeMap<String, String>| {
            Named(map.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect())
        };
        let list = |list: &'a [super::Occurrence]| list.iter().map(Occurrence::of).collect();
        Self {
            id: &chart.id,
            sex: chart.sex.as_deref(),
            birth: chart.birth.as_deref(),
            as_of: chart.as_of.as_deref(),
            arm: chart.arm.as_deref(),
            anchors: texts(&chart.anchors),
            planned: texts(&chart.planned),
            observations: chart.observations.iter().map(Observation::of).collect(),
            conditions: list(&chart.conditions),
            medications: list(&chart.medications),
            procedures: list(&chart.procedures),
            events: list(&chart.events),
            judged: Named(chart.judged.iter().map(|(key, answer)| (key.as_str(), *answer)).collect()),
            complete: chart.complete.iter().map(Complete::of).collect(),
        }
    }
}

impl<'a> Of<'a> {
    fn lend(of: &'a super::Of) -> Self {
        match of {
            super::Of::Name(name) => Self::Name(name),
            super::Of::Codes(codes) => {
                Self::Codes(codes.iter().map(|code| Code { system: code.system, code: &code.code }).collect())
            }
        }
    }

    /// The same on its own feet.
    #[must_use]
    pub fn owned(&self) -> super::Of {
        match self {
            Self::Name(name) => super::Of::Name((*name).to_owned()),
            Self::Codes(codes) => super::Of::Codes(
                codes.iter().map(|code| super::Code { system: code.system, code: code.code.to_owned() }).collect(),
            ),
        }
    }
}

impl<'a> Observation<'a> {
    fn of(one: &'a super::Observation) -> Self {
        let digits = |digits: &'a Option<super::Digits>| digits.as_ref().map(|digits| Digits(&digits.0));
        Self {
            of: Of::lend(&one.of),
            value: Digits(&one.value.0),
            comparator: one.comparator.as_deref(),
            unit: one.unit.as_deref(),
            lower_limit: digits(&one.lower_limit),
            upper_limit: digits(&one.upper_limit),
            date: one.date.as_deref(),
            source: one.source.as_ref().map(|_| AnyText),
        }
    }
}

impl<'a> Occurrence<'a> {
    fn of(one: &'a super::Occurrence) -> Self {
        Self {
            of: Of::lend(&one.of),
            absent: one.absent,
            date: one.date.as_deref(),
            start: one.start.as_deref(),
            end: one.end.as_deref(),
            ongoing: one.ongoing.as_ref().map(|ongoing| match ongoing {
                super::Ongoing::Now(now) => Ongoing::Now(*now),
                super::Ongoing::On(text) => Ongoing::On(text),
            }),
            grade: one.grade,
            stage: one.stage.as_deref(),
            histology: one.histology.as_deref(),
            severity: one.severity.as_deref(),
            cause: one.cause.as_ref().map(Of::lend),
            reason: one.reason.as_ref().map(Of::lend),
            route: one.route.as_deref(),
            dose: one.dose.as_ref().map(|dose| Amount { value: Digits(&dose.value.0), unit: &dose.unit }),
            frequency: one.frequency.clone(),
            source: one.source.as_ref().map(|_| AnyText),
        }
    }
}

impl<'a> Complete<'a> {
    fn of(one: &'a super::Complete) -> Self {
        Self { records: one.records.clone(), from: one.from.as_deref(), to: one.to.as_deref() }
    }
}
