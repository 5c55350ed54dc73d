//! What the databases say differently: types, quoting, dates and series of numbers. Everything else that is written is
//! common to them.

/// A database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    #[default]
    DuckDb,
    Postgres,
    Spark,
}

impl Dialect {
    pub const ALL: [Self; 3] = [Self::DuckDb, Self::Postgres, Self::Spark];

    /// The word behind `--dialect`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Postgres => "postgres",
            Self::Spark => "spark",
        }
    }

    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    pub(super) fn double(self) -> &'static str {
        match self {
            Self::DuckDb | Self::Spark => "DOUBLE",
            Self::Postgres => "DOUBLE PRECISION",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::DuckDb => "VARCHAR",
            Self::Postgres => "TEXT",
            Self::Spark => "STRING",
        }
    }

    /// A time of the local calendar, without a zone.
    pub(super) fn timestamp(self) -> &'static str {
        match self {
            Self::DuckDb | Self::Postgres => "TIMESTAMP",
            Self::Spark => "TIMESTAMP_NTZ",
        }
    }

    /// What keeps a named query from being worked out anew wherever it is named.
    pub(super) fn once(self) -> &'static str {
        match self {
            Self::DuckDb | Self::Postgres => "MATERIALIZED ",
            Self::Spark => "",
        }
    }

    /// A name that cannot be anything else.
    pub(super) fn name_of(self, name: &str) -> String {
        match self {
            Self::DuckDb | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark => format!("`{}`", name.replace('`', "``").replace("${", "$ {")),
        }
    }

    /// A text that cannot end early.
    pub(super) fn string(self, text: &str) -> String {
        match self {
            Self::DuckDb | Self::Postgres => {
                // Lines are indented later, which must not change a text.
                let text = text.replace('\'', "''").replace('\0', "");
                let text = text.replace('\r', "' || CHR(13) || '").replace('\n', "' || CHR(10) || '");
                if text.contains(" || CHR(1") { format!("('{text}')") } else { format!("'{text}'") }
            }
            // A `${` would be taken for a variable before the text is read.
            Self::Spark => {
                let text = text.replace('\\', "\\\\").replace('\'', "\\'").replace("${", "\\u0024{");
                let text = text.replace('\r', "\\r").replace('\n', "\\n");
                format!("'{text}'")
            }
        }
    }

    /// Seconds from 1970 to a time.
    pub(super) fn seconds(self, time: &str) -> String {
        match self {
            Self::DuckDb => format!("CAST(FLOOR(EPOCH({time})) AS BIGINT)"),
            Self::Postgres => format!("CAST(FLOOR(EXTRACT(EPOCH FROM {time})) AS BIGINT)"),
            Self::Spark => format!(
                "(CAST(DATEDIFF(CAST({time} AS DATE), DATE '1970-01-01') AS BIGINT) * 86400 + HOUR({time}) * 3600 \
                 + MINUTE({time}) * 60 + CAST(FLOOR(SECOND({time})) AS BIGINT))"
            ),
        }
    }

    /// Days from 1970 to a date.
    pub(super) fn day(self, date: &str) -> String {
        match self {
            Self::DuckDb => format!("CAST({date} - DATE '1970-01-01' AS BIGINT)"),
            Self::Postgres => format!("CAST(CAST({date} AS DATE) - DATE '1970-01-01' AS BIGINT)"),
            Self::Spark => format!("CAST(DATEDIFF({date}, DATE '1970-01-01') AS BIGINT)"),
        }
    }

    /// The date of a day that is counted from 1970.
    pub(super) fn date(self, day: &str) -> String {
        match self {
            Self::DuckDb | Self::Postgres => format!("(DATE '1970-01-01' + CAST({day} AS INTEGER))"),
            Self::Spark => format!("DATE_ADD(DATE '1970-01-01', CAST({day} AS INT))"),
        }
    }

    /// A day so many months later, at the end of the month at the latest; `months` is a number or an expression.
    pub(super) fn months_later(self, day: &str, months: &str) -> String {
        let date = self.date(day);
        match self {
            Self::DuckDb => {
                format!(
                    "CAST(CAST({date} + TO_MONTHS(CAST({months} AS INTEGER)) AS DATE) - DATE '1970-01-01' AS BIGINT)"
                )
            }
            Self::Postgres => format!(
                "CAST(CAST({date} + MAKE_INTERVAL(months => CAST({months} AS INTEGER)) AS DATE) - DATE '1970-01-01' AS BIGINT)"
            ),
            Self::Spark => {
                format!("CAST(DATEDIFF(ADD_MONTHS({date}, CAST({months} AS INT)), DATE '1970-01-01') AS BIGINT)")
            }
        }
    }

    /// The numbers from 0 on, as a query with a column `n`.
    pub(super) fn numbers(self, to: i64) -> String {
        match self {
            Self::DuckDb | Self::Postgres => format!("SELECT n FROM GENERATE_SERIES(0, {to}) AS series(n)"),
            Self::Spark => format!("SELECT EXPLODE(SEQUENCE(0, {to})) AS n"),
        }
    }
}
