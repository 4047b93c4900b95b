//! The report that goes out as a workbook, a template filled in, CSV, GeoJSON, a page or JSON: one query, in one snapshot.
//!
//! `keep_reports` gives it a number and notes it before it leaves.

use crate::clock::local_date;
use crate::summaries;
use crate::summaries::cells::{self, Read, save_folded};
use crate::summaries::county::{County, cells};
use crate::summaries::summary::{CoverageAnswer, Folded, Names, Question, VillageState};
use crate::{App, AppError};
use std::collections::BTreeMap;
use tepai_domain::people_summaries::of_people;
use tepai_export::{Column, Language, MapPlace, Report, Table, Value};
use tepai_store::ReadTxn;
use tepai_store::records::{self, StoredRecord};
use tepai_sync_protocol::codes::{self, CodeList};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::records::{AdoptionReport, Beneficiary, Kind, Record, Visit};
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::group::{GroupBy, Row};
use tepai_sync_protocol::summary::measure_table::{MEASURES, figures};
use tepai_sync_protocol::summary::measures::{Measure, Value as Measured};
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::{Sentence, Words, words};

/// The tables of a report, in the order of its sheets.
pub const TABLES: [(&str, Words); 6] = [
    ("summary", words("汇总表", "summary")),
    ("people", words("个人考核表", "people")),
    ("visits", words("服务台账", "visits")),
    ("adoptions", words("技术采用表", "adoptions")),
    ("overdue", words("逾期村清单", "overdue villages")),
    ("definitions", words("口径说明", "definitions")),
];

/// Tables whose rows name beneficiaries.
const NAMING: [&str; 2] = ["visits", "adoptions"];

/// Makes the report of a division in a period. Whoever asks must have been found to see it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn make(
    app: &App,
    division: DivisionCode,
    period: Period,
    language: Language,
) -> Result<Report, AppError> {
    let now = app.clock.now_ms();
    let (report, folded) = app
        .store
        .read(async move |txn| make_in(txn, &division, period, language, now).await)
        .await?;
    save_folded(app, folded).await?;
    Ok(report)
}

/// The same in a snapshot, with what was folded on the way.
pub(crate) async fn make_in(
    txn: &ReadTxn,
    division: &DivisionCode,
    period: Period,
    language: Language,
    now: i64,
) -> Result<(Report, Folded), AppError> {
    let county = County::read(txn, &division.county(), period.to()).await?;
    let maker = Maker {
        txn,
        names: county.names(),
        county: &county,
        division,
        period,
        language,
        now,
    };
    maker.report().await
}

/// The summary of a county in a period as a report has it, in a snapshot.
pub(crate) async fn summary_in(
    txn: &ReadTxn,
    division: &DivisionCode,
    period: Period,
    now: i64,
) -> Result<(Table, Folded), AppError> {
    let county = County::read(txn, division, period.to()).await?;
    let maker = Maker {
        txn,
        names: county.names(),
        county: &county,
        division,
        period,
        language: Language::Zh,
        now,
    };
    let facts = cells::facts(txn, division, period).await?;
    let (total, rows) = summaries::summary::answer(&county, &facts.read()?, &maker.question());
    Ok((maker.summary(&total, &rows), facts.into_folded()))
}

/// The rows of a report that say whom somebody served: those of visits and adoptions, in formats that have them.
pub(crate) fn rows_with_names(report: &Report, format: &str) -> usize {
    if matches!(format, "html" | "geojson") {
        return 0;
    }
    let lists = report
        .tables
        .iter()
        .filter(|table| NAMING.contains(&table.code.as_str()));
    lists.map(|table| table.rows.len()).sum()
}

/// What a report is made from.
struct Maker<'a> {
    txn: &'a ReadTxn,
    county: &'a County,
    names: Names,
    division: &'a DivisionCode,
    period: Period,
    language: Language,
    now: i64,
}

/// Names of those who were served.
type Beneficiaries = BTreeMap<RecordId, String>;

impl Maker<'_> {
    fn question(&self) -> Question {
        Question {
            division: self.division.clone(),
            period: self.period,
            filter: Filter::default(),
            by: match self.division.level() {
                Level::County => Some(GroupBy::Division(Level::Township)),
                Level::Township => Some(GroupBy::Division(Level::Village)),
                Level::Village => None,
            },
        }
    }

    async fn report(&self) -> Result<(Report, Folded), AppError> {
        let facts = cells::facts(self.txn, self.division, self.period).await?;
        let read = facts.read()?;
        let inside = (self.period, read.cells.as_slice());
        let (coverage, mut folded) =
            summaries::summary::cover_in(self.txn, self.county, self.division, inside, self.now)
                .await?;
        let (total, rows) = summaries::summary::answer(self.county, &read, &self.question());
        let people = self.people(&read);
        drop(read);
        folded.extend(facts.into_folded());
        let (visits, adoptions) = self.lists().await?;
        let place = self.names.division(self.division);
        let label = self.period.label();
        let complete = match coverage.cut_off.complete_to {
            Some(day) => Sentence::new(format!("数据完整至 {day}"), format!("complete to {day}")),
            None => Sentence::new("尚有手机从未同步", "some phones have never synchronised"),
        };
        let behind = coverage.cut_off.behind.len();
        let report = Report {
            title: Sentence::new(
                format!("{place} {} 科技特派员服务报表", label.zh),
                format!("{place}, {}: services of commissioners", label.en),
            ),
            note: Sentence::new(
                format!("{}；{behind} 人的手机此后未同步", complete.zh),
                format!(
                    "{}; the phones of {behind} people have not synchronised since",
                    complete.en
                ),
            ),
            number: String::new(),
            place,
            division: self.division.to_string(),
            from: self.period.from(),
            to: self.period.to(),
            made_on: local_date(self.now, &self.county.settings.time_zone),
            whole: figures(&total)
                .map(|figure| {
                    (
                        figure.measure.code.to_owned(),
                        measured(figure.measure, figure.approved),
                    )
                })
                .collect(),
            tables: vec![
                self.summary(&total, &rows),
                people,
                visits,
                adoptions,
                self.overdue(&coverage),
                definitions(self.language),
            ],
            places: self.places(&coverage),
        };
        Ok((report, folded))
    }

    fn township(&self, village: &DivisionCode) -> Value {
        let township = village.township();
        Value::text(township.map_or_else(String::new, |code| self.names.division(&code)))
    }

    fn people_of(&self, people: impl IntoIterator<Item = PersonId>) -> Value {
        let names: Vec<String> = people
            .into_iter()
            .map(|one| self.names.person(one))
            .collect();
        Value::text(names.join("、"))
    }

    /// The name of a code in the language of the report.
    fn word(&self, list: &CodeList, code: Option<&String>) -> Value {
        let Some(code) = code else {
            return Value::None;
        };
        let known = list.find(code).map(|known| self.language.of(known.label));
        Value::text(known.unwrap_or(code))
    }

    fn techniques<'a>(&self, codes: impl IntoIterator<Item = &'a String>) -> Value {
        let codes = codes.into_iter();
        let names: Vec<String> = codes.map(|code| self.names.technique(code)).collect();
        Value::text(names.join("、"))
    }

    fn summary(&self, total: &Summary, parts: &[Row]) -> Table {
        let mut columns = vec![
            column("division_code", "区划代码", "code", 14),
            column("division_name", "名称", "name", 16),
        ];
        columns.extend(MEASURES.iter().map(measure_column));
        let row = |code: String, name: String, summary: &Summary| {
            let mut row = vec![Value::text(code), Value::text(name)];
            row.extend(measures(summary));
            row
        };
        let mut rows: Vec<Vec<Value>> = parts
            .iter()
            .map(|part| {
                let code = part.key.to_string();
                let named = code.parse().map(|code| self.names.division(&code));
                row(code, named.unwrap_or_default(), &part.summary)
            })
            .collect();
        let whole = match self.language {
            Language::Zh => "（整体，非各行之和）",
            Language::En => " (whole, not the sum)",
        };
        let name = format!("{}{whole}", self.names.division(self.division));
        rows.push(row(self.division.to_string(), name, total));
        table(0, columns, rows)
    }

    /// A row for everybody who was assigned a village, visited or not.
    fn people(&self, read: &Read<'_>) -> Table {
        let on = self.period.to();
        let industries = self.county.technique_industries();
        let context = self
            .county
            .context(&read.standing, self.division, on, &industries);
        let assigned = self.county.assigned(self.division, self.period);
        let all = cells(&self.county.register, &read.cells, on);
        let summaries = of_people(all, &assigned, &context);
        let mut columns = vec![
            column("commissioner_name", "科技特派员", "commissioner", 14),
            column("assigned_villages", "分配村数", "villages assigned", 10),
        ];
        columns.extend(MEASURES.iter().map(measure_column));
        columns.push(column("commissioner_id", "编号", "id", 38));
        let mut rows: Vec<Vec<Value>> = summaries
            .iter()
            .map(|(person, summary)| {
                let villages = assigned
                    .get(person)
                    .map_or(0, std::collections::BTreeSet::len);
                let mut row = vec![
                    Value::text(self.names.person(*person)),
                    Value::count(villages),
                ];
                row.extend(measures(summary));
                row.push(Value::text(person.to_string()));
                row
            })
            .collect();
        // By name; ids are in order already.
        rows.sort_by_key(|row| row.first().map(Value::print));
        table(1, columns, rows)
    }

    /// Visits and adoption reports, a township at a time: a year of a large county is not held twice.
    async fn lists(&self) -> Result<(Table, Table), AppError> {
        let parts: Vec<DivisionCode> = match self.division.level() {
            Level::County => {
                let all = self.county.divisions.iter().map(|stored| &stored.code);
                all.filter(|code| code.level() == Level::Township)
                    .cloned()
                    .collect()
            }
            _ => vec![self.division.clone()],
        };
        let (mut visits, mut adoptions) = (Vec::new(), Vec::new());
        for part in &parts {
            let served = self.beneficiaries(part).await?;
            let (from, to) = (self.period.from(), self.period.to());
            let found = records::list_dated(self.txn, part, Kind::Visit, from, to).await?;
            visits.extend(found.iter().map(|record| self.visit(record, &served)));
            let kind = Kind::AdoptionReport;
            let found = records::list_dated(self.txn, part, kind, from, to).await?;
            adoptions.extend(found.iter().map(|record| self.adoption(record, &served)));
        }
        // Village by village in order of dates; the id, which comes last, decides between two of one day.
        let key = |row: &Vec<Value>| {
            let at = |at: usize| row.get(at).map(Value::print);
            (at(0), at(3), row.last().map(Value::print))
        };
        visits.sort_by_cached_key(key);
        adoptions.sort_by_cached_key(key);
        Ok((
            table(2, visit_columns(), visits),
            table(3, adoption_columns(), adoptions),
        ))
    }

    async fn beneficiaries(&self, part: &DivisionCode) -> Result<Beneficiaries, AppError> {
        let found = records::list_in_division(self.txn, part, Kind::Beneficiary).await?;
        let named = found.into_iter().filter_map(|record| {
            let beneficiary = Beneficiary::read(&record.state.fields);
            Some((record.id, beneficiary.display_name?))
        });
        Ok(named.collect())
    }

    /// The values of [`village_columns`].
    fn village(&self, village: Option<&DivisionCode>) -> Vec<Value> {
        match village {
            Some(village) => vec![
                Value::text(village.to_string()),
                self.township(village),
                Value::text(self.names.division(village)),
            ],
            None => vec![Value::None, Value::None, Value::None],
        }
    }

    fn visit(&self, record: &StoredRecord, served: &Beneficiaries) -> Vec<Value> {
        let visit = Visit::read(&record.state.fields);
        let days = visit.service_from.map(|from| {
            let to = visit.service_to.unwrap_or(from);
            1 + tepai_sync_protocol::validate::days_between(from, to).max(0)
        });
        let names: Vec<&str> = visit
            .beneficiary_ids
            .iter()
            .flatten()
            .filter_map(|id| served.get(id).map(String::as_str))
            .collect();
        let count = |number: Option<i64>| number.map_or(Value::None, Value::count);
        let mut row = self.village(record.village.as_ref());
        row.extend([
            visit.service_from.map_or(Value::None, Value::Date),
            count(days),
            self.people_of(visit.commissioner_id),
            self.people_of(visit.participant_ids.iter().flatten().copied()),
            self.word(&codes::VISIT_MODE, visit.mode.as_ref()),
            self.word(&codes::INDUSTRY, visit.industry.as_ref()),
            Value::text(visit.content.unwrap_or_default()),
            self.techniques(visit.technique_codes.iter().flatten()),
            Value::text(names.join("、")),
            count(visit.problems_solved),
            count(visit.leaflets),
            count(visit.training_sessions),
            count(visit.training_attendances),
            self.word(&codes::REVIEW_STATE, visit.review_state.as_ref()),
            Value::text(record.id.to_string()),
        ]);
        row
    }

    fn adoption(&self, record: &StoredRecord, served: &Beneficiaries) -> Vec<Value> {
        let report = AdoptionReport::read(&record.state.fields);
        let name = report
            .beneficiary_id
            .and_then(|id| served.get(&id).cloned());
        let exact =
            |number: Option<i64>| number.map_or(Value::None, |number| Value::Number(number, 2));
        let mut row = self.village(record.village.as_ref());
        row.extend([
            report.reported_on.map_or(Value::None, Value::Date),
            Value::text(name.unwrap_or_default()),
            self.techniques(report.technique_code.iter()),
            Value::text(report.technique_code.clone().unwrap_or_default()),
            Value::text(report.season.clone().unwrap_or_default()),
            self.word(&codes::ADOPTION_STAGE, report.stage.as_ref()),
            exact(report.area_centi_mu),
            exact(report.benefit_before_fen),
            exact(report.benefit_after_fen),
            self.word(&codes::EVIDENCE, report.evidence.as_ref()),
            self.people_of([record.author()]),
            Value::text(record.id.to_string()),
        ]);
        row
    }

    fn overdue(&self, coverage: &CoverageAnswer) -> Table {
        let mut columns = village_columns();
        columns.extend([
            column("last_visit_on", "最近走访", "last approved visit", 12),
            column("days_since", "距今（天）", "days since", 10),
            column("interval_days", "间隔（天）", "interval (days)", 10),
            column("commissioners", "科技特派员", "commissioners", 24),
            column(
                "may_have_visited",
                "未同步、可能已走访",
                "not synchronised, may have visited",
                24,
            ),
        ]);
        let row = |village: &VillageState| {
            let mut row = self.village(Some(&village.code));
            row.extend([
                village.last_visit_on.map_or(Value::None, Value::Date),
                village.days_since.map_or(Value::None, Value::count),
                Value::count(village.interval_days),
                self.people_of(village.commissioners.iter().copied()),
                self.people_of(village.may_have_visited.iter().map(|(person, _)| *person)),
            ]);
            row
        };
        let overdue = coverage
            .villages
            .iter()
            .filter(|village| village.is_overdue);
        table(4, columns, overdue.map(row).collect())
    }

    /// Villages with a reference point, and how they stand.
    fn places(&self, coverage: &CoverageAnswer) -> Vec<MapPlace> {
        let place = |village: &VillageState| {
            let point = self.county.points.get(&village.code)?;
            Some(MapPlace {
                longitude: point.lon,
                latitude: point.lat,
                properties: vec![
                    (
                        "village_code".to_owned(),
                        Value::text(village.code.to_string()),
                    ),
                    (
                        "village_name".to_owned(),
                        Value::text(self.names.division(&village.code)),
                    ),
                    ("visits".to_owned(), Value::count(village.visits)),
                    (
                        "last_visit_on".to_owned(),
                        village.last_visit_on.map_or(Value::None, Value::Date),
                    ),
                    (
                        "days_since".to_owned(),
                        village.days_since.map_or(Value::None, Value::count),
                    ),
                    (
                        "is_overdue".to_owned(),
                        Value::count(i64::from(village.is_overdue)),
                    ),
                ],
            })
        };
        coverage.villages.iter().filter_map(place).collect()
    }
}

fn table(at: usize, columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Table {
    let (code, name) = TABLES.get(at).copied().unwrap_or(("", words("", "")));
    Table {
        code: code.to_owned(),
        name: name.into(),
        columns,
        rows,
    }
}

fn column(code: &str, zh: &str, en: &str, width: u8) -> Column {
    Column::new(code, Sentence::new(zh, en), width)
}

fn measure_column(measure: &Measure) -> Column {
    let label = |name: &str, unit: &str| {
        if name == unit {
            name.to_owned()
        } else {
            format!("{name} ({unit})")
        }
    };
    let label = Sentence::new(
        label(measure.name.zh, measure.unit.zh),
        label(measure.name.en, measure.unit.en),
    );
    Column::new(measure.code, label, 11)
}

fn measured(measure: &Measure, value: Option<Measured>) -> Value {
    let number = value.and_then(Measured::number);
    number.map_or(Value::None, |number| {
        Value::Number(number, measure.decimals)
    })
}

fn measures(summary: &Summary) -> impl Iterator<Item = Value> {
    figures(summary).map(|figure| measured(figure.measure, figure.approved))
}

/// Of which village a row is.
fn village_columns() -> Vec<Column> {
    vec![
        column("village_code", "村代码", "village code", 14),
        column("township_name", "乡镇", "township", 14),
        column("village_name", "村", "village", 14),
    ]
}

fn visit_columns() -> Vec<Column> {
    let mut columns = village_columns();
    columns.extend([
        column("service_from", "服务日期", "service date", 12),
        column("service_days", "天数", "days", 7),
        column("commissioner_name", "科技特派员", "commissioner", 12),
        column("participants", "同行", "with", 16),
        column("mode", "服务方式", "mode", 12),
        column("industry", "产业", "industry", 12),
        column("content", "服务内容", "content", 48),
        column("techniques", "推广技术", "techniques", 24),
        column("beneficiaries", "服务对象", "beneficiaries", 24),
        column("problems_solved", "解决难题", "problems solved", 9),
        column("leaflets", "发放资料", "leaflets", 9),
        column("training_sessions", "培训场次", "training sessions", 9),
        column(
            "training_attendances",
            "培训人次",
            "training attendances",
            9,
        ),
        column("review_state", "审核状态", "review state", 12),
        column("visit_id", "编号", "id", 38),
    ]);
    columns
}

fn adoption_columns() -> Vec<Column> {
    let mut columns = village_columns();
    columns.extend([
        column("reported_on", "报告日期", "date of the report", 12),
        column("beneficiary", "服务对象", "beneficiary", 16),
        column("technique_name", "技术", "technique", 24),
        column("technique_code", "技术编码", "technique code", 12),
        column("season", "年份或季节", "season", 12),
        column("stage", "采用阶段", "stage", 10),
        column("area_mu", "采用面积（亩）", "area (mu)", 12),
        column(
            "benefit_before_yuan",
            "采用前效益（元）",
            "benefit before (yuan)",
            14,
        ),
        column(
            "benefit_after_yuan",
            "采用后效益（元）",
            "benefit with it (yuan)",
            14,
        ),
        column("evidence", "证据", "evidence", 12),
        column("commissioner_name", "科技特派员", "commissioner", 12),
        column("report_id", "编号", "id", 38),
    ]);
    columns
}

/// What each figure means, so that two people who read a report read the same.
fn definitions(language: Language) -> Table {
    let columns = vec![
        column("measure", "代码", "code", 26),
        column("measure_name", "指标", "measure", 20),
        column("unit", "单位", "unit", 10),
        column("definition", "口径", "definition", 80),
    ];
    let row = |measure: &Measure| {
        vec![
            Value::text(measure.code),
            Value::text(language.of(measure.name)),
            Value::text(language.of(measure.unit)),
            Value::text(language.of(measure.definition)),
        ]
    };
    table(5, columns, MEASURES.iter().map(row).collect())
}
