//! The table of all codes. `trialc explain CODE` and `trialc list codes` read it, and the tests hold each entry against
//! the wrong and the right program of its page in `docs/codes/`.

use std::fmt;

/// How much a message weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Nothing is compiled before it is mended.
    Error,
    /// Worth reading: the protocol is legal and probably not what was meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One kind of fault.
#[derive(PartialEq, Eq, Debug)]
pub struct Code {
    /// A letter for the area and three digits: S syntax, F files, N names, T types, U units, R ranges, P protocol, W warnings,
    /// X examples that are run.
    pub id: &'static str,
    pub severity: Severity,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// Its page: what it means, a wrong program and a right one.
    pub page: &'static str,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// The code of that name, in either case.
#[must_use]
pub fn find(id: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

macro_rules! codes {
    ($($severity:ident $name:ident $id:literal $title:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: Code = Code {
                id: $id,
                severity: Severity::$severity,
                title: $title,
                page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes/", $id, ".md")),
            };
        )*

        /// Every code, in the order of `docs/codes/`.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    Error SYNTAX "S001" "the text is not a sentence of the language";
    Error BRACKET "S002" "a bracket without its partner";
    Error OPEN_STRING "S003" "a string that is never closed";
    Error MIXED_LOGIC "S004" "`and` beside `or` without parentheses";
    Error RESERVED_WORD "S005" "a word of the language used as a name";
    Error TOO_DEEP "S006" "brackets nested too deeply";
    Error BAD_TEXT "S007" "bytes that are not text";
    Error LONG_NUMBER "S008" "a number with more digits than can be kept";
    Error BAD_DATE "S009" "a date that no calendar has";
    Error MISSING_UNIT_OR_COMMA "S010" "a word after a number that is no unit";

    Error UNREADABLE "F001" "a file that cannot be read";
    Error TOO_LARGE "F002" "a file that is too large";
    Error LIBRARY_CYCLE "F003" "libraries that use each other in a circle";
    Error NO_TRIAL "F004" "no trial in the file";
    Error TWO_TRIALS "F005" "more than one trial in a file";

    Error UNKNOWN_NAME "N001" "a name that nothing declares";
    Error DUPLICATE_NAME "N002" "a name declared twice";
    Error NOT_IN_LIBRARY "N003" "a name that the library does not have";
    Error UNKNOWN_LIBRARY "N004" "a library that does not exist";
    Error WRONG_KIND "N005" "a name of the wrong kind";
    Error DEFINITION_CYCLE "N006" "a definition that rests on itself";

    Error NOT_A_TRUTH "T001" "a value where a truth is needed";
    Error BARE_EVENT "T002" "a condition, drug or event without a verb";
    Error WRONG_VERB "T003" "a verb that does not fit what follows";
    Error UNKNOWN_VALUE "T004" "a result that the test cannot have";
    Error NOT_ORDERED "T005" "a comparison of results that have no order";
    Error NOT_COMPARABLE "T006" "two things that cannot be compared";
    Error IMPOSSIBLE_COUNT "T007" "a count that the list can never reach";
    Error NOT_A_MEMBER "T008" "an exception that takes nothing away";
    Error AMBIGUOUS_ANCHOR "T009" "an event that may have happened more than once, used as a moment";
    Error WRONG_ATTRIBUTE "T010" "an attribute that this event cannot have";
    Error CLASS_DOSE "T011" "the dose of a class without an equivalent";
    Error NO_EQUIVALENT "T012" "no table of equivalent doses holds this drug";
    Error DOSE_IN_WINDOW "T013" "a dose in a window without saying which";
    Error STABLE_HOW_LONG "T014" "a stable dose without a duration";
    Error NOT_A_MOMENT "T015" "something that is not a moment";
    Error NOT_A_QUESTION "T016" "something that nobody can be asked";
    Error NOT_A_VALUE "T017" "a truth where a value is needed";
    Error NO_DIRECTION "T018" "a change for better or worse of a measure without a direction";
    Error NO_LIMIT "T019" "a limit of normal where there is none";
    Error WRONG_ROUTE "T020" "a route that this drug is not given by";
    Error LIST_WITHOUT_QUESTION "T021" "a list of values that nothing is asked of";
    Error HALF_LIVES "T022" "half-lives where there is no drug, or none is known";
    Error CLAUSE_NOT_HERE "T023" "a clause that says nothing here";

    Error UNKNOWN_UNIT "U001" "a unit that does not exist";
    Error MISSING_UNIT "U002" "a number without the unit that it needs";
    Error WRONG_DIMENSION "U003" "a unit of the wrong dimension";
    Error IMPLAUSIBLE "U004" "a value that no laboratory would report";
    Error NOT_PLAIN "U005" "a power that is not of or by a plain number";
    Error NOT_A_DURATION "U006" "a length of time that is none";

    Error INVERTED_RANGE "R001" "a range or window that ends before it starts";
    Error OUTSIDE_SCORE "R002" "a limit outside the score's range";
    Error NOT_POSITIVE "R003" "a number that must be greater than zero";

    Error DUPLICATE_FIELD "P001" "a header field or property given twice";
    Error UNKNOWN_FIELD_VALUE "P002" "a header field with a value it cannot have";
    Error NO_DAY_ONE "P003" "study days without a day 1";
    Error DATES_OUT_OF_ORDER "P004" "dates of the trial out of order";
    Error DESIGN_MISMATCH "P005" "a design that the arms do not have";
    Error NO_DOSE "P006" "a drug without a dose";
    Error DOSE_OUTSIDE_EPOCH "P007" "a dose outside its epoch or cycle";
    Error VISIT_NOT_ANCHORED "P008" "a visit that nothing anchors";
    Error NOT_COLLECTED "P009" "an outcome whose measure no visit collects";
    Error WRONG_SUMMARY "P010" "a summary that does not fit the outcome";
    Error NOT_GIVEN "P011" "a dose rule for something that is not given";
    Error BAD_LEVELS "P012" "dose levels that do not descend, or are not there";
    Error BAD_CAP "P013" "a cap or a rounding that cannot be kept";
    Error BAD_EXAMPLE "P014" "an example that contradicts itself";
    Error NO_TIME "P015" "an outcome without a time";
    Error BAD_PLACEBO "P016" "a placebo of something that the trial does not give";
    Error OUTSIDE_TRIAL "P017" "a time after the end of the trial";
    Error WRONG_DOSE_UNIT "P018" "a dose in a unit that no dose has";
    Error INCOMPLETE_DECLARATION "P019" "a declaration that lacks what its kind needs";

    Error EXAMPLE_FAILS "X001" "an example that does not come true";

    Warning AGE_OVER "W001" "`age > 18` where `>= 18` is usual";
    Warning UNUSED "W002" "a name that is declared and never used";
    Warning UNMASKED "W003" "masked arms that a participant can tell apart";
    Warning SAME_CRITERION "W004" "the same criterion twice";
    Warning ALWAYS_OR_NEVER "W005" "a limit that decides nothing";
    Warning CRITERION_NOT_COLLECTED "W006" "a criterion whose measure no visit collects in time";
    Warning MISSING_PART "W007" "a part of the protocol that is still missing";
    Warning EXCLUDES_OWN_CONDITION "W008" "an exclusion that the condition under study itself meets";
    Warning HEADER_DIFFERS "W009" "a header and criteria that differ";
    Warning NARROW_TIME "W010" "a time that narrows its neighbour only";
    Warning NO_MEASURE_TAKEN "W011" "a visit that collects nothing";
    Warning NO_CRITERIA "W012" "a trial without something every trial has";
    Warning RELATIVE_PERCENTAGE "W013" "a relative change of a percentage";
    Warning SAID_TWICE "W014" "the same thing said twice";
    Warning LIST_OF_ONE "W015" "a list of one";
    Warning COMPARES_NOTHING "W016" "an estimand that compares nothing";
    Warning BEFORE_TREATMENT "W017" "an outcome measured before treatment";
    Warning DAYS_RUN_TOGETHER "W018" "days without a blank between them";
    Warning BEYOND_TOTAL "W021" "planned doses beyond the cap on all of them";
    Warning SAME_CLASS "W022" "the same kind of drug twice at a time";
    Warning FORBIDS_OWN_TREATMENT "W023" "a rule that forbids what the trial itself gives";
    Warning WINDOWS_OVERLAP "W024" "windows of visits that overlap";
    Warning WASHOUT_TOO_SHORT "W025" "a washout that the schedule cannot meet";
    Warning WINDOW_BEFORE_DOSE "W026" "a visit whose window opens before the dose whose effect it measures";
    Warning OUTSIDE_EPOCH "W027" "a visit outside the epoch that it is counted from";
    Warning REQUIRED_NOT_GIVEN "W028" "a rule that asks for treatment longer than an arm gives it";
}
