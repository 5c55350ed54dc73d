//! The grid as people expect it: visits across, procedures down, footnotes for conditions; as text, CSV and HTML.

use std::fmt::Write as _;

use super::kept::Kept;
use super::{Activities, Column, Planned};
use crate::schedule::row::date;

/// A grid of texts: the heads of its columns, some lines about the visits, a line for each activity.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    pub heads: Vec<String>,
    /// What each visit is called in the protocol's prose.
    pub prose: Vec<String>,
    /// Study day, window, date, and what became of it; with the name of each.
    pub about: Vec<(&'static str, Vec<String>)>,
    pub rows: Vec<(String, Vec<String>)>,
    pub footnotes: Vec<String>,
}

/// Whether days are shown as dates too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dates {
    Shown,
    LeftOut,
}

/// The most letters of a line of text.
const WIDTH: usize = 110;

impl Grid {
    #[must_use]
    pub fn new(activities: &Activities<'_>, dates: Dates, kept: Option<&[Kept]>) -> Self {
        let columns = &activities.columns;
        let of = |told: &dyn Fn(&Column<'_>) -> String| columns.iter().map(told).collect::<Vec<_>>();
        let mut about =
            vec![("study day", of(&|column| planned(activities, column))), ("window", of(&|column| window(column)))];
        if dates == Dates::Shown {
            about.push(("date", of(&|column| dated(column))));
        }
        let mut footnotes: Vec<String> =
            (0..activities.conditions.len()).map(|at| format!("where {}", activities.condition(at))).collect();
        if let Some(kept) = kept {
            about.push(("took place", kept.iter().map(|one| one.date.clone().unwrap_or_default()).collect()));
            let mut said = Vec::new();
            for (column, one) in columns.iter().zip(kept) {
                let lacking = one.not_collected.join(", ");
                let lacking = Some(format!("not collected: {lacking}")).filter(|_| !one.not_collected.is_empty());
                let first = footnotes.len() + 1;
                footnotes
                    .extend(one.notes.iter().cloned().chain(lacking).map(|note| format!("{}: {note}", column.name())));
                let numbers: Vec<String> = (first..=footnotes.len()).map(|number| number.to_string()).collect();
                let mark = if numbers.is_empty() { String::new() } else { format!(" [{}]", numbers.join(",")) };
                said.push(format!("{}{mark}", one.state.words()).trim_start().to_owned());
            }
            about.push(("kept", said));
        }
        let mark = |at: usize, column: usize| {
            let row = activities.rows.get(at);
            let cell = row.and_then(|row| *row.cells.get(column)?);
            let kept = kept.and_then(|kept| kept.get(column));
            if kept.zip(row).is_some_and(|(kept, row)| kept.not_collected.contains(&row.label)) {
                return "missing".to_owned();
            }
            cell.map_or_else(String::new, |cell| match cell.condition {
                None => "X".to_owned(),
                Some(condition) => format!("X[{}]", condition + 1),
            })
        };
        let rows = activities.rows.iter().enumerate();
        let rows =
            rows.map(|(at, row)| (row.label.clone(), (0..columns.len()).map(|column| mark(at, column)).collect()));
        let prose = of(&|column| column.visit.prose.clone().unwrap_or_default());
        Self { heads: columns.iter().map(Column::name).collect(), prose, about, rows: rows.collect(), footnotes }
    }

    /// The first column and the others, line by line.
    fn lines(&self) -> impl Iterator<Item = (&str, &Vec<String>)> {
        let about = self.about.iter().map(|(name, cells)| (*name, cells));
        about.chain(self.rows.iter().map(|(label, cells)| (label.as_str(), cells)))
    }

    /// As text; where the visits do not fit beside each other, some below others.
    #[must_use]
    pub fn text(&self) -> String {
        let first = self.lines().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(5);
        let width = |at: usize| {
            let cells = self.lines().filter_map(|(_, cells)| cells.get(at)).map(|cell| cell.chars().count());
            cells.max().unwrap_or(0).max(self.heads.get(at).map_or(0, |head| head.chars().count()))
        };
        let mut out = String::new();
        let mut from = 0;
        while from < self.heads.len() {
            let mut to = from;
            let mut used = first;
            while to < self.heads.len() && (to == from || used + 2 + width(to) <= WIDTH) {
                used += 2 + width(to);
                to += 1;
            }
            if from > 0 {
                out.push('\n');
            }
            let mut line = |name: &str, cells: &[String]| {
                let mut text = format!("{name:first$}");
                for at in from..to {
                    let _ = write!(text, "  {:width$}", cells.get(at).map_or("", String::as_str), width = width(at));
                }
                let _ = writeln!(out, "{}", text.trim_end());
            };
            line("visit", &self.heads);
            for (name, cells) in self.lines() {
                // A line that has nothing to say of these visits is left out.
                if cells.iter().skip(from).take(to - from).any(|cell| !cell.is_empty()) {
                    line(name, cells);
                }
            }
            from = to;
        }
        if !self.footnotes.is_empty() {
            out.push('\n');
        }
        for (at, note) in self.footnotes.iter().enumerate() {
            let _ = writeln!(out, "[{}] {note}", at + 1);
        }
        out
    }

    /// As CSV: the same grid, and the footnotes below it.
    ///
    /// # Errors
    /// None that a grid can cause.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(std::iter::once("visit").chain(self.heads.iter().map(String::as_str)))?;
        for (name, cells) in self.lines() {
            writer.write_record(std::iter::once(name).chain(cells.iter().map(String::as_str)))?;
        }
        for (at, note) in self.footnotes.iter().enumerate() {
            writer.write_record([format!("[{}]", at + 1), note.clone()])?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }

    /// As a page of HTML that needs nothing else: a title, a line below it, the grid, its footnotes, remarks.
    #[must_use]
    pub fn html(&self, title: &str, below: &str, remarks: &[String]) -> String {
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n",
            escaped(title)
        );
        out.push_str(STYLE);
        let _ = writeln!(
            out,
            "</head>\n<body>\n<h1>{}</h1>\n<p>{}</p>\n<div class=\"wide\">\n<table>\n<thead>",
            escaped(title),
            escaped(below)
        );
        out.push_str("<tr><th scope=\"row\">visit</th>");
        for (name, prose) in self.heads.iter().zip(&self.prose) {
            let _ = write!(out, "<th scope=\"col\">{}", escaped(name));
            if !prose.is_empty() {
                let _ = write!(out, "<br><small>{}</small>", escaped(prose));
            }
            out.push_str("</th>");
        }
        out.push_str("</tr>\n");
        let row = |out: &mut String, name: &str, cells: &[String]| {
            let _ = write!(out, "<tr><th scope=\"row\">{}</th>", escaped(name));
            for cell in cells {
                let _ = write!(out, "<td{}>{}</td>", class(name, cell), marked(cell));
            }
            out.push_str("</tr>\n");
        };
        for (name, cells) in &self.about {
            row(&mut out, name, cells);
        }
        out.push_str("</thead>\n<tbody>\n");
        for (label, cells) in &self.rows {
            row(&mut out, label, cells);
        }
        out.push_str("</tbody>\n</table>\n</div>\n");
        if !self.footnotes.is_empty() {
            out.push_str("<ol>\n");
            for (at, note) in self.footnotes.iter().enumerate() {
                let _ = writeln!(out, "<li id=\"note-{}\">{}</li>", at + 1, escaped(note));
            }
            out.push_str("</ol>\n");
        }
        for remark in remarks {
            let _ = writeln!(out, "<p>{}</p>", escaped(remark));
        }
        out.push_str("</body>\n</html>\n");
        out
    }
}

/// How a cell looks that says what became of a visit, or that something is missing. The words say it too.
fn class(name: &str, cell: &str) -> &'static str {
    match (name, cell.split(" [").next().unwrap_or("")) {
        ("kept", "in its window") => " class=\"good\"",
        ("kept", "early" | "late" | "day not known") => " class=\"off\"",
        ("kept", "missed") | (_, "missing") => " class=\"bad\"",
        _ => "",
    }
}

/// A cell whose `[1,2]` at its end are raised, each a link to its footnote.
fn marked(cell: &str) -> String {
    let Some((text, numbers)) = cell.strip_suffix(']').and_then(|cell| cell.rsplit_once('[')) else {
        return escaped(cell);
    };
    let links: Vec<String> =
        numbers.split(',').map(|number| format!("<a href=\"#note-{number}\">{number}</a>")).collect();
    format!("{}<sup>{}</sup>", escaped(text.trim_end()), links.join(","))
}

const STYLE: &str = "<style>\n\
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #1a1a1a; background: #fff }\n\
h1 { font-size: 1.4em; margin-bottom: .2em }\n\
p, li { max-width: 60em }\n\
.wide { overflow-x: auto; margin: 1em 0 }\n\
table { border-collapse: separate; border-spacing: 0; border-top: 1px solid #bbb; border-left: 1px solid #bbb }\n\
th, td { border-right: 1px solid #bbb; border-bottom: 1px solid #bbb; padding: .25em .6em; text-align: center; white-space: nowrap }\n\
th[scope=row] { text-align: left; position: sticky; left: 0; background: #f4f4f4 }\n\
thead th { background: #e8eef4; vertical-align: top }\n\
thead th[scope=row] { background: #e8eef4 }\n\
thead tr:last-child > * { border-bottom: 2px solid #777 }\n\
th small { font-weight: normal; color: #444 }\n\
tbody tr:nth-child(even) td { background: #fafafa }\n\
td.good { background: #e3f2e3 } td.off { background: #fdf0d0 } td.bad, tbody tr:nth-child(even) td.bad { background: #f9dcdc }\n\
sup { line-height: 0 } sup a { text-decoration: none }\n\
@media print { @page { size: landscape } body { margin: 0; font-size: 10px } .wide { overflow: visible } }\n\
</style>\n";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The study day, the days, or what it is counted from.
fn planned(activities: &Activities<'_>, column: &Column<'_>) -> String {
    match &column.when {
        Planned::Days { first, last, .. } if first == last => activities.study_day(*first).to_string(),
        Planned::Days { first, last, .. } => {
            format!("{} to {}", activities.study_day(*first), activities.study_day(*last))
        }
        Planned::From(what) => what.clone(),
    }
}

fn window(column: &Column<'_>) -> String {
    let Some(window) = &column.visit.window else { return String::new() };
    let sign = |end: crate::ir::Exact| {
        if end.0.is_sign_negative() || end.0.is_zero() { end.to_string() } else { format!("+{end}") }
    };
    format!("{}..{} {}", sign(window.low), sign(window.high), window.unit)
}

fn dated(column: &Column<'_>) -> String {
    match &column.when {
        Planned::Days { first, last, .. } if first == last => date(*first),
        Planned::Days { first, last, .. } => format!("{} to {}", date(*first), date(*last)),
        Planned::From(_) => String::new(),
    }
}
