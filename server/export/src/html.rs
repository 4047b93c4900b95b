//! A page to print: the report without its long lists, on A4 across.

use crate::{Language, Report, Table, Value};
use std::fmt::Write;
use tepai_domain::album::escape;

const STYLE: &str = "@page{size:A4 landscape;margin:12mm;@bottom-center{content:counter(page) \" / \" counter(pages)}}body{font-family:serif;font-size:10.5pt}\
    h1{font-size:16pt;text-align:center}h2{font-size:12pt;margin:1.2em 0 .4em}\
    table{border-collapse:collapse;width:100%}thead{display:table-header-group}tr{break-inside:avoid}\
    th,td{border:1px solid #666;padding:.2em .4em;text-align:left;vertical-align:top}td.n{text-align:right;white-space:nowrap}";

/// The page. Tables named in `left_out` are not on it.
pub fn html(report: &Report, language: Language, left_out: &[&str]) -> String {
    let title = escape(language.pick(&report.title));
    let tongue = match language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{tongue}\"><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style>\n\
         <h1>{title}</h1>\n<p>{}</p>\n",
        escape(&report.line(language))
    );
    let shown = report
        .tables
        .iter()
        .filter(|table| !left_out.contains(&table.code.as_str()));
    for table in shown {
        write_table(&mut page, table, language);
    }
    page.push_str("</html>\n");
    page
}

fn write_table(page: &mut String, table: &Table, language: Language) {
    // Writing into a string cannot fail.
    let _ = write!(
        page,
        "<h2>{}</h2>\n<table><thead><tr>",
        escape(language.pick(&table.name))
    );
    for column in &table.columns {
        let _ = write!(page, "<th>{}</th>", escape(language.pick(&column.label)));
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for value in row {
            let class = match value {
                Value::Number(..) => " class=\"n\"",
                _ => "",
            };
            let _ = write!(page, "<td{class}>{}</td>", escape(&value.print()));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table>\n");
}
