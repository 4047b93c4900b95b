//! What goes out: one report in every format, read back by programs that nobody here wrote, and a superior's workbook filled in.

use axum::http::{Method, header};
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use rust_xlsxwriter::{Format, Formula, Workbook};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::Path;
use tepai_domain::actor::Role;
use tepai_tests::caller::{Answer, office};
use tepai_tests::foreign::succeeds;
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Backend, Caller, World, on_both_databases};

on_both_databases!(
    a_workbook_holds_dates_and_numbers_as_such_and_codes_as_text,
    what_people_wrote_is_no_formula_in_any_format,
    every_export_is_written_down_before_it_leaves,
    what_went_out_is_taken_out_again_bit_by_bit_by_its_number,
    a_superiors_workbook_is_filled_and_its_rows_are_repeated,
    a_workbook_that_cannot_be_filled_says_what_is_wrong_and_where,
    office_programs_read_what_goes_out,
);

/// What somebody wrote who means no good.
const NASTY: &str = "=HYPERLINK(\"http://evil\",\"x\")<script>";

/// Three visits of which two are approved, and an adoption report.
async fn scene(world: &World) -> Caller {
    let officer = office(world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    for (at, on, content) in [(0, "2026-06-05", NASTY), (5, "2026-06-20", "测水质")] {
        let village = villages()[at].to_string();
        let more = json!({"content": content, "leaflets": 12});
        officer
            .approved_visit(world, &mut phone, (&village, on), more)
            .await;
    }
    let (_, pending) = phone.visit(villages()[1].as_str(), "2026-06-21", json!({}));
    phone.push_one(&world.app, pending).await;
    let village = villages()[0].clone();
    let (beneficiary, create) = phone.create(
        "beneficiary",
        json!({"village_code": village, "kind": "household", "display_name": "@SUM(A1)", "phone": "13812345678"}),
    );
    let (_, report) = phone.create(
        "adoption_report",
        json!({"village_code": village, "beneficiary_id": beneficiary, "technique_code": "007", "season": "2026",
               "stage": "adopted", "reported_on": "2026-06-21", "area_centi_mu": 1250}),
    );
    for result in phone.push(&world.app, vec![create, report]).await {
        assert!(result.problem.is_none(), "{result:?}");
    }
    let point = "INSERT INTO village_profile (village_code, county_code, ref_lat, ref_lon, ref_datum, ref_wgs84_lat, ref_wgs84_lon) \
                 VALUES ($1, $2, 29.9, 112.4, 'wgs84', 29.9, 112.4)";
    let values = vec![village.as_str().into(), COUNTY.into()];
    world.execute(point, values).await;
    officer
}

async fn export(caller: &Caller, query: &str) -> Answer {
    let answer = caller
        .get(&format!("/v1/exports/{COUNTY}?period=2026-06&{query}"))
        .await;
    assert!(answer.status.is_success(), "{}", answer.body);
    answer
}

type Cells = Vec<(String, Vec<Vec<Data>>)>;

fn read_workbook(bytes: &[u8]) -> Cells {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let names = book.sheet_names();
    names
        .into_iter()
        .map(|name| {
            let range = book.worksheet_range(&name).unwrap();
            let rows = range.rows().map(<[Data]>::to_vec).collect();
            (name, rows)
        })
        .collect()
}

async fn a_workbook_holds_dates_and_numbers_as_such_and_codes_as_text(world: World) {
    let officer = scene(&world).await;
    let answer = export(&officer, "format=xlsx").await;
    let name = answer.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap();
    assert_eq!(
        name,
        "attachment; filename=\"tepai-990421-2026-06-01-2026-06-30-no-2026-0001.xlsx\""
    );
    let book = read_workbook(&answer.bytes);
    let names: Vec<_> = book.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "汇总表",
        "个人考核表",
        "服务台账",
        "技术采用表",
        "逾期村清单",
        "口径说明",
    ];
    assert_eq!(names, expected);
    let (_, summary) = &book[0];
    let head: Vec<_> = summary[2].iter().map(ToString::to_string).collect();
    let visits = head
        .iter()
        .position(|name| name.contains("服务次数") || name.contains("走访"))
        .unwrap();
    let whole = summary.last().unwrap();
    assert_eq!(whole[0], Data::String(COUNTY.to_owned()), "a code is text");
    assert_eq!(whole[visits], Data::Float(2.0), "{head:?}");
    assert_eq!(summary.len(), 3 + 3 + 1, "heads, townships, the whole");
    let (_, ledger) = &book[2];
    assert_eq!(
        ledger.len(),
        3 + 3,
        "pending visits are in the ledger, with their state"
    );
    let first = &ledger[3];
    assert_eq!(first[0], Data::String(villages()[0].to_string()));
    let Data::DateTime(date) = &first[3] else {
        unreachable!("no date: {:?}", first[3]);
    };
    assert_eq!(date.to_string(), "46178", "2026-06-05");
    assert_eq!(first[9], Data::String(NASTY.to_owned()));
    let (_, adoptions) = &book[3];
    assert_eq!(adoptions[3][6], Data::String("007".to_owned()), "no number");
    assert_eq!(adoptions[3][9], Data::Float(12.5), "亩");
    let (_, overdue) = &book[4];
    assert_eq!(
        overdue.len(),
        3 + 10,
        "ten of twelve villages without an approved visit"
    );
    // In English the sheets have English names; a township has its own report.
    let english = export(&officer, "format=xlsx&lang=en").await;
    assert_eq!(read_workbook(&english.bytes)[2].0, "visits");
    let coordinator = office(&world, Role::Coordinator).await;
    let path = |of: &str| format!("/v1/exports/{of}?period=2026-06&format=json");
    let own = coordinator.get(&path(townships()[0].as_str())).await.ok();
    let visits = own["tables"][2]["rows"].as_array().unwrap();
    assert_eq!(visits.len(), 2);
    coordinator
        .get(&path(COUNTY))
        .await
        .refused(404, "not_found");
    // No telephone number leaves with a report.
    let all = export(&officer, "format=json").await.body.to_string();
    assert!(!all.contains("13812345678") && all.contains("@SUM(A1)"));
}

async fn what_people_wrote_is_no_formula_in_any_format(world: World) {
    let officer = scene(&world).await;
    let csv = export(&officer, "format=csv&table=visits").await;
    let text = String::from_utf8(csv.bytes.to_vec()).unwrap();
    assert!(text.starts_with("\u{feff}村代码,"), "with the mark");
    assert!(text.contains(",\"'=HYPERLINK("), "{text}");
    let adoptions = export(&officer, "format=csv&table=adoptions").await;
    let text = String::from_utf8(adoptions.bytes.to_vec()).unwrap();
    assert!(text.contains(",'@SUM(A1),"), "{text}");
    let page = export(&officer, "format=html&lang=en").await;
    let text = String::from_utf8(page.bytes.to_vec()).unwrap();
    assert!(text.contains("<html lang=\"en\">") && !text.contains("<script"));
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let points = export(&officer, "format=geojson").await.body;
    assert_eq!(
        points["features"][0]["geometry"]["coordinates"],
        json!([112.4, 29.9])
    );
    assert_eq!(points["features"][0]["properties"]["visits"], 1);
    officer
        .get(&format!(
            "/v1/exports/{COUNTY}?period=2026-06&format=csv&table=nothing"
        ))
        .await
        .refused(400, "invalid_parameter");
}

async fn every_export_is_written_down_before_it_leaves(world: World) {
    let officer = scene(&world).await;
    export(&officer, "format=csv&table=visits").await;
    export(&officer, "format=xlsx").await;
    let audit = officer.get("/v1/audit?act=exported").await.ok();
    let links = audit["links"].as_array().unwrap();
    let said: Vec<_> = links
        .iter()
        .map(|link| {
            (
                link["object"].clone(),
                link["detail"]["format"].clone(),
                link["detail"]["rows"].clone(),
            )
        })
        .collect();
    assert_eq!(said[1], (json!(COUNTY), json!("csv"), json!(3)));
    assert_eq!(said[0].1, "xlsx");
    assert!(said[0].2.as_i64().unwrap() > 3);
}

async fn what_went_out_is_taken_out_again_bit_by_bit_by_its_number(world: World) {
    let officer = scene(&world).await;
    let mut sent = Vec::new();
    for query in [
        "format=xlsx",
        "format=html",
        "format=csv&table=people",
        "format=geojson",
    ] {
        sent.push(export(&officer, query).await);
    }
    sent.push(send_template(&officer, &template()).await);
    // Whatever comes later.
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let place = villages()[2].to_string();
    officer
        .approved_visit(&world, &mut phone, (&place, "2026-06-22"), json!({}))
        .await;
    let list = officer.get("/v1/reports").await.ok();
    let mut reports = list["reports"].as_array().unwrap().clone();
    reports.reverse();
    assert_eq!(reports.len(), sent.len());
    for (count, (report, before)) in (1..).zip(reports.iter().zip(&sent)) {
        let number = format!("{COUNTY}-2026-{count:04}");
        assert_eq!(report["number"], json!(number), "numbers have no gaps");
        let again = officer.get(&format!("/v1/reports/{number}")).await;
        assert_eq!(again.bytes, before.bytes, "{number}");
        for name in [header::CONTENT_TYPE, header::CONTENT_DISPOSITION] {
            assert_eq!(again.headers[&name], before.headers[&name], "{number}");
        }
    }
    let page = String::from_utf8(sent[1].bytes.to_vec()).unwrap();
    assert!(page.contains("编号 990421-2026-0002 · "), "{page}");
    let (_, summary) = &read_workbook(&sent[0].bytes)[0];
    assert!(
        summary[1][0]
            .to_string()
            .contains("编号 990421-2026-0001 · ")
    );
    // The control: the same report made anew is another one by now.
    let anew = export(&officer, "format=csv&table=people").await;
    assert_ne!(anew.bytes, sent[2].bytes);
    let audit = officer.get("/v1/audit?act=exported&limit=500").await.ok();
    let links = audit["links"].as_array().unwrap();
    let again = links.iter().filter(|link| link["detail"]["again"] == true);
    assert_eq!((links.len(), again.count()), (11, 5));
    // A coordinator has the own reports alone; nobody has one that was altered, or that never was.
    let coordinator = office(&world, Role::Coordinator).await;
    assert_eq!(
        coordinator.get("/v1/reports").await.ok()["reports"],
        json!([])
    );
    let first = format!("/v1/reports/{COUNTY}-2026-0001");
    coordinator.get(&first).await.refused(404, "not_found");
    for wrong in ["1", "990421-2026-0099", "990422-2026-0001"] {
        let path = format!("/v1/reports/{wrong}");
        officer.get(&path).await.refused(404, "not_found");
    }
    let page = officer.get("/v1/reports?limit=4").await.ok();
    let cursor = page["next"].as_str().unwrap();
    let rest = officer
        .get(&format!("/v1/reports?limit=4&cursor={cursor}"))
        .await
        .ok();
    assert_eq!(rest["reports"].as_array().unwrap().len(), 2);
    let sql = "UPDATE report_file SET digest = replace(digest, 'a', 'b')";
    world.execute(sql, vec![]).await;
    officer.get(&first).await.refused(500, "internal");
}

/// A superior's workbook: single figures above, a row to repeat, a total below.
fn template() -> Vec<u8> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("yyyy/m/d");
    let sheet = book.add_worksheet().set_name("上报表").unwrap();
    sheet
        .write(0, 0, "{{place}} 科技特派员统计表（{{from}} 至 {{to}}）")
        .unwrap();
    sheet.write(1, 0, "服务次数").unwrap();
    sheet.write(1, 1, "{{whole.visits}}").unwrap();
    sheet.write(3, 0, "村").unwrap();
    sheet.write(4, 0, "{{visits.village_name}}").unwrap();
    sheet
        .write_with_format(4, 1, "{{visits.service_from}}", &date)
        .unwrap();
    sheet.write(4, 2, "{{ visits.leaflets }}").unwrap();
    sheet.write(4, 3, Formula::new("C5*2")).unwrap();
    sheet.write(4, 6, "{{visits.content}}").unwrap();
    sheet.merge_range(4, 4, 4, 5, "并", &Format::new()).unwrap();
    sheet.write(5, 0, "合计").unwrap();
    sheet.write(5, 2, Formula::new("SUM(C5:C5)")).unwrap();
    sheet
        .merge_range(6, 0, 6, 3, "填报单位：县科技局", &Format::new())
        .unwrap();
    sheet.set_print_area(0, 0, 6, 6).unwrap();
    sheet.set_repeat_rows(3, 3).unwrap();
    let check = book.add_worksheet().set_name("核对").unwrap();
    let total = Formula::new("SUM('上报表'!C5:C5)-'上报表'!C6");
    check.write(0, 0, total).unwrap();
    book.define_name("发放合计", "='上报表'!$C$6").unwrap();
    book.save_to_buffer().unwrap()
}

async fn send_template(caller: &Caller, bytes: &[u8]) -> Answer {
    let head = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"t.xlsx\"\r\n\r\n";
    let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
    let kind = (header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    let path = format!("/v1/exports/{COUNTY}?period=2026-06");
    caller.send_bytes(Method::POST, &path, &[kind], body).await
}

async fn a_superiors_workbook_is_filled_and_its_rows_are_repeated(world: World) {
    let officer = scene(&world).await;
    let answer = send_template(&officer, &template()).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    let book = read_workbook(&answer.bytes);
    let (name, rows) = &book[0];
    assert_eq!(name, "上报表");
    let county = format!("county {COUNTY}");
    assert_eq!(
        rows[0][0],
        Data::String(format!(
            "{county} 科技特派员统计表（2026-06-01 至 2026-06-30）"
        ))
    );
    assert_eq!(rows[1][1], Data::Float(2.0));
    let village = |at: usize| Data::String(format!("village {}", villages()[at]));
    for (row, at, leaflets) in [
        (4, 0, Data::Float(12.0)),
        (5, 1, Data::Empty),
        (6, 5, Data::Float(12.0)),
    ] {
        assert_eq!(
            (&rows[row][0], &rows[row][2]),
            (&village(at), &leaflets),
            "row {row}"
        );
        assert!(
            matches!(rows[row][1], Data::DateTime(_)),
            "a date in a cell for dates"
        );
        assert_eq!(rows[row][4], Data::String("并".to_owned()));
    }
    assert_eq!(rows[4][6], Data::String(NASTY.to_owned()), "no formula");
    assert_eq!(rows[7][0], Data::String("合计".to_owned()));
    assert_eq!(rows[8][0], Data::String("填报单位：县科技局".to_owned()));
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(answer.bytes.to_vec())).unwrap();
    let formulas = book.worksheet_formula("上报表").unwrap();
    let formula = |row, column| formulas.get_value((row, column)).cloned();
    assert_eq!(formula(5, 3).as_deref(), Some("C6*2"), "its own row");
    assert_eq!(
        formula(7, 2).as_deref(),
        Some("SUM(C5:C7)"),
        "the range grew"
    );
    let formulas = book.worksheet_formula("核对").unwrap();
    let elsewhere = formulas.get_value((0, 0)).cloned();
    assert_eq!(
        elsewhere.as_deref(),
        Some("SUM('上报表'!C5:C7)-'上报表'!C8"),
        "on another sheet"
    );
    let names = workbook_xml(&answer.bytes);
    for moved in ["上报表!$C$8</", "上报表!$A$1:$G$9</", "上报表!$4:$4</"] {
        assert!(
            names.replace("&apos;", "").contains(moved),
            "{moved} in {names}"
        );
    }
    let merged = book.merge_cells_by_sheet_name("上报表").unwrap();
    let merged: Vec<_> = merged
        .iter()
        .map(|range| (range.start.0, range.end.0))
        .collect();
    assert_eq!(merged, [(4, 4), (5, 5), (6, 6), (8, 8)]);
}

/// Where names of ranges, and areas to print, are written.
fn workbook_xml(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let file = archive.by_name("xl/workbook.xml").unwrap();
    std::io::read_to_string(file).unwrap()
}

async fn a_workbook_that_cannot_be_filled_says_what_is_wrong_and_where(world: World) {
    let officer = scene(&world).await;
    let of = |cells: &[(u32, u16, &str)]| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, column, text) in cells {
            sheet.write(*row, *column, *text).unwrap();
        }
        book.save_to_buffer().unwrap()
    };
    for (bytes, words) in [
        (b"PK\x03\x04 nothing".to_vec(), "not an XLSX workbook"),
        (of(&[(0, 0, "nothing to fill")]), "no placeholder"),
        (
            of(&[(0, 0, "{{whole.visit}}"), (4, 1, "{{visits.nothing}}")]),
            "Sheet1!A1: whole.visit; Sheet1!B5: visits.nothing",
        ),
        (
            of(&[
                (2, 0, "{{visits.content}}"),
                (2, 1, "{{overdue.village_name}}"),
            ]),
            "row Sheet1!3 names two tables",
        ),
    ] {
        let problem = send_template(&officer, &bytes)
            .await
            .refused(422, "invalid_input");
        let said = problem["errors"][0]["message"]["en"].as_str().unwrap();
        assert!(said.contains(words), "{said}");
    }
    let audit = officer.get("/v1/audit?act=exported").await.ok();
    assert_eq!(audit["links"], json!([]), "nothing went out");
}

#[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
fn skipped(what: &str) {
    eprintln!("SKIPPED: {what}");
}

fn convert(folder: &Path, to: &str, file: &str) -> bool {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    succeeds(
        folder,
        "soffice",
        &[&profile, "--headless", "--convert-to", to, file],
    )
}

async fn office_programs_read_what_goes_out(world: World) {
    let officer = scene(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    put("report.xlsx", &export(&officer, "format=xlsx").await.bytes);
    put(
        "filled.xlsx",
        &send_template(&officer, &template()).await.bytes,
    );
    put(
        "villages.geojson",
        &export(&officer, "format=geojson").await.bytes,
    );
    if succeeds(folder.path(), "soffice", &["--version"]) {
        assert!(
            convert(folder.path(), "pdf", "report.xlsx"),
            "LibreOffice prints the workbook"
        );
        let pdf = std::fs::read(folder.path().join("report.pdf")).unwrap();
        assert!(pdf.starts_with(b"%PDF") && pdf.len() > 10_000);
        assert!(convert(
            folder.path(),
            "csv:Text - txt - csv (StarCalc):44,34,76",
            "filled.xlsx"
        ));
        let filled = read("filled.csv");
        let lines: Vec<_> = filled.lines().collect();
        assert!(
            lines[4].starts_with(&format!("village {},2026/6/5,12,24,", villages()[0])),
            "{filled}"
        );
        assert!(
            lines[7].starts_with("合计,,24,"),
            "LibreOffice adds the repeated rows up: {filled}"
        );
    } else {
        skipped("reading workbooks needs LibreOffice (soffice)");
    }
    if succeeds(folder.path(), "ogr2ogr", &["--version"]) {
        let arguments = [
            "-f",
            "CSV",
            "villages.csv",
            "villages.geojson",
            "-lco",
            "GEOMETRY=AS_XY",
        ];
        assert!(succeeds(folder.path(), "ogr2ogr", &arguments));
        let points = read("villages.csv");
        let mut lines = points.lines();
        let heads = lines.next().unwrap();
        assert!(
            heads.starts_with("X,Y,") && heads.contains(",village_code,"),
            "{points}"
        );
        let line = lines.next().unwrap();
        assert!(
            line.starts_with("112.4,29.9,") && line.contains(villages()[0].as_str()),
            "{points}"
        );
    } else {
        skipped("reading GeoJSON needs ogr2ogr (gdal-bin)");
    }
}

/// A large month of people and places whose names sort one way by bytes and another in Chinese, some of them alike, with many
/// visits on one day.
async fn crowd(world: &World) -> Caller {
    let officer = office(world, Role::CountyOfficer).await;
    let names = [
        "张伟",
        "王芳",
        "张伟",
        "阿依古丽·买买提",
        "Émile",
        "zhang",
        "李 娜",
        "Zhang",
    ];
    for (at, village) in villages().iter().enumerate() {
        let name = format!("{}村", names[at % names.len()]);
        let sql = "UPDATE division SET name = $1 WHERE code = $2";
        world
            .execute(sql, vec![name.into(), village.as_str().into()])
            .await;
    }
    for (at, name) in names.into_iter().enumerate() {
        let person = world.commissioner(&villages()).await;
        let sql = "UPDATE account SET display_name = $1 WHERE id = $2";
        world.execute(sql, vec![name.into(), person.0.into()]).await;
        let mut phone = world.phone(person).await;
        let visits: Vec<Value> = (0..50_usize)
            .map(|number| {
                let village = villages()[(at + number * 7) % villages().len()].clone();
                let on = format!("2026-06-{:02}", 1 + (number * number) % 21);
                let content = format!("{name}第{}次：“，；、”", number % 5);
                let more = json!({"content": content, "leaflets": number % 3});
                phone.visit(village.as_str(), &on, more).1
            })
            .collect();
        for result in phone.push(&world.app, visits).await {
            assert!(result.problem.is_none(), "{result:?}");
        }
    }
    let waiting = officer.get("/v1/visits?state=submitted&limit=100").await;
    for visit in waiting.ok()["visits"].as_array().unwrap() {
        let path = format!("/v1/visits/{}/reviews", visit["id"].as_str().unwrap());
        let approve = json!({"rev": visit["rev"], "decision": "approve"});
        officer.post(&path, approve).await.ok();
    }
    officer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_export_the_same_cell_by_cell() {
    let Some(postgres) = World::start(Backend::Postgres).await else {
        return skipped("comparing the databases needs PostgreSQL");
    };
    let sqlite = World::start(Backend::Sqlite).await.unwrap();
    let mut books = Vec::new();
    for world in [&sqlite, &postgres] {
        let officer = crowd(world).await;
        let json: Value = export(&officer, "format=json").await.body;
        let book = read_workbook(&export(&officer, "format=xlsx").await.bytes);
        let csv = export(&officer, "format=csv&table=visits").await.bytes;
        let page = export(&officer, "format=html").await.bytes;
        let filled = read_workbook(&send_template(&officer, &template()).await.bytes);
        books.push((json, book, csv, page, filled));
    }
    let ledger = &books[0].1[2].1;
    assert_eq!(ledger.len(), 3 + 400, "a large month");
    let summary = books[0].1[0].1.last().unwrap();
    assert!(
        summary.contains(&Data::Float(100.0)),
        "of which 100 count: {summary:?}"
    );
    assert_eq!(books[0], books[1]);
}
