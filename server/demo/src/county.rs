//! The county of the demo: a fictional one, or a real one of which only the people are made up. It knows no
//! server: places, people and the tables by which they are imported.

use std::fmt::Write;

/// A commissioner of the demo.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// The county's own number, which is the login name too.
    pub staff_no: String,
    /// A name that nobody has.
    pub name: String,
    /// `aquaculture` or `vegetable`.
    pub industry: &'static str,
    /// The villages, by code.
    pub villages: Vec<String>,
}

/// First day of the story.
pub const FIRST_DAY: jiff::civil::Date = jiff::civil::date(2026, 3, 1);
/// Last day of the story.
pub const LAST_DAY: jiff::civil::Date = jiff::civil::date(2026, 6, 30);
/// The day on which a village passes from one commissioner to another.
pub const HAND_OVER: jiff::civil::Date = jiff::civil::date(2026, 5, 11);
/// How many commissioners there are.
pub const COMMISSIONERS: usize = 25;
/// How many villages they serve, or should.
const SERVED: usize = 60;

/// The code of the fictional county.
pub const COUNTY: &str = "990421";
const TOWNSHIPS: [(&str, &str); 6] = [
    ("100", "青石镇"),
    ("101", "白鹭镇"),
    ("102", "柳溪镇"),
    ("103", "湖口镇"),
    ("200", "稻香乡"),
    ("201", "云塘乡"),
];
const VILLAGES: [&str; 10] = [
    "东塘", "西塘", "上湾", "下湾", "新桥", "石板", "莲花", "双河", "高岗", "荷叶",
];

const SURNAMES: [&str; 25] = [
    "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨",
    "朱", "秦", "尤", "许", "何", "吕", "施", "张", "孔",
];
const GIVEN: [&str; 5] = ["青塘", "禾苗", "碧波", "春耕", "稻浪"];

/// Techniques of the catalogue: code, name, industry, group.
pub const TECHNIQUES: [(&str, &str, &str, &str); 12] = [
    ("SC01", "池塘微孔高效增氧", "aquaculture", "增氧"),
    ("SC02", "稻虾综合种养", "aquaculture", "综合种养"),
    ("SC03", "尾水三池两坝治理", "aquaculture", "尾水治理"),
    ("SC04", "配合饲料替代幼杂鱼", "aquaculture", "饲料"),
    ("SC05", "水产养殖用药减量", "aquaculture", "用药减量"),
    ("SC06", "种草养蟹", "aquaculture", "生态养殖"),
    ("SC07", "水质检测与调控", "aquaculture", "水质"),
    ("SH01", "集约化育苗", "vegetable", "育苗"),
    ("SH02", "病虫害绿色防控", "vegetable", "植保"),
    ("SH03", "高温闷棚土壤消毒", "vegetable", "连作障碍"),
    ("SH04", "节水灌溉", "vegetable", "设施"),
    ("SH05", "稻菜轮作", "vegetable", "茬口"),
];

/// The division files of the fictional county: name and content.
pub fn division_files() -> Vec<(&'static str, String)> {
    let mut streets = String::from("code,name,areaCode,provinceCode,cityCode\n");
    let mut villages = String::from("code,name,streetCode,provinceCode,cityCode,areaCode\n");
    for (township, name) in TOWNSHIPS {
        let code = format!("{COUNTY}{township}");
        // Writing into a string cannot fail.
        let _ = writeln!(streets, "{code},\"{name}\",{COUNTY},99,9904");
        for (number, village) in VILLAGES.iter().enumerate() {
            let _ = writeln!(
                villages,
                "{code}{},\"{village}村村委会\",{code},99,9904,{COUNTY}",
                200 + number
            );
        }
    }
    vec![
        (
            "areas.csv",
            format!("code,name,cityCode,provinceCode\n{COUNTY},\"青湾县\",9904,99\n"),
        ),
        ("streets.csv", streets),
        ("villages.csv", villages),
    ]
}

/// The people of the demo over the villages of a county. The last two of the served villages stay unassigned.
pub fn people(villages: &[String]) -> Vec<DemoPerson> {
    let step = (villages.len() / SERVED).max(1);
    let served: Vec<&String> = villages.iter().step_by(step).take(SERVED).collect();
    let assigned = served
        .get(..served.len().saturating_sub(2))
        .unwrap_or_default();
    let person = |number: usize| {
        let given = GIVEN.get(number % GIVEN.len()).copied().unwrap_or_default();
        let surname = SURNAMES.get(number).copied().unwrap_or_default();
        let own = assigned.iter().skip(number).step_by(COMMISSIONERS);
        DemoPerson {
            staff_no: format!("tp{:02}", number + 1),
            name: format!("{surname}{given}"),
            industry: if number % 5 < 3 {
                "aquaculture"
            } else {
                "vegetable"
            },
            villages: own.map(|code| (*code).clone()).collect(),
        }
    };
    (0..COMMISSIONERS).map(person).collect()
}

/// The roster as the county would send it. The first village of the first commissioner passes to the second on
/// [`HAND_OVER`]; the second village of the third is served by the fourth as well.
pub fn roster(people: &[DemoPerson]) -> String {
    let mut rows = String::from(
        "staff_no,name,kind,dispatch_unit,industries,service_mode,term_from,team_no,team_name,is_leader,village_code,assigned_from,assigned_to\n",
    );
    let mut row = |number: usize, person: &DemoPerson, village: &str, from: String, to: String| {
        let team = number / 5 + 1;
        let unit = if person.industry == "aquaculture" {
            "县水产技术推广站"
        } else {
            "县蔬菜办公室"
        };
        let leader = if number.is_multiple_of(5) {
            "是"
        } else {
            "否"
        };
        let _ = writeln!(
            rows,
            "{},{},person,{unit},{},free,2026-01-01,T{team},第{team}特派团,{leader},{village},{from},{to}",
            person.staff_no, person.name, person.industry,
        );
    };
    let first = people.first().and_then(|person| person.villages.first());
    let shared = people.get(2).and_then(|person| person.villages.get(1));
    let eve = HAND_OVER.yesterday().unwrap_or(HAND_OVER);
    for (number, person) in people.iter().enumerate() {
        for village in &person.villages {
            let passes = number == 0 && Some(village) == first;
            let to = if passes {
                eve.to_string()
            } else {
                String::new()
            };
            row(number, person, village, "2026-01-01".to_owned(), to);
        }
        if let Some(village) = first.filter(|_| number == 1) {
            row(
                number,
                person,
                village,
                HAND_OVER.to_string(),
                String::new(),
            );
        }
        if let Some(village) = shared.filter(|_| number == 3) {
            row(
                number,
                person,
                village,
                "2026-01-01".to_owned(),
                String::new(),
            );
        }
    }
    rows
}

/// The catalogue of techniques as a table.
pub fn techniques() -> String {
    let mut rows = String::from("code,name_zh,industry,group\n");
    for (code, name, industry, group) in TECHNIQUES {
        let _ = writeln!(rows, "{code},{name},{industry},{group}");
    }
    rows
}

/// The profiles of the villages as a table: made up, but of a plausible size.
pub fn profiles(villages: &[String]) -> String {
    let mut rows = String::from(
        "village_code,households,population,lead_industries,lead_product,lat,lon,datum,as_of\n",
    );
    for (number, village) in villages.iter().enumerate() {
        let (industry, product) = if number % 5 < 3 {
            ("aquaculture", "小龙虾")
        } else {
            ("vegetable", "莲藕")
        };
        let households = 180 + number * 37 % 420;
        let (lat, lon) = (place(29_700, number, 17), place(113_300, number, 23));
        let _ = writeln!(
            rows,
            "{village},{households},{},{industry},{product},{lat},{lon},wgs84,2026-01-01",
            households * 4
        );
    }
    rows
}

/// A coordinate as text: some thousandths of a degree beside `base`.
pub fn place(base: usize, number: usize, step: usize) -> String {
    let thousandths = base + number * step % 400;
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}
