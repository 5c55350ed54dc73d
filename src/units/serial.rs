//! Units in JSON: a string, their code.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::dose::DoseUnit;
use super::unit::Unit;

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::from_ucum(&text).map_err(D::Error::custom)
    }
}

impl JsonSchema for Unit {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Unit")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "description": "A unit of UCUM, or one of `ULN`, `LLN`, `%predicted`, `half_lives`, `cycles`.",
        })
    }
}

impl Serialize for DoseUnit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code())
    }
}

impl<'de> Deserialize<'de> for DoseUnit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(&Unit::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for DoseUnit {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("DoseUnit")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "description": "The UCUM unit of a dose; `kg` and `m2` that divide are the patient's weight and surface.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_its_code_in_json() {
        for (text, json) in [("mmHg", "\"mm[Hg]\""), ("ULN", "\"ULN\""), ("1/min", "\"/min\"")] {
            let unit = Unit::parse(text).unwrap();
            assert_eq!(serde_json::to_string(&unit).unwrap(), json);
            assert_eq!(serde_json::from_str::<Unit>(json).unwrap(), unit);
        }
        let dose = DoseUnit::parse("mg/kg/day").unwrap();
        assert_eq!(serde_json::to_string(&dose).unwrap(), "\"mg/kg/d\"");
        assert_eq!(serde_json::from_str::<DoseUnit>("\"mg/kg/d\"").unwrap(), dose);
    }
}
