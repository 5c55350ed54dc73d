// @ts-check
/**
 * Decides about one patient at a time, by the protocol `@TRIAL@`, in a browser, in Node and in everything else that runs
 * WebAssembly. Written by `trialc compile --to wasm --wrapper`; the module that it wants lies in a file of its own.
 *
 *     import { load } from "./@FILE@";
 *     const screen = await load(await readFile("@MODULE@"));
 *     const { verdict, criteria } = screen({ birth: "1970-05", sex: "female", anchors: { screening: "2026-03-02" } });
 *
 * The types are those of the comments: TypeScript reads them with `allowJs`, or from the declarations that
 * `tsc @FILE@ --allowJs --declaration --emitDeclarationOnly` makes.
 *
 * @typedef {@CRITERIA@} Criterion
 * @typedef {@MEASURES@} Measure
 * @typedef {@QUESTIONS@} Question
 * @typedef {"met" | "not_met" | "unknown" | "not_applicable" | "not_decided_here"} State
 * @typedef {"eligible" | "ineligible" | "undetermined" | "not_decided_here"} Verdict
 * @typedef {"conditions" | "medications" | "immunizations" | "procedures" | "encounters" | "allergies" | "results"
 *   | "events"} Kind
 *
 * A date is `2026`, `2026-03`, `2026-03-01` or `2026-03-01T09:30`; `2026-03-01/2026-03-05`, `../2026-03-05` and
 * `2026-03-05/..` are some time between two of them.
 * @typedef {string} When
 *
 * @typedef {object} Observation
 * @property {Measure} of
 * @property {number | string} value The number, or the word of a test or scale; `"<0.5"` is a number too.
 * @property {"<" | "<=" | ">" | ">=" | "="} [comparator] For a result below or above what can be measured.
 * @property {string} [unit] Only the unit of the measure is taken: `screen.about.concepts` has it.
 * @property {number | string} [lower_limit] The limits of normal printed with the result.
 * @property {number | string} [upper_limit]
 * @property {When} [date]
 *
 * @typedef {object} Occurrence
 * @property {string} of
 * @property {boolean} [absent] There was none.
 * @property {When} [date] For what happened on one day, instead of `start` and `end`.
 * @property {When} [start]
 * @property {When} [end]
 * @property {boolean | When} [ongoing] It still lasts on the day of the record, or on this day.
 * @property {number} [grade]
 * @property {string} [stage]
 * @property {string} [histology]
 * @property {string} [severity]
 * @property {string | { other: string }} [cause] Its name, or `other` for what the protocol does not speak of.
 * @property {string | { other: string }} [reason]
 * @property {string} [route]
 * @property {{ value: number | string, unit: string }} [dose] How much of each dose, or in some time where the unit says so.
 * @property {{ times_daily: number } | { every_days: number } | "as_needed"} [frequency] How often the dose is given.
 *
 * @typedef {object} Patient
 * @property {When} [birth]
 * @property {string} [sex]
 * @property {When} [as_of] The day on which the record was drawn; without it, that of screening.
 * @property {Record<string, When>} [anchors] Events of the trial that have taken place.
 * @property {Record<string, When>} [planned] Those that lie ahead.
 * @property {Observation[]} [observations]
 * @property {Occurrence[]} [conditions]
 * @property {Occurrence[]} [medications]
 * @property {Occurrence[]} [procedures]
 * @property {Occurrence[]} [events]
 * @property {{ records: Kind[], date?: When, start?: When, end?: When, ongoing?: boolean | When }[]} [unmapped] Entries of
 *   the record that nobody could name: they take the silence of these kinds away.
 * @property {Partial<Record<Question, boolean>>} [judged]
 * @property {{ records: Kind[], from?: When, to?: When }[]} [complete]
 * @property {Partial<Record<Criterion, State>>} [given] States of the criteria that the module was told not to decide.
 *
 * @typedef {{ verdict: Verdict, criteria: Record<Criterion, State> }} Screened
 * @typedef {{ name: string, kind: string, unit?: string, shown?: string, bare?: boolean, words?: string[],
 *   bounds?: [number, number][], stages?: number[], histologies?: number[], severities?: number[] }} Concept
 * @typedef {{ format: string, trial: string, title: string, criteria: { name: Criterion, polarity: string }[],
 *   given: Criterion[], concepts: Concept[], questions: string[], terms: string[], kinds: Kind[], routes: string[],
 *   screenings: number[], dose_units?: Record<string, DoseUnit> }} About
 * @typedef {{ unit: number, factor: [number, number], body: number, daily: boolean }} DoseUnit
 * @typedef {{ from: bigint, to: bigint, timed?: boolean }} Span
 */

const DAY = 86_400n;
const PAST = -(2n ** 61n);
const FUTURE = 2n ** 61n - 1n;
const LAST = FUTURE / DAY;
/** @type {State[]} */
const STATES = ["not_met", "met", "unknown", "not_applicable", "not_decided_here"];
const LISTS = /** @type {const} */ (["conditions", "medications", "procedures", "events"]);
const FIELDS = ["id", "birth", "sex", "as_of", "anchors", "planned", "observations", ...LISTS, "unmapped", "judged", "complete", "given"];

/**
 * @param {BufferSource | WebAssembly.Module} source The bytes of the module, or the module.
 * @returns {Promise<((patient: Patient) => Screened) & { about: About }>}
 */
export async function load(source) {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  const [section] = WebAssembly.Module.customSections(module, "trialc");
  if (!section) throw new Error("this module was not made by `trialc compile --to wasm`");
  /** @type {About} */
  const about = JSON.parse(new TextDecoder().decode(section));
  if (about.format !== "trialc-wasm/1") throw new Error(`this wrapper does not know the layout ${about.format}`);
  if (about.trial !== "@TRIAL@") throw new Error(`this wrapper is of @TRIAL@, and the module of ${about.trial}`);
  const instance = await WebAssembly.instantiate(module, {});
  const host = new Host(about, /** @type {any} */ (instance.exports));
  return Object.assign((/** @type {Patient} */ patient) => host.screen(patient), { about });
}

class Host {
  /**
   * @param {About} about
   * @param {any} exports
   */
  constructor(about, exports) {
    this.about = about;
    this.exports = exports;
    this.places = new Map(about.concepts.map((concept, at) => [concept.name, at]));
  }

  /**
   * @param {Patient} patient
   * @returns {Screened}
   */
  screen(patient) {
    for (const field of Object.keys(patient)) {
      if (!FIELDS.includes(field)) throw new Error(`${field}: a patient has no such field (there are ${FIELDS.join(", ")})`);
    }
    const facts = new Facts(this, patient);
    const { exports } = this;
    exports.reset();
    const write = (/** @type {number} */ at, /** @type {Cell[]} */ cells) => put(new DataView(exports.memory.buffer), at, cells);
    const header = exports.header.value;
    if (facts.birth) write(header, [facts.birth.from, facts.birth.to]);
    if (facts.asOf !== undefined) write(header + 16, [facts.asOf]);
    facts.tables.forEach((entries, table) => {
      let at = exports.reserve(table, entries.length);
      if (at === 0) throw new Error("there are too many facts");
      for (const entry of entries) at = write(at, entry);
    });
    const bytes = new Uint8Array(exports.memory.buffer);
    bytes.set(facts.answers, exports.answers.value);
    bytes.set(facts.given, exports.given.value);
    const verdict = exports.evaluate();
    const states = new Uint8Array(exports.memory.buffer, exports.states.value, this.about.criteria.length);
    const criteria = this.about.criteria.map(({ name }, at) => [name, STATES[states[at] ?? 4]]);
    return {
      verdict: /** @type {Verdict} */ (["ineligible", "eligible", "undetermined", "", "not_decided_here"][verdict]),
      criteria: Object.fromEntries(criteria),
    };
  }

  /**
   * @param {string} field
   * @param {string} name
   * @param {string[]} kinds
   * @returns {[number, Concept]}
   */
  find(field, name, kinds) {
    const at = typeof name === "string" ? this.places.get(name.trim()) : undefined;
    const concept = at === undefined ? undefined : this.about.concepts[at];
    if (at === undefined || !concept) throw new Error(`${field}: the protocol speaks of nothing called ${shown(name)}`);
    if (!kinds.includes(concept.kind)) throw new Error(`${field}: ${shown(name)} is a ${concept.kind}, not a ${kinds.join(", ")}`);
    return [at, concept];
  }
}

/** @typedef {bigint | { i: number } | { f: number }} Cell */

/** @param {number} value */
const i = (value) => ({ i: value });
/** @param {number} value */
const f = (value) => ({ f: value });

/**
 * @param {DataView} view
 * @param {number} at
 * @param {Cell[]} cells
 */
function put(view, at, cells) {
  for (const cell of cells) {
    if (typeof cell === "bigint") view.setBigInt64(at, cell, true);
    else if ("i" in cell) view.setInt32(at, cell.i, true);
    else view.setFloat64(at, cell.f, true);
    at += typeof cell !== "bigint" && "i" in cell ? 4 : 8;
  }
  return at;
}

/** A patient's facts as the module wants them. */
class Facts {
  /**
   * @param {Host} host
   * @param {Patient} patient
   */
  constructor(host, patient) {
    this.host = host;
    const { about } = host;
    /** @type {[number, Cell[]][]} */
    this.results = [];
    /** @type {[number, Cell[], Cell[]][]} */
    this.occurrences = [];
    /** @type {Cell[][]} */
    this.absences = [];
    this.asOf = patient.as_of === undefined ? undefined : day(when("as_of", patient.as_of).to);
    const anchors = this.anchors(patient);
    const dated = about.screenings.map((event) => anchors.get(event)).filter((found) => found && !found.planned);
    const screened = dated.map((found) => day(/** @type {Span} */ (found?.span).to));
    const latest = screened.length > 0 ? screened.reduce((a, b) => (a > b ? a : b)) : undefined;
    this.lastDay = this.asOf ?? latest ?? LAST;
    this.birth = patient.birth === undefined ? undefined : when("birth", patient.birth);
    if (this.birth && (this.birth.from === PAST || this.birth.to === FUTURE)) {
      throw new Error(`birth: ${shown(patient.birth)} is open; both ends are needed`);
    }
    const screening = about.screenings[0] === undefined ? undefined : anchors.get(about.screenings[0]);
    if (patient.sex !== undefined && host.places.has("sex")) {
      const sex = { of: /** @type {Measure} */ ("sex"), value: patient.sex };
      this.observation("sex", sex, screening?.span ?? { from: PAST, to: FUTURE });
    }
    (patient.observations ?? []).forEach((one, at) => this.observation(`observations[${at}]`, one, { from: PAST, to: FUTURE }));
    for (const list of LISTS) (patient[list] ?? []).forEach((one, at) => this.occurrence(`${list}[${at}]`, one));
    const unmapped = (patient.unmapped ?? []).map((one, at) => {
      const [start, end] = this.extent(`unmapped[${at}]`, one);
      const kinds = one.records.map((kind) => 1 << this.kind(`unmapped[${at}]`, kind));
      return [i(kinds.reduce((a, b) => a | b, 0)), i(0), start.from, end.to];
    });
    const complete = (patient.complete ?? []).flatMap((one, at) => this.complete(`complete[${at}]`, one));
    this.results.sort((a, b) => a[0] - b[0]);
    this.occurrences.sort((a, b) => a[0] - b[0]);
    const dates = [...anchors].map(([of, { span, planned }]) => [i(of), i(planned ? 1 : 0), span.from, span.to]);
    /** @type {Cell[][][]} */
    this.tables = [
      dates, this.results.map(([, cells]) => cells), this.occurrences.map(([, cells]) => cells), this.absences, complete, unmapped,
      about.dose_units ? this.occurrences.map(([, , dose]) => dose) : [],
    ];
    this.answers = this.bytes("judged", about.questions, patient.judged ?? {}, (answer) => {
      if (typeof answer !== "boolean") throw new Error(`judged: an answer is true or false, not ${shown(answer)}`);
      return answer ? 2 : 1;
    });
    this.given = this.bytes("given", about.given, patient.given ?? {}, (state) => {
      const at = STATES.indexOf(state);
      if (at < 0 || at > 3) throw new Error(`given: ${shown(state)} is no state (there are ${STATES.slice(0, 4).join(", ")})`);
      return at;
    });
    about.given.forEach((name, at) => {
      if (!(name in (patient.given ?? {}))) this.given[at] = 2;
    });
  }

  /**
   * @param {string} field
   * @param {string[]} names
   * @param {Record<string, any>} said
   * @param {(value: any) => number} byte
   */
  bytes(field, names, said, byte) {
    const bytes = new Uint8Array(names.length);
    for (const [name, value] of Object.entries(said)) {
      const at = names.indexOf(name);
      if (at < 0) throw new Error(`${field}: there is nothing called ${shown(name)} (there are ${names.join(", ") || "none"})`);
      bytes[at] = byte(value);
    }
    return bytes;
  }

  /**
   * @param {Patient} patient
   * @returns {Map<number, { span: Span, planned: boolean }>}
   */
  anchors(patient) {
    const found = new Map();
    for (const [field, planned] of /** @type {["planned" | "anchors", boolean][]} */ ([["planned", true], ["anchors", false]])) {
      for (const [name, text] of Object.entries(patient[field] ?? {})) {
        const [at] = this.host.find(`${field}.${name}`, name, ["event"]);
        const span = when(`${field}.${name}`, text);
        found.set(at, { span, planned });
        if (!planned) this.occurrences.push([at, occurrence(at, span, span, { single: true }), NO_DOSE]);
      }
    }
    return found;
  }

  /**
   * @param {string} field
   * @param {Observation} one
   * @param {Span} undated
   */
  observation(field, one, undated) {
    const [at, concept] = this.host.find(`${field}.of`, one.of, ["lab", "score", "test", "scale"]);
    if (concept.name === "age") throw new Error(`${field}: an age is not taken here; give the date of birth`);
    const span = one.date === undefined ? undated : when(`${field}.date`, one.date);
    const limit = (/** @type {"lower_limit" | "upper_limit"} */ name) => {
      const text = one[name];
      if (text === undefined) return { value: 0, digits: -1 };
      const read = number(String(text));
      if (!read) throw new Error(`${field}.${name}: ${shown(text)} is no number`);
      return read.value > 0 ? read : { value: 0, digits: -1 };
    };
    const [lower, upper] = [limit("lower_limit"), limit("upper_limit")];
    const said = concept.words ? this.word(field, one, concept.words) : this.number(field, one, concept);
    this.results.push([at, [
      i(at), i(said.said), span.from, span.to, f(said.value), i(said.digits), i(lower.digits), i(upper.digits), i(0),
      f(lower.value), f(upper.value),
    ]]);
  }

  /**
   * @param {string} field
   * @param {Observation} one
   * @param {string[]} words
   */
  word(field, one, words) {
    const at = words.findIndex((word) => word.toLowerCase() === String(one.value).trim().toLowerCase());
    if (at < 0) throw new Error(`${field}.value: ${shown(one.value)} is none of the results of ${one.of}, ${words.join(", ")}`);
    return { said: 5, value: 0, digits: at };
  }

  /**
   * @param {string} field
   * @param {Observation} one
   * @param {Concept} concept
   */
  number(field, one, concept) {
    const [, sign = "", text = ""] = /^([<>=]*)\s*(.*)$/.exec(String(one.value).trim()) ?? [];
    const comparator = (one.comparator ?? "").trim();
    if (sign && comparator && comparator !== "=" && sign !== comparator) {
      throw new Error(`${field}: ${comparator} and ${sign} are said of one result`);
    }
    const wanted = concept.unit ?? "1";
    if (one.unit === undefined || one.unit.trim() === "") {
      if (!concept.bare) throw new Error(`${field}: ${one.of} needs its unit, ${wanted}`);
    } else if (![wanted, concept.shown].includes(one.unit.trim())) {
      throw new Error(`${field}.unit: ${one.of} is in ${wanted} here, not in ${shown(one.unit)}`);
    }
    const read = number(text);
    if (!read) throw new Error(`${field}.value: ${shown(one.value)} is no number`);
    for (const [low, high] of concept.bounds ?? []) {
      if (read.value < low || read.value > high) {
        throw new Error(`${field}.value: ${read.value}${wanted === "1" ? "" : ` ${wanted}`} lies outside what ${one.of} can be, ${low} to ${high}`);
      }
    }
    const said = ["", "<", "<=", ">", ">="].indexOf((sign || comparator).replace(/^=$/, ""));
    if (said < 0) throw new Error(`${field}: ${shown(sign || comparator)} is no comparator`);
    return { said, ...read };
  }

  /**
   * @param {string} field
   * @param {Occurrence} one
   */
  occurrence(field, one) {
    const all = ["condition", "drug", "procedure", "event"];
    const [at, concept] = this.host.find(`${field}.of`, one.of, all);
    const [start, end] = this.extent(field, one);
    if (one.absent) {
      const from = one.start !== undefined || one.date !== undefined ? begin(day(start.to)) : PAST;
      const to = finish(one.end !== undefined || one.date !== undefined ? day(end.from) : this.lastDay);
      this.absences.push([i(at), i(0), from, to]);
      return;
    }
    const term = (/** @type {"stage" | "histology" | "severity"} */ name, /** @type {number[] | undefined} */ known) => {
      const text = one[name];
      if (text === undefined) return -1;
      const { terms } = this.host.about;
      const found = (known ?? []).find((at) => terms[at]?.toLowerCase() === text.trim().toLowerCase());
      if (found === undefined) throw new Error(`${field}.${name}: ${shown(text)} is no ${name} of ${one.of}`);
      return found;
    };
    const why = (/** @type {"cause" | "reason"} */ name) => {
      const of = one[name];
      if (of === undefined) return -1;
      return typeof of === "object" && "other" in of ? -2 : this.host.find(`${field}.${name}`, of, all)[0];
    };
    const grade = one.grade ?? 0;
    if (one.grade !== undefined && ![1, 2, 3, 4, 5].includes(grade)) throw new Error(`${field}.grade: a grade is 1 to 5`);
    const route = one.route === undefined ? 0 : this.host.about.routes.indexOf(one.route.trim().toLowerCase()) + 1;
    if (one.route !== undefined && route === 0) throw new Error(`${field}.route: ${shown(one.route)} is no route`);
    this.occurrences.push([at, occurrence(at, start, end, {
      single: one.date !== undefined,
      grade,
      route,
      stage: term("stage", concept.stages),
      histology: term("histology", concept.histologies),
      severity: term("severity", concept.severities),
      cause: why("cause"),
      reason: why("reason"),
    }), this.dose(field, one, concept.kind)]);
  }

  /**
   * How much of a drug was taken: 1 so much a day, 2 once, 3 over the whole course; and the amount as a fraction.
   * @param {string} field
   * @param {Occurrence} one
   * @param {string} kind
   * @returns {Cell[]}
   */
  dose(field, one, kind) {
    const units = this.host.about.dose_units;
    if (!units || one.dose === undefined) return NO_DOSE;
    const unit = units[one.dose.unit.trim()];
    if (!unit) {
      throw new Error(`${field}.dose.unit: ${shown(one.dose.unit)} is not taken here (there are ${Object.keys(units).join(", ")})`);
    }
    const [, whole, places = ""] = /^\+?(\d*)\.?(\d*)$/.exec(String(one.dose.value).trim()) ?? [];
    if (whole === undefined || whole + places === "") {
      throw new Error(`${field}.dose.value: ${shown(one.dose.value)} is no amount`);
    }
    let [above, below] = [Number(whole + places) * unit.factor[0], 10 ** places.length * unit.factor[1]];
    let how = one.date !== undefined ? 2 : unit.daily ? 1 : 0;
    if (how === 0 && typeof one.frequency === "object") {
      const often = "times_daily" in one.frequency ? one.frequency.times_daily : one.frequency.every_days;
      if (!Number.isInteger(often) || often < 1) throw new Error(`${field}.frequency: ${shown(one.frequency)} is no frequency`);
      if ("times_daily" in one.frequency) above *= often;
      else below *= often;
      how = 1;
    }
    if (how === 0 && one.frequency === undefined && kind === "procedure") how = 3;
    if (how === 0) return NO_DOSE;
    const common = divisor(above, below);
    [above, below] = [above / common, below / common];
    if (!Number.isSafeInteger(above) || !Number.isSafeInteger(below)) {
      throw new Error(`${field}.dose.value: ${shown(one.dose.value)} has too many digits`);
    }
    return [i(how), i(unit.unit), i(unit.body), i(0), f(above), f(below)];
  }

  /**
   * When it began and when it ended.
   * @param {string} field
   * @param {{ date?: When, start?: When, end?: When, ongoing?: boolean | When }} one
   * @returns {[Span, Span]}
   */
  extent(field, one) {
    const read = (/** @type {"date" | "start" | "end"} */ name) => {
      const text = one[name];
      return text === undefined ? undefined : when(`${field}.${name}`, text);
    };
    const date = read("date");
    const begun = read("start");
    const ended = read("end");
    let known;
    if (typeof one.ongoing === "string") known = finish(day(when(`${field}.ongoing`, one.ongoing).from)) + 1n;
    else if (one.ongoing === true) known = finish(this.lastDay) + 1n;
    if (date) return [date, date];
    const latest = least(known ?? FUTURE, finish(this.lastDay));
    const start = begun ?? { from: PAST, to: ended ? ended.to : latest };
    if (known !== undefined && ended && ended.to < known - 1n) {
      throw new Error(`${field}: it has ended, and is said to last after that`);
    }
    let end = ended ?? { from: start.from, to: one.ongoing === false ? finish(this.lastDay) : FUTURE };
    if (!ended && known !== undefined) end = { from: known, to: FUTURE };
    if (end.to < start.from) throw new Error(`${field}: it ends before it starts`);
    return [
      { from: start.from, to: least(start.to, end.to) },
      { from: end.from > start.from ? end.from : start.from, to: end.to },
    ];
  }

  /**
   * @param {string} field
   * @param {{ records: Kind[], from?: When, to?: When }} one
   */
  complete(field, one) {
    // Complete from some day of a month on: only from its last day on for sure.
    const from = one.from === undefined ? PAST : begin(day(when(`${field}.from`, one.from).to));
    const until = one.to === undefined ? undefined : when(`${field}.to`, one.to);
    const to = until === undefined ? finish(this.lastDay) : until.timed ? until.to : finish(day(until.from));
    return one.records.map((kind) => [i(this.kind(field, kind)), i(0), from, to]);
  }

  /**
   * @param {string} field
   * @param {Kind} kind
   */
  kind(field, kind) {
    const at = this.host.about.kinds.indexOf(kind);
    if (at < 0) throw new Error(`${field}: ${shown(kind)} is no kind of record (there are ${this.host.about.kinds.join(", ")})`);
    return at;
  }
}

/**
 * @param {number} of
 * @param {Span} start
 * @param {Span} end
 * @param {{ single: boolean, grade?: number, route?: number, stage?: number, histology?: number, severity?: number,
 *   cause?: number, reason?: number }} more
 * @returns {Cell[]}
 */
function occurrence(of, start, end, more) {
  return [
    i(of), i(more.single ? 1 : 0), start.from, start.to, end.from, end.to, i(more.grade ?? 0), i(more.route ?? 0),
    i(more.stage ?? -1), i(more.histology ?? -1), i(more.severity ?? -1), i(more.cause ?? -1), i(more.reason ?? -1), i(0),
  ];
}

/** @type {Cell[]} */
const NO_DOSE = [i(0), i(-1), i(0), i(0), f(0), f(1)];

/**
 * The greatest common divisor.
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
const divisor = (a, b) => (b === 0 ? a || 1 : divisor(b, a % b));
/** @param {unknown} value */
const shown = (value) => "`" + (typeof value === "string" ? value : JSON.stringify(value) ?? String(value)) + "`";
/** @param {bigint} a @param {bigint} b */
const least = (a, b) => (a < b ? a : b);
/** @param {bigint} moment */
const day = (moment) => (moment - (((moment % DAY) + DAY) % DAY)) / DAY;
/** @param {bigint} day */
const begin = (day) => day * DAY;
/** @param {bigint} day */
const finish = (day) => day * DAY + DAY - 1n;

/**
 * A decimal, and its significant digits; 99 where there are more than doubles can tell apart.
 * @param {string} text
 */
function number(text) {
  const [, digits] = /^[+-]?(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const significant = digits.replace(".", "").replace(/^0+/, "").replace(/0+$/, "").length;
  return { value: Number(text), digits: significant <= 12 ? significant : 99 };
}

/**
 * All the time that a date may be.
 * @param {string} field
 * @param {string} text
 * @returns {Span}
 */
function when(field, text) {
  const wrong = () => new Error(`${field}: ${shown(text)} is no date such as 2026-03-01`);
  if (typeof text !== "string") throw wrong();
  const parts = text.trim().split("/");
  if (parts.length > 2) throw new Error(`${field}: ${shown(text)} has more than one /`);
  if (parts.length === 2) {
    const [from = "", to = ""] = parts;
    const span = {
      from: from === ".." ? PAST : when(field, from).from,
      to: to === ".." ? FUTURE : when(field, to).to,
    };
    if (span.to < span.from) throw new Error(`${field}: ${shown(text)} ends before it begins`);
    return span;
  }
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-].*)?)?$/.exec(text.trim());
  if (!match) throw wrong();
  const [year, month, date, hour, minute, second] = match.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  if (year === undefined || (hour !== undefined && date === undefined)) throw wrong();
  if (year < 1800 || year > 2200) throw new Error(`${field}: ${shown(text)} lies outside of the years 1800 to 2200`);
  const number = (/** @type {number} */ month, /** @type {number} */ date) => {
    const found = new Date(Date.UTC(year, month - 1, date));
    if (found.getUTCMonth() !== month - 1 || found.getUTCDate() !== date) throw new Error(`${field}: there is no day ${text}`);
    return BigInt(found.getTime() / 86_400_000);
  };
  const first = number(month ?? 1, date ?? 1);
  if (hour !== undefined) {
    if (hour > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) throw wrong();
    const moment = begin(first) + BigInt(hour * 3600 + (minute ?? 0) * 60 + (second ?? 0));
    return { from: moment, to: moment, timed: true };
  }
  const last = month === undefined ? number(12, 31) : date ?? new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { from: begin(first), to: finish(typeof last === "bigint" ? last : number(month ?? 12, last)) };
}
