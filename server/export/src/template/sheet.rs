//! One sheet of a workbook: its rows are read, filled, repeated and written again; the rest passes through.

use crate::Value;
use crate::template::package::{Package, attribute, words_of};
use crate::template::shift::{Moves, Shift, Shifts};
use crate::template::{TemplateError, Words};
use crate::workbook::as_float;
use jiff::civil::{Date, date};
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};
use std::collections::BTreeSet;

/// What filling a sheet comes to, before it is done.
pub(super) struct Plan {
    /// Where its rows go.
    pub(super) shift: Shift,
    /// Placeholders that name nothing, with their cells.
    pub(super) unknown: Vec<String>,
    /// How many placeholders there are.
    pub(super) placeholders: usize,
}

struct Row {
    head: BytesStart<'static>,
    number: u32,
    cells: Vec<Cell>,
}

struct Cell {
    head: BytesStart<'static>,
    /// Letters of its column.
    column: String,
    inner: Vec<Event<'static>>,
    /// What it says, if a placeholder is in it.
    words: Option<String>,
}

/// The day before the first one of a spreadsheet's calendar, as it counts from 1900-03-01 on.
const DAY_ZERO: Date = date(1899, 12, 30);
/// Bytes of a filled sheet at the most.
const MOST_BYTES: usize = 192 << 20;
/// Rows of a sheet at the most.
const MOST_ROWS: u32 = 1_048_576;

/// What a sheet becomes.
pub(super) fn plan(
    text: &str,
    name: &str,
    package: &Package,
    words: &Words<'_>,
) -> Result<Plan, TemplateError> {
    let events = read(text)?;
    let rows = within(&events).map(|(begin, end)| rows(inside(&events, begin, end), package));
    let rows = rows.unwrap_or_default();
    let (mut shift, mut unknown, mut placeholders) = (Shift::default(), Vec::new(), 0);
    for row in &rows {
        let all = row.placeholders();
        placeholders += all.len();
        for (column, placeholder) in &all {
            if words.value(placeholder, 0).is_none() {
                unknown.push(format!("{name}!{column}{}: {placeholder}", row.number));
            }
        }
        let copies = copies(row, name, words)?;
        if copies > 1 {
            shift.add(row.number, copies - 1);
        }
    }
    let last = rows.last().map_or(0, |row| row.number);
    if shift.first(last.saturating_add(1)) > MOST_ROWS {
        return Err(TemplateError::TooLarge);
    }
    Ok(Plan {
        shift,
        unknown,
        placeholders,
    })
}

/// Where the rows begin and end.
fn within(events: &[Event<'_>]) -> Option<(usize, usize)> {
    let begin = position(events, |event| is_start(event, "sheetData"));
    begin.zip(position(events, |event| is_end(event, "sheetData")))
}

fn inside<'a>(events: &'a [Event<'static>], begin: usize, end: usize) -> &'a [Event<'static>] {
    events.get(begin + 1..end).unwrap_or(&[])
}

/// The sheet filled, with everything in it moved as all sheets of the book move.
pub(super) fn fill(
    text: &str,
    name: &str,
    package: &Package,
    words: &Words<'_>,
    book: &Shifts,
) -> Result<String, TemplateError> {
    let events = read(text)?;
    let Some((begin, end)) = within(&events) else {
        return Ok(text.to_owned());
    };
    let rows = rows(inside(&events, begin, end), package);
    let shift = Moves {
        book,
        home: Some(name),
    };
    let mut writer = Writer::new(Vec::new());
    let broken = |_| TemplateError::Unreadable;
    for event in events.get(..=begin).unwrap_or(&[]) {
        // A reader finds the extent by itself.
        if !is_start(event, "dimension") {
            writer.write_event(event.borrow()).map_err(broken)?;
        }
    }
    let mut repeated = Vec::new();
    for row in &rows {
        let copies = copies(row, name, words)?;
        if copies > 1 {
            repeated.push((row.number, copies));
        }
        for copy in 0..copies {
            for event in row.filled(copy, &shift, package, words) {
                writer.write_event(event).map_err(broken)?;
            }
            // A long text in a repeated row would be there for each of them.
            if writer.get_ref().len() > MOST_BYTES {
                return Err(TemplateError::TooLarge);
            }
        }
    }
    let mut rule = None;
    for event in events.get(end..).unwrap_or(&[]) {
        for event in ruled(event, &mut rule, &shift) {
            for event in moved(&event, &shift, &repeated) {
                writer.write_event(event).map_err(broken)?;
            }
        }
    }
    String::from_utf8(writer.into_inner()).map_err(|_| TemplateError::Unreadable)
}

/// Elements that hold the formula of a rule: of a conditional format, or of a list to choose from.
const RULES: [&str; 3] = ["formula", "formula1", "formula2"];

/// An event, or in place of a rule's formula that formula moved.
fn ruled(
    event: &Event<'static>,
    rule: &mut Option<String>,
    shift: &Moves<'_>,
) -> Vec<Event<'static>> {
    match event {
        Event::Start(element) if RULES.contains(&element.local_name().as_ref()) => {
            *rule = Some(String::new());
            vec![event.clone()]
        }
        Event::End(element) if RULES.contains(&element.local_name().as_ref()) => {
            let formula = shift.formula(&rule.take().unwrap_or_default(), None);
            let formula = Event::Text(BytesText::new(&formula).into_owned());
            vec![formula, event.clone()]
        }
        event => match rule {
            Some(formula) => {
                formula.push_str(&words_of(event));
                Vec::new()
            }
            None => vec![event.clone()],
        },
    }
}

fn read(text: &str) -> Result<Vec<Event<'static>>, TemplateError> {
    let mut reader = Reader::from_str(text);
    let mut events = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(events),
            Ok(event) => events.push(event.into_owned()),
            Err(_) => return Err(TemplateError::Unreadable),
        }
    }
}

fn position(events: &[Event<'_>], is: impl Fn(&Event<'_>) -> bool) -> Option<usize> {
    events.iter().position(is)
}

fn is_start(event: &Event<'_>, name: &str) -> bool {
    matches!(event, Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == name)
}

fn is_end(event: &Event<'_>, name: &str) -> bool {
    matches!(event, Event::End(element) if element.local_name().as_ref() == name)
}

/// How many rows a row becomes: one for each of its table, and one at the least.
fn copies(row: &Row, name: &str, words: &Words<'_>) -> Result<u32, TemplateError> {
    let all = row.placeholders();
    let tables = all
        .iter()
        .filter_map(|(_, placeholder)| words.table(placeholder));
    let tables: BTreeSet<_> = tables
        .map(|table| (table.code.as_str(), table.rows.len()))
        .collect();
    let mut tables = tables.into_iter();
    let first = tables.next();
    if tables.next().is_some() {
        return Err(TemplateError::TwoTables(format!("{name}!{}", row.number)));
    }
    let count = first.map_or(1, |(_, count)| count.max(1));
    u32::try_from(count).map_err(|_| TemplateError::TooLarge)
}

fn rows(events: &[Event<'static>], package: &Package) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut in_cell = false;
    for event in events {
        match event {
            Event::Start(element) | Event::Empty(element)
                if element.local_name().as_ref() == "row" =>
            {
                let before = rows.last().map_or(0, |row| row.number);
                let number = attribute(element, "r").and_then(|number| number.parse().ok());
                rows.push(Row {
                    head: element.clone(),
                    number: number.unwrap_or(before + 1),
                    cells: Vec::new(),
                });
            }
            Event::Start(element) | Event::Empty(element)
                if !in_cell && element.local_name().as_ref() == "c" =>
            {
                let place = attribute(element, "r").unwrap_or_default();
                let column = place.trim_end_matches(|letter: char| letter.is_ascii_digit());
                if let Some(row) = rows.last_mut() {
                    row.cells.push(Cell {
                        head: element.clone(),
                        column: column.to_owned(),
                        inner: Vec::new(),
                        words: None,
                    });
                }
                in_cell = matches!(event, Event::Start(_));
            }
            event if is_end(event, "c") => {
                in_cell = false;
                let cell = rows.last_mut().and_then(|row| row.cells.last_mut());
                if let Some(cell) = cell {
                    cell.words = cell.read_words(package);
                }
            }
            event if in_cell => {
                let cell = rows.last_mut().and_then(|row| row.cells.last_mut());
                if let Some(cell) = cell {
                    cell.inner.push(event.clone());
                }
            }
            _ => {}
        }
    }
    rows
}

impl Cell {
    fn read_words(&self, package: &Package) -> Option<String> {
        let inside: String = self.inner.iter().map(words_of).collect();
        let words = match attribute(&self.head, "t")?.as_str() {
            "s" => package.shared(inside.trim().parse().ok()?)?.to_owned(),
            "inlineStr" => inside,
            _ => return None,
        };
        (!placeholders(&words).is_empty()).then_some(words)
    }

    fn style(&self) -> Option<String> {
        attribute(&self.head, "s")
    }

    /// The cell with what its placeholders stand for.
    fn said(
        &self,
        place: &str,
        words: &str,
        row: usize,
        package: &Package,
        of: &Words<'_>,
    ) -> Vec<Event<'static>> {
        let style = self.style();
        let is_date = || {
            let style = style.as_deref().and_then(|style| style.parse().ok());
            style.is_some_and(|style| package.is_date_style(style))
        };
        let value = match placeholders(words).as_slice() {
            [only] if is_alone(words) => of.value(only, row).unwrap_or(Value::None),
            _ => Value::text(substituted(words, row, of)),
        };
        let mut head = BytesStart::new("c");
        head.push_attribute(("r", place));
        if let Some(style) = &style {
            head.push_attribute(("s", style.as_str()));
        }
        let number = |head: BytesStart<'static>, number: String| {
            vec![
                Event::Start(head),
                Event::Start(BytesStart::new("v")),
                Event::Text(BytesText::new(&number).into_owned()),
                Event::End(BytesEnd::new("v")),
                Event::End(BytesEnd::new("c")),
            ]
        };
        match value {
            Value::None => vec![Event::Empty(head)],
            Value::Number(value, decimals) => number(head, as_float(value, decimals).to_string()),
            Value::Date(day) if is_date() => {
                let serial = DAY_ZERO.until(day).map_or(0, |span| span.get_days());
                number(head, serial.to_string())
            }
            other => {
                head.push_attribute(("t", "inlineStr"));
                let mut text = BytesStart::new("t");
                text.push_attribute(("xml:space", "preserve"));
                vec![
                    Event::Start(head),
                    Event::Start(BytesStart::new("is")),
                    Event::Start(text),
                    Event::Text(BytesText::new(&other.print()).into_owned()),
                    Event::End(BytesEnd::new("t")),
                    Event::End(BytesEnd::new("is")),
                    Event::End(BytesEnd::new("c")),
                ]
            }
        }
    }

    /// The cell as it was, at its new place; a formula without its last result.
    fn kept(&self, place: &str, own: (u32, u32), shift: &Moves<'_>) -> Vec<Event<'static>> {
        let head = with(&self.head, "r", place);
        if self.inner.is_empty() {
            return vec![Event::Empty(head)];
        }
        let has_formula = self.inner.iter().any(|event| is_start(event, "f"));
        let mut events = vec![Event::Start(head)];
        let (mut in_formula, mut in_value) = (false, false);
        let mut formula = String::new();
        for event in &self.inner {
            match event {
                event if has_formula && is_start(event, "v") => {
                    in_value = matches!(event, Event::Start(_));
                }
                event if is_end(event, "v") && in_value => in_value = false,
                _ if in_value => {}
                Event::Start(element) if element.local_name().as_ref() == "f" => {
                    in_formula = true;
                    events.push(Event::Start(with_range(element, shift)));
                }
                event if is_end(event, "f") => {
                    in_formula = false;
                    let moved = shift.formula(&std::mem::take(&mut formula), Some(own));
                    events.push(Event::Text(BytesText::new(&moved).into_owned()));
                    events.push(event.clone());
                }
                event if in_formula => formula.push_str(&words_of(event)),
                event => events.push(event.clone()),
            }
        }
        events.push(Event::End(BytesEnd::new("c")));
        events
    }
}

fn with_range(element: &BytesStart<'static>, shift: &Moves<'_>) -> BytesStart<'static> {
    match attribute(element, "ref") {
        Some(range) => with(element, "ref", &shift.ranges(&range)),
        None => element.clone(),
    }
}

impl Row {
    /// Placeholders and the letters of their columns.
    fn placeholders(&self) -> Vec<(String, String)> {
        let spoken = self
            .cells
            .iter()
            .filter_map(|cell| Some((cell, cell.words.as_ref()?)));
        spoken
            .flat_map(|(cell, words)| {
                let all = placeholders(words).into_iter();
                all.map(|placeholder| (cell.column.clone(), placeholder))
            })
            .collect()
    }

    /// One of its copies.
    fn filled(
        &self,
        copy: u32,
        shift: &Moves<'_>,
        package: &Package,
        words: &Words<'_>,
    ) -> Vec<Event<'static>> {
        let number = shift.first(self.number) + copy;
        let mut events = vec![Event::Start(with(&self.head, "r", &number.to_string()))];
        let at = usize::try_from(copy).unwrap_or(usize::MAX);
        for cell in &self.cells {
            let place = format!("{}{number}", cell.column);
            events.extend(match &cell.words {
                Some(said) => cell.said(&place, said, at, package, words),
                None => cell.kept(&place, (self.number, copy), shift),
            });
        }
        events.push(Event::End(BytesEnd::new("row")));
        events
    }
}

/// An element with another value of one attribute.
fn with(element: &BytesStart<'static>, name: &str, value: &str) -> BytesStart<'static> {
    let mut changed = element.clone();
    changed.clear_attributes();
    let mut is_there = false;
    for attribute in element.attributes().flatten() {
        if attribute.key.as_ref() == name {
            is_there = true;
            changed.push_attribute((name, value));
        } else {
            changed.push_attribute(attribute);
        }
    }
    if !is_there {
        changed.push_attribute((name, value));
    }
    changed
}

/// What follows the rows, at its new place; cells that were merged in a repeated row are in each copy.
fn moved(
    event: &Event<'static>,
    shift: &Moves<'_>,
    repeated: &[(u32, u32)],
) -> Vec<Event<'static>> {
    let (Event::Start(element) | Event::Empty(element)) = event else {
        return vec![event.clone()];
    };
    let name = match element.local_name().as_ref() {
        "mergeCell" | "hyperlink" | "autoFilter" => "ref",
        "conditionalFormatting" | "dataValidation" => "sqref",
        // It would have to say how many there are now; it need not say.
        "mergeCells" => return vec![rebuilt(event, without(element, "count"))],
        _ => return vec![event.clone()],
    };
    let Some(range) = attribute(element, name) else {
        return vec![event.clone()];
    };
    let merged_row = (element.local_name().as_ref() == "mergeCell")
        .then(|| row_of(&range))
        .flatten();
    let copies = repeated.iter().find(|(row, _)| Some(*row) == merged_row);
    if let Some((row, copies)) = copies {
        let of_copy = |copy| shift.formula(&range, Some((*row, copy)));
        let all = (0..*copies).map(|copy| rebuilt(event, with(element, name, &of_copy(copy))));
        return all.collect();
    }
    vec![rebuilt(event, with(element, name, &shift.ranges(&range)))]
}

fn rebuilt(event: &Event<'static>, element: BytesStart<'static>) -> Event<'static> {
    match event {
        Event::Start(_) => Event::Start(element),
        _ => Event::Empty(element),
    }
}

fn without(element: &BytesStart<'static>, name: &str) -> BytesStart<'static> {
    let mut changed = element.clone();
    changed.clear_attributes();
    for attribute in element.attributes().flatten() {
        if attribute.key.as_ref() != name {
            changed.push_attribute(attribute);
        }
    }
    changed
}

/// The row of a range that lies in one row.
fn row_of(range: &str) -> Option<u32> {
    let (from, to) = range.split_once(':')?;
    let row = |place: &str| -> Option<u32> {
        let digits = place.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        digits.parse().ok()
    };
    row(from).filter(|from| row(to) == Some(*from))
}

/// The placeholders in a text, without their braces.
fn placeholders(text: &str) -> Vec<String> {
    let parts = text.split("{{").skip(1);
    let inside = parts.filter_map(|part| part.split_once("}}"));
    inside.map(|(name, _)| name.trim().to_owned()).collect()
}

/// Whether a text is one placeholder and nothing else.
fn is_alone(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("{{") && text.find("}}").is_some_and(|at| at + 2 == text.len())
}

fn substituted(text: &str, row: usize, words: &Words<'_>) -> String {
    let mut parts = text.split("{{");
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some((name, after)) = part.split_once("}}") {
            let value = words.value(name.trim(), row);
            said.push_str(&value.unwrap_or(Value::None).print());
            said.push_str(after);
        } else {
            said.push_str("{{");
            said.push_str(part);
        }
    }
    said
}
