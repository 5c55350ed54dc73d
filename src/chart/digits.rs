//! A value as it was written: a number to its last digit, or a word.

use std::borrow::Cow;
use std::fmt;

use ecow::EcoString;
use num_bigint::BigInt;
use num_rational::BigRational;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

/// The text of a JSON number or string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits(pub EcoString);

/// More digits than any result has, and fewer than would take time to reckon with.
const MOST: usize = 60;

impl Digits {
    /// The number that it says exactly, if it is one of a length that a result can have.
    #[must_use]
    pub fn number(&self) -> Option<BigRational> {
        let text = self.0.trim();
        if text.len() > MOST {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        if exponent.unsigned_abs() as usize > MOST {
            return None;
        }
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if digits.is_empty() && fraction.is_empty() || !plain(digits) || !plain(fraction) {
            return None;
        }
        let number: BigInt = format!("{whole}{fraction}").parse().ok()?;
        let places = exponent - i32::try_from(fraction.len()).ok()?;
        let power = BigInt::from(10).pow(places.unsigned_abs());
        Some(match places {
            0 => BigRational::from_integer(number),
            ..0 => BigRational::new(number, power),
            1.. => BigRational::from_integer(number * power),
        })
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Digits {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => {
                let text: Cow<'_, str> = serde_json::from_str(text).map_err(de::Error::custom)?;
                Ok(Self(text.as_ref().into()))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Self(text.into())),
            _ => Err(de::Error::custom("a value is a number or a string")),
        }
    }
}

impl JsonSchema for Digits {
    fn schema_name() -> Cow<'static, str> {
        "Digits".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "description": "A number, to its last digit, or a word; a number may stand in a string."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(above: i64, below: i64) -> BigRational {
        BigRational::new(above.into(), below.into())
    }

    #[test]
    fn digits_are_kept() {
        let read = |json: &str| serde_json::from_str::<Digits>(json).unwrap();
        assert_eq!(read("0.10"), Digits::from("0.10"));
        assert_eq!(read("12345678901234567890.12345").0, "12345678901234567890.12345");
        assert_eq!(read("\"1.50\"").number(), Some(ratio(3, 2)));
        assert_eq!(read("1e3").number(), Some(ratio(1000, 1)));
        assert_eq!(read("2.5E-1").number(), Some(ratio(1, 4)));
        assert_eq!(read("-7").number(), Some(ratio(-7, 1)));
        for word in ["\"positive\"", "\"1,5\"", "\"\"", "\"-\"", "\"1e\"", "\"0x10\"", "\"NaN\""] {
            assert_eq!(read(word).number(), None, "{word}");
        }
        assert!(serde_json::from_str::<Digits>("null").is_err());
        assert!(serde_json::from_str::<Digits>("[1]").is_err());
    }

    /// A number of a billion digits, or with an exponent that makes one, costs nothing.
    #[test]
    fn endless_numbers_are_no_numbers() {
        let long = "1".repeat(1_000_000);
        assert_eq!(Digits::from(long.as_str()).number(), None);
        assert_eq!(Digits::from("1e999999999").number(), None);
        assert_eq!(Digits::from("1e-999999999").number(), None);
    }
}
