//! The page of an album: photos with what they show, to look at and to print. Pure text.

use jiff::civil::Date;
use std::fmt::Write;
use tepai_sync_protocol::words::{Sentence, Words};

/// A photo on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its file, beside the page.
    pub file: String,
    /// First day of the service.
    pub on: Date,
    /// Name of the village.
    pub village: String,
    /// Name of the commissioner.
    pub commissioner: String,
    /// What it shows.
    pub purpose: Option<Words>,
    /// What was done.
    pub content: String,
}

const STYLE: &str = "body{font-family:sans-serif;margin:1.5em}main{display:grid;grid-template-columns:1fr 1fr;gap:1em}\
    figure{margin:0;break-inside:avoid;border:1px solid #ccc;padding:.5em}img{width:100%;height:auto}\
    figcaption{font-size:.85em;line-height:1.5}@media print{body{margin:0}}";

/// The page, in Chinese and English. `absent` photos have not arrived yet or are being prepared.
pub fn page(title: &Sentence, pictures: &[Picture], absent: usize) -> String {
    let (zh, en) = (escape(&title.zh), escape(&title.en));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"zh\"><meta charset=\"utf-8\"><title>{zh}</title><style>{STYLE}</style>\n\
         <h1>{zh}</h1><p>{en}</p><p>照片 {count} 张 · {count} photos</p>\n",
        count = pictures.len()
    );
    if absent > 0 {
        let _ = writeln!(
            page,
            "<p>另有 {absent} 张尚未上传或正在处理 · {absent} more have not arrived or are being prepared</p>"
        );
    }
    page.push_str("<main>\n");
    for picture in pictures {
        page.push_str(&figure(picture));
    }
    page.push_str("</main></html>\n");
    page
}

fn figure(picture: &Picture) -> String {
    let purpose = picture.purpose.map_or_else(String::new, |purpose| {
        format!(" · {} {}", purpose.zh, purpose.en)
    });
    format!(
        "<figure><img src=\"{}\" alt=\"\"><figcaption>{} · {} · {}{purpose}<br>{}</figcaption></figure>\n",
        picture.file,
        picture.on,
        escape(&picture.village),
        escape(&picture.commissioner),
        escape(&picture.content)
    )
}

/// Text that a browser shows as it is.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use tepai_sync_protocol::words::words;

    #[test]
    fn a_page_shows_what_people_wrote_and_runs_none_of_it() {
        let picture = Picture {
            file: "photos/001.jpg".to_owned(),
            on: date(2026, 6, 20),
            village: "东塘村".to_owned(),
            commissioner: "王\"梅".to_owned(),
            purpose: Some(words("现场", "scene")),
            content: "<script>alert('x')</script> & 查看水质".to_owned(),
        };
        let title = Sentence::new("走访照片", "photos of a visit");
        let page = page(&title, &[picture], 2);
        assert!(page.contains("<img src=\"photos/001.jpg\" alt=\"\">"));
        assert!(page.contains("2026-06-20 · 东塘村 · 王&quot;梅 · 现场 scene"));
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; 查看水质"));
        assert!(page.contains("另有 2 张"));
    }
}
