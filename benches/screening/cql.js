// Six of the fourteen criteria in ELM, written by hand, run by cql-execution: cql.js CHARTS.ndjson OUT.csv.
//
// The charts are read as its simple data model, the latest result up to the screening counts, and null is unknown. Prints the
// seconds, and those of the processor, without the loading of the packages.
"use strict";

const fs = require("node:fs");
const { performance } = require("node:perf_hooks");
const cql = require("cql-execution");

const MODEL = "https://github.com/cqframework/cql-execution/simple";
const SYSTEM = "urn:hl7-org:elm-types:r1";

const literal = (value, type) => ({ type: "Literal", valueType: `{${SYSTEM}}${type}`, value: String(value) });
const two = (type, left, right) => ({ type, operand: [left, right] });
const ofPatient = (path) => ({ type: "Property", path, source: { type: "ExpressionRef", name: "Patient" } });
const retrieve = (of) => ({ type: "Retrieve", dataType: `{${MODEL}}${of}` });
const define = (name, expression) => ({ name, context: "Patient", accessLevel: "Public", expression });

// Last([Observation] O where O.of = name and O.date on or before Patient.screening sort by date)
function latest(name) {
  const column = (path) => ({ type: "Property", path, scope: "O" });
  const upToScreening = { ...two("SameOrBefore", column("date"), ofPatient("screening")), precision: "Day" };
  return {
    type: "Last",
    source: {
      type: "Query",
      source: [{ alias: "O", expression: retrieve("Observation") }],
      relationship: [],
      where: two("And", two("Equal", column("of"), literal(name, "String")), upToScreening),
      sort: { by: [{ type: "ByColumn", path: "date", direction: "asc" }] },
    },
  };
}

const part = (name, path) => ({ type: "Property", path, source: { type: "ExpressionRef", name: `latest ${name}` } });
const timesLimit = (type, name, times) =>
  two(type, part(name, "value"), two("Multiply", literal(times, "Decimal"), part(name, "limit")));
const positive = (name) => two("Equal", part(name, "value"), literal("positive", "String"));
const date = (operand) => ({ type: "ToDate", operand });
const age = { ...two("CalculateAgeAt", date(ofPatient("birthDate")), date(ofPatient("screening"))), precision: "Year" };

const CRITERIA = {
  age: two(
    "And",
    two("GreaterOrEqual", age, literal(18, "Integer")),
    two("LessOrEqual", age, literal(65, "Integer")),
  ),
  diagnosis: ofPatient("diagnosis"),
  agrees_contraception: ofPatient("contraception"),
  low_CK: timesLimit("LessOrEqual", "CK", 1.5),
  hepatitis: two("Or", positive("HBsAg"), positive("HCV_antibody")),
  hepatic: two(
    "Or",
    two("Or", timesLimit("Greater", "ALT", 2), timesLimit("Greater", "AST", 2)),
    timesLimit("Greater", "bilirubin", 2),
  ),
};
const MEASURES = ["CK", "HBsAg", "HCV_antibody", "ALT", "AST", "bilirubin"];

const ELM = {
  library: {
    identifier: { id: "basiliximab_cadm", version: "1" },
    schemaIdentifier: { id: "urn:hl7-org:elm", version: "r1" },
    usings: {
      def: [
        { localIdentifier: "System", uri: SYSTEM },
        { localIdentifier: "Simple", uri: MODEL },
      ],
    },
    statements: {
      def: [
        define("Patient", { type: "SingletonFrom", operand: retrieve("Patient") }),
        ...MEASURES.map((name) => define(`latest ${name}`, latest(name))),
        ...Object.entries(CRITERIA).map(([name, expression]) => define(name, expression)),
      ],
    },
  },
};

function patient(line) {
  const chart = JSON.parse(line);
  const value = (text) => (Number.isNaN(Number(text)) ? text : Number(text));
  return {
    id: chart.id,
    recordType: "Patient",
    birthDate: chart.birth,
    screening: chart.anchors.screening,
    diagnosis: chart.judged?.diagnosis,
    contraception: chart.judged?.contraception,
    records: (chart.observations ?? []).map((one, at) => ({
      id: String(at),
      recordType: "Observation",
      of: one.of,
      value: value(one.value),
      limit: one.upper_limit === undefined ? undefined : Number(one.upper_limit),
      date: one.date,
    })),
  };
}

async function main() {
  const [charts, out] = process.argv.slice(2);
  const [begin, busy] = [performance.now(), process.cpuUsage()];
  const patients = fs.readFileSync(charts, "utf8").split("\n").filter(Boolean).map(patient);
  const executor = new cql.Executor(new cql.Library(ELM));
  const { patientResults } = await executor.exec(new cql.PatientSource(patients));
  const names = Object.keys(CRITERIA);
  const rows = Object.entries(patientResults).map(([id, found]) =>
    [id, ...names.map((name) => found[name] ?? "")].join(","),
  );
  fs.writeFileSync(out, [["id", ...names].join(","), ...rows, ""].join("\n"));
  const used = process.cpuUsage(busy);
  console.log((performance.now() - begin) / 1000, (used.user + used.system) / 1e6);
}

main();
