//! The files inside a workbook: which sheets there are, the texts that cells share, which styles show dates.

use crate::template::TemplateError;
use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Unpacked bytes of a workbook at the most.
const MOST_BYTES: u64 = 64 << 20;
const MOST_FILES: usize = 2000;

/// A workbook, unpacked.
pub(super) struct Package {
    /// In the order of the archive.
    files: Vec<(String, Vec<u8>)>,
    shared: Vec<String>,
    date_styles: Vec<bool>,
}

impl Package {
    pub(super) fn open(bytes: &[u8]) -> Result<Self, TemplateError> {
        let unreadable = |_| TemplateError::Unreadable;
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
        if archive.len() > MOST_FILES {
            return Err(TemplateError::TooLarge);
        }
        let (mut files, mut left) = (Vec::new(), MOST_BYTES);
        for at in 0..archive.len() {
            let file = archive.by_index(at).map_err(unreadable)?;
            let name = file.name().map_err(unreadable)?.into_owned();
            let mut content = Vec::new();
            let read = file.take(left + 1).read_to_end(&mut content);
            let read = read.map_err(|_| TemplateError::Unreadable)?;
            left = left
                .checked_sub(u64::try_from(read).unwrap_or(u64::MAX))
                .ok_or(TemplateError::TooLarge)?;
            files.push((name, content));
        }
        let mut package = Self {
            files,
            shared: Vec::new(),
            date_styles: Vec::new(),
        };
        let shared = package.text("xl/sharedStrings.xml").unwrap_or_default();
        package.shared = shared_texts(&shared)?;
        let styles = package.text("xl/styles.xml").unwrap_or_default();
        package.date_styles = date_styles(&styles)?;
        Ok(package)
    }

    /// A file as text, if it is there.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let (_, content) = self.files.iter().find(|(own, _)| own == name)?;
        String::from_utf8(content.clone()).ok()
    }

    pub(super) fn replace(&mut self, name: &str, text: String) {
        if let Some((_, content)) = self.files.iter_mut().find(|(own, _)| own == name) {
            *content = text.into_bytes();
        }
    }

    /// A text that cells share.
    pub(super) fn shared(&self, at: usize) -> Option<&str> {
        self.shared.get(at).map(String::as_str)
    }

    /// Whether a cell of this style shows a date.
    pub(super) fn is_date_style(&self, style: usize) -> bool {
        self.date_styles.get(style).copied().unwrap_or(false)
    }

    /// File and name of each sheet; the name is for people.
    pub(super) fn sheets(&self) -> Vec<(String, String)> {
        let mut targets = BTreeMap::new();
        each_element(
            &self.text("xl/_rels/workbook.xml.rels").unwrap_or_default(),
            |element| {
                if element.local_name().as_ref() == "Relationship"
                    && let Some(id) = attribute(element, "Id")
                    && let Some(target) = attribute(element, "Target")
                {
                    let target = target.trim_start_matches("/xl/").trim_start_matches('/');
                    targets.insert(id, format!("xl/{target}"));
                }
            },
        );
        let mut sheets = Vec::new();
        each_element(
            &self.text("xl/workbook.xml").unwrap_or_default(),
            |element| {
                if element.local_name().as_ref() == "sheet" {
                    let file = attribute(element, "r:id").and_then(|id| targets.get(&id).cloned());
                    if let (Some(file), Some(name)) = (file, attribute(element, "name")) {
                        sheets.push((file, name));
                    }
                }
            },
        );
        sheets
    }

    /// Takes away what a program had computed, so that the next one computes anew.
    pub(super) fn forget_results(&mut self) {
        self.files.retain(|(name, _)| name != "xl/calcChain.xml");
        for name in ["[Content_Types].xml", "xl/_rels/workbook.xml.rels"] {
            if let Some(text) = self.text(name) {
                self.replace(name, without_element(&text, "calcChain.xml"));
            }
        }
        if let Some(text) = self.text("xl/workbook.xml") {
            let anew = "<calcPr fullCalcOnLoad=\"1\"/>";
            let text = match text.find("<calcPr") {
                Some(_) => with_element(&text, "<calcPr", anew),
                None if text.contains("</definedNames>") => {
                    text.replacen("</definedNames>", &format!("</definedNames>{anew}"), 1)
                }
                None => text.replacen("</sheets>", &format!("</sheets>{anew}"), 1),
            };
            self.replace("xl/workbook.xml", text);
        }
    }

    /// Changes what stands outside of sheets and names their cells: ranges with a name, print areas among them, and what charts
    /// show.
    pub(super) fn move_names(
        &mut self,
        moved: impl Fn(&str) -> String,
    ) -> Result<(), TemplateError> {
        let names = self.files.iter().map(|(name, _)| name.clone());
        let names: Vec<String> = names.collect();
        for name in names {
            let element = match name.as_str() {
                "xl/workbook.xml" => "definedName",
                name if name.starts_with("xl/charts/chart") => "f",
                _ => continue,
            };
            if let Some(text) = self.text(&name) {
                self.replace(&name, with_texts(&text, element, &moved)?);
            }
        }
        Ok(())
    }

    pub(super) fn write(self) -> Result<Vec<u8>, TemplateError> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        for (name, content) in self.files {
            writer
                .start_file(name, options)
                .map_err(|_| TemplateError::Unreadable)?;
            writer
                .write_all(&content)
                .map_err(|_| TemplateError::Unreadable)?;
        }
        let cursor = writer.finish().map_err(|_| TemplateError::Unreadable)?;
        Ok(cursor.into_inner())
    }
}

/// The text with what stands in elements of a name changed; all else stays as it is.
fn with_texts(
    text: &str,
    name: &str,
    changed: impl Fn(&str) -> String,
) -> Result<String, TemplateError> {
    let mut reader = Reader::from_str(text);
    let mut writer = quick_xml::Writer::new(Vec::new());
    let mut said: Option<String> = None;
    loop {
        let event = reader.read_event().map_err(|_| TemplateError::Unreadable)?;
        let is_named = |element: &str| element == name;
        let mut events = Vec::new();
        match event {
            Event::Eof => break,
            Event::Start(element) if is_named(element.local_name().as_ref()) => {
                said = Some(String::new());
                events.push(Event::Start(element));
            }
            Event::End(element) if is_named(element.local_name().as_ref()) => {
                let changed = changed(&said.take().unwrap_or_default());
                events.push(Event::Text(BytesText::new(&changed).into_owned()));
                events.push(Event::End(element));
            }
            event => match &mut said {
                Some(said) => said.push_str(&words_of(&event)),
                None => events.push(event),
            },
        }
        for event in events {
            writer
                .write_event(event)
                .map_err(|_| TemplateError::Unreadable)?;
        }
    }
    String::from_utf8(writer.into_inner()).map_err(|_| TemplateError::Unreadable)
}

/// The text without the empty element in which these words are.
fn without_element(text: &str, words: &str) -> String {
    let Some(at) = text.find(words) else {
        return text.to_owned();
    };
    let begin = text.get(..at).and_then(|before| before.rfind('<'));
    let end = text.get(at..).and_then(|after| after.find('>'));
    match begin.zip(end) {
        Some((begin, end)) => {
            let (before, after) = (text.get(..begin), text.get(at + end + 1..));
            format!("{}{}", before.unwrap_or(""), after.unwrap_or(""))
        }
        None => text.to_owned(),
    }
}

/// The text with another element in place of the empty one that begins so.
fn with_element(text: &str, begins: &str, other: &str) -> String {
    let Some(at) = text.find(begins) else {
        return text.to_owned();
    };
    let end = text
        .get(at..)
        .and_then(|after| after.find('>'))
        .unwrap_or(0);
    let (before, after) = (text.get(..at), text.get(at + end + 1..));
    format!("{}{other}{}", before.unwrap_or(""), after.unwrap_or(""))
}

/// The value of an attribute.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok().flatten()?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

fn each_element(text: &str, mut take: impl FnMut(&BytesStart<'_>)) {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => take(&element),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
}

/// What an event adds to a text.
pub(super) fn words_of(event: &Event<'_>) -> String {
    match event {
        Event::Text(text) => text.xml10_content().into_owned(),
        Event::CData(data) => data.xml10_content().into_owned(),
        Event::GeneralRef(reference) => {
            if let Ok(Some(letter)) = reference.resolve_char_ref() {
                return letter.to_string();
            }
            let name = reference.xml10_content();
            let entity = quick_xml::escape::resolve_predefined_entity(&name);
            entity.unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

fn shared_texts(text: &str) -> Result<Vec<String>, TemplateError> {
    let mut reader = Reader::from_str(text);
    let (mut all, mut own, mut in_text, mut in_phonetic) =
        (Vec::new(), String::new(), false, false);
    loop {
        let event = reader.read_event().map_err(|_| TemplateError::Unreadable)?;
        match &event {
            Event::Start(element) => match element.local_name().as_ref() {
                "si" => own.clear(),
                "t" => in_text = true,
                "rPh" => in_phonetic = true,
                _ => {}
            },
            Event::Empty(element) if element.local_name().as_ref() == "si" => {
                all.push(String::new());
            }
            Event::End(element) => match element.local_name().as_ref() {
                "si" => all.push(std::mem::take(&mut own)),
                "t" => in_text = false,
                "rPh" => in_phonetic = false,
                _ => {}
            },
            Event::Eof => return Ok(all),
            other if in_text && !in_phonetic => own.push_str(&words_of(other)),
            _ => {}
        }
    }
}

/// Of each style of cells, whether it shows a date.
fn date_styles(text: &str) -> Result<Vec<bool>, TemplateError> {
    let mut reader = Reader::from_str(text);
    let (mut formats, mut styles, mut in_cells) = (BTreeMap::new(), Vec::new(), false);
    loop {
        let event = reader.read_event().map_err(|_| TemplateError::Unreadable)?;
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                let id = || attribute(element, "numFmtId").and_then(|id| id.parse::<u32>().ok());
                match element.local_name().as_ref() {
                    "numFmt" => {
                        if let (Some(id), Some(code)) = (id(), attribute(element, "formatCode")) {
                            formats.insert(id, shows_date(&code));
                        }
                    }
                    "cellXfs" => in_cells = true,
                    "xf" if in_cells => {
                        let id = id().unwrap_or(0);
                        // The formats of these numbers are built in, some of them in East Asia alone (ECMA-376, 18.8.30).
                        let built_in = matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58);
                        styles.push(formats.get(&id).copied().unwrap_or(built_in));
                    }
                    _ => {}
                }
            }
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => in_cells = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

/// Whether a format of numbers has a year or a day outside of quoted words.
fn shows_date(code: &str) -> bool {
    let outside = code.split('"').step_by(2);
    outside
        .flat_map(str::chars)
        .any(|letter| matches!(letter, 'y' | 'Y' | 'd' | 'D'))
        && !code.starts_with("[Red]")
}
