//! Imports the roster: commissioners, their teams, their terms, and the villages they are assigned to.
//!
//! One row is one person in one village for a while; whoever serves three villages has three rows. A commissioner is
//! found again by the staff number, a team by its number, an assignment by person, village and first day.

use crate::clock::Clock;
use crate::identity::accounts::Manager;
use crate::imports::report::{ImportReport, Outcome, Rejection, What};
use crate::imports::row::Row;
use crate::imports::table::{Column, Table};
use crate::imports::{Halt, conclude, read_table, require_county, settle};
use crate::{App, AppError};
use bytes::Bytes;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::account::{self, Account, Attempts};
use tepai_domain::actor::Role;
use tepai_store::commissioners::{
    self, Assignment, Commissioner, NamedCommissioner, Team, TeamMember,
};
use tepai_store::divisions::{self, StoredDivision};
use tepai_store::{StoreError, WriteTxn, accounts};
use tepai_sync_protocol::codes::{self, Code, CodeList};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::words::words;
use uuid::Uuid;

static COLUMNS: &[Column] = &[
    Column::required("staff_no", "工号", &["编号", "特派员编号", "人员编号"]),
    Column::required("name", "姓名", &["名称", "特派员姓名", "特派员"]),
    Column::optional("login", "登录名", &["账号", "用户名"]),
    Column::required("kind", "类型", &["特派员类型", "类别"]),
    Column::optional("dispatch_unit", "派出单位", &["工作单位", "单位"]),
    Column::optional("title", "职称", &["职务职称"]),
    Column::optional("specialty", "专业", &["专长", "专业特长"]),
    Column::optional("industries", "服务产业", &["产业", "industry"]),
    Column::optional("service_mode", "服务性质", &["服务方式", "有偿无偿"]),
    Column::optional("term_from", "任期开始", &["聘期开始", "任期起"]),
    Column::optional("term_to", "任期结束", &["聘期结束", "任期止"]),
    Column::optional("team_no", "团队编号", &["服务团编号"]),
    Column::optional("team_name", "团队名称", &["服务团", "服务团名称"]),
    Column::optional("is_leader", "团长", &["是否团长", "团内身份", "leader"]),
    Column::optional("village_code", "村代码", &["服务村代码", "派驻村代码"]),
    Column::optional(
        "assigned_from",
        "派驻开始",
        &["服务开始", "派驻起", "派驻开始日期"],
    ),
    Column::optional(
        "assigned_to",
        "派驻结束",
        &["服务结束", "派驻止", "派驻结束日期"],
    ),
    // For whoever reads the table; codes decide.
    Column::optional("village_name", "村名", &["服务村", "派驻村"]),
];

/// 特派员类型.
static COMMISSIONER_KIND: CodeList = CodeList {
    name: "commissioner_kind",
    codes: &[
        Code {
            code: "person",
            label: words("自然人", "natural person"),
        },
        Code {
            code: "organisation",
            label: words("法人", "legal person"),
        },
        Code {
            code: "team",
            label: words("团队", "team"),
        },
    ],
};

/// Imports the roster of a county. Accounts are made without a password: a phone is enrolled by a code.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn import(
    app: &App,
    by: &Manager,
    county: DivisionCode,
    file: Bytes,
    dry_run: bool,
) -> Result<ImportReport, AppError> {
    let table = read_table(file, COLUMNS).await?;
    let (clock, by, now) = (app.clock.clone(), by.doer(), app.clock.now_ms());
    let outcome = app
        .store
        .write(async move |txn| {
            require_county(txn, &county).await?;
            let mut known = Known::load(txn, county.clone(), &table).await?;
            let (plan, report) = plan(&table, &mut known, &clock, dry_run);
            plan.save(txn).await?;
            conclude(txn, (&county, by, now), report).await
        })
        .await;
    settle(outcome)
}

/// What the county knows, as the rows read so far leave it.
struct Known {
    county: DivisionCode,
    villages: BTreeMap<DivisionCode, StoredDivision>,
    /// Whose each login name is.
    logins: BTreeMap<String, PersonId>,
    people: BTreeMap<String, KnownPerson>,
    teams: BTreeMap<String, KnownTeam>,
    members: BTreeMap<(Uuid, PersonId), bool>,
    assignments: BTreeMap<(PersonId, DivisionCode), Vec<Assignment>>,
}

struct KnownPerson {
    name: String,
    commissioner: Commissioner,
    /// The first row of the table that is about the person.
    line: Option<u64>,
}

struct KnownTeam {
    team: Team,
    /// The first row of the table that names the team.
    line: Option<u64>,
}

impl Known {
    async fn load(txn: &WriteTxn, county: DivisionCode, table: &Table) -> Result<Self, StoreError> {
        let villages = divisions::list_level(txn, &county, Level::Village).await?;
        let people = commissioners::list_commissioners(txn, &county).await?;
        let teams = commissioners::list_teams(txn, &county).await?;
        let members = commissioners::list_members(txn, &county).await?;
        let mut known = Self {
            villages: villages
                .into_iter()
                .map(|one| (one.code.clone(), one))
                .collect(),
            logins: BTreeMap::new(),
            people: people.into_iter().map(KnownPerson::stored).collect(),
            teams: teams
                .into_iter()
                .map(|team| (team.team_no.clone(), KnownTeam { team, line: None }))
                .collect(),
            members: members
                .into_iter()
                .map(|one| ((one.team, one.person), one.is_leader))
                .collect(),
            assignments: BTreeMap::new(),
            county,
        };
        for one in commissioners::list_assignments_in(txn, &known.county).await? {
            known
                .assignments
                .entry((one.person, one.village.clone()))
                .or_default()
                .push(one);
        }
        for login in logins_in(table) {
            if let Some(account) = accounts::find_by_login(txn, &login).await? {
                known.logins.insert(login, account.person);
            }
        }
        Ok(known)
    }
}

impl KnownPerson {
    fn stored(one: NamedCommissioner) -> (String, Self) {
        let NamedCommissioner {
            display_name: name,
            commissioner,
        } = one;
        (
            commissioner.staff_no.clone(),
            Self {
                name,
                commissioner,
                line: None,
            },
        )
    }
}

/// Every login name that a row asks for, or falls back on.
fn logins_in(table: &Table) -> BTreeSet<String> {
    let typed = table
        .lines
        .iter()
        .flat_map(|line| [table.cell(line, "login"), table.cell(line, "staff_no")]);
    typed
        .filter_map(|typed| account::login(typed).ok())
        .collect()
}

/// What an import is going to write.
#[derive(Default)]
struct Plan {
    accounts: Vec<Account>,
    commissioners: BTreeMap<String, Commissioner>,
    teams: BTreeMap<String, Team>,
    members: BTreeMap<(Uuid, PersonId), bool>,
    assignments: BTreeMap<Uuid, Assignment>,
}

impl Plan {
    async fn save(&self, txn: &WriteTxn) -> Result<(), Halt> {
        for account in &self.accounts {
            if !accounts::insert(txn, account, None).await? {
                // Somebody took the name a moment ago.
                return Err(AppError::Busy.into());
            }
        }
        for commissioner in self.commissioners.values() {
            commissioners::upsert_commissioner(txn, commissioner).await?;
        }
        for team in self.teams.values() {
            commissioners::upsert_team(txn, team).await?;
        }
        for (&(team, person), &is_leader) in &self.members {
            commissioners::set_member(
                txn,
                TeamMember {
                    team,
                    person,
                    is_leader,
                },
            )
            .await?;
        }
        for assignment in self.assignments.values() {
            commissioners::upsert_assignment(txn, assignment).await?;
        }
        Ok(())
    }
}

fn plan(table: &Table, known: &mut Known, clock: &Clock, dry_run: bool) -> (Plan, ImportReport) {
    let mut plan = Plan::default();
    let mut report = ImportReport::new(What::Roster, dry_run);
    report.ignored_columns.clone_from(&table.ignored);
    for line in &table.lines {
        match read(Row::new(table, line), known, clock) {
            Ok(entry) => report.count(known.take(entry, &mut plan, clock, line.number)),
            Err(problems) => report.reject(problems),
        }
    }
    (plan, report)
}

/// What one row says, judged against what is known.
struct Entry {
    name: String,
    login: Option<String>,
    commissioner: Commissioner,
    team: Option<Team>,
    is_leader: Option<bool>,
    assignment: Option<Assignment>,
}

fn read(mut row: Row<'_>, known: &Known, clock: &Clock) -> Result<Entry, Vec<Rejection>> {
    let staff_no = row.text("staff_no", 32);
    let staff_no = row.required("staff_no", staff_no);
    let old = staff_no.as_ref().and_then(|no| known.people.get(no));
    let name = row.text("name", 64);
    let name = row.required("name", name);
    if let (Some(old), Some(name)) = (old, &name)
        && old.name != *name
    {
        row.differs("name", &old.name, old.line);
    }
    let person = old.map_or_else(|| PersonId(clock.new_id()), |old| old.commissioner.person);
    let login = read_login(&mut row, known, staff_no.as_deref(), old, person);
    let commissioner = read_commissioner(&mut row, known, staff_no, old, person);
    let team = read_team(&mut row, known, clock);
    let is_leader = row.flag("is_leader", &["团长"], &["团员"]);
    let assignment = read_assignment(&mut row, known, clock, person);
    let entry = name.zip(commissioner).map(|(name, commissioner)| Entry {
        name,
        login,
        commissioner,
        team,
        is_leader,
        assignment,
    });
    row.finish(entry)
}

/// The login name of a new account: as the row has it, or the staff number. `None` for an account that exists.
fn read_login(
    row: &mut Row<'_>,
    known: &Known,
    staff_no: Option<&str>,
    old: Option<&KnownPerson>,
    person: PersonId,
) -> Option<String> {
    let typed = row.text("login", 64);
    if old.is_some() && typed.is_none() {
        return None;
    }
    let column = if typed.is_some() { "login" } else { "staff_no" };
    let login = match account::login(typed.as_deref().or(staff_no)?) {
        Ok(login) => login,
        Err(code) => return row.wrong(column, code, code.title().zh, code.title().en),
    };
    let owner = known.logins.get(&login).copied();
    if old.is_some() {
        if owner == Some(person) {
            return None;
        }
        let words = (
            "登录名与已有账号不同；导入不修改登录名",
            "not the login name of the account; an import changes no login names",
        );
        return row.wrong(column, ErrorCode::Validation, words.0, words.1);
    }
    if owner.is_some() {
        let words = (
            "登录名已被占用，请在“登录名”列另填一个",
            "the login name is taken; fill in another in the column login",
        );
        return row.wrong(column, ErrorCode::AlreadyExists, words.0, words.1);
    }
    Some(login)
}

/// The commissioner of a row. In the first row about a person, what the table has no column for stays as it is
/// stored; in the others an empty cell says nothing, and a filled one must say the same.
fn read_commissioner(
    row: &mut Row<'_>,
    known: &Known,
    staff_no: Option<String>,
    old: Option<&KnownPerson>,
    person: PersonId,
) -> Option<Commissioner> {
    let kind = row.code("kind", &COMMISSIONER_KIND).map(str::to_owned);
    let earlier = old.filter(|old| old.line.is_some());
    let kind = if earlier.is_none() {
        row.required("kind", kind)
    } else {
        kind
    };
    let dispatch_unit = row.text("dispatch_unit", 100);
    let title = row.text("title", 60);
    let specialty = row.text("specialty", 100);
    let industries: Vec<String> = row
        .codes("industries", &codes::INDUSTRY)
        .into_iter()
        .collect();
    let service_mode = row
        .code("service_mode", &codes::SERVICE_MODE)
        .map(str::to_owned);
    let (term_from, term_to) = (row.day("term_from"), row.day("term_to"));
    row.in_order("term_to", term_from, term_to);
    if let Some(KnownPerson {
        commissioner, line, ..
    }) = earlier
    {
        row.agrees("kind", kind.as_ref(), Some(&commissioner.kind), *line);
        row.agrees(
            "dispatch_unit",
            dispatch_unit.as_ref(),
            commissioner.dispatch_unit.as_ref(),
            *line,
        );
        row.agrees("title", title.as_ref(), commissioner.title.as_ref(), *line);
        row.agrees(
            "specialty",
            specialty.as_ref(),
            commissioner.specialty.as_ref(),
            *line,
        );
        let said = (!industries.is_empty()).then_some(&industries);
        row.agrees("industries", said, Some(&commissioner.industries), *line);
        row.agrees(
            "service_mode",
            service_mode.as_ref(),
            commissioner.service_mode.as_ref(),
            *line,
        );
        row.agrees(
            "term_from",
            term_from.as_ref(),
            commissioner.term_from.as_ref(),
            *line,
        );
        row.agrees(
            "term_to",
            term_to.as_ref(),
            commissioner.term_to.as_ref(),
            *line,
        );
        return Some(commissioner.clone());
    }
    let old = old.map(|old| &old.commissioner);
    Some(Commissioner {
        person,
        county: known.county.clone(),
        staff_no: staff_no?,
        kind: kind?,
        dispatch_unit: row.kept(
            "dispatch_unit",
            old.and_then(|old| old.dispatch_unit.clone()),
            |_| dispatch_unit,
        ),
        title: row.kept("title", old.and_then(|old| old.title.clone()), |_| title),
        specialty: row.kept(
            "specialty",
            old.and_then(|old| old.specialty.clone()),
            |_| specialty,
        ),
        industries: row.kept(
            "industries",
            old.map(|old| old.industries.clone()).unwrap_or_default(),
            |_| industries,
        ),
        service_mode: row.kept(
            "service_mode",
            old.and_then(|old| old.service_mode.clone()),
            |_| service_mode,
        ),
        term_from: row.kept("term_from", old.and_then(|old| old.term_from), |_| {
            term_from
        }),
        term_to: row.kept("term_to", old.and_then(|old| old.term_to), |_| term_to),
    })
}

fn read_team(row: &mut Row<'_>, known: &Known, clock: &Clock) -> Option<Team> {
    let number = row.text("team_no", 32);
    let name = row.text("team_name", 100);
    if name.is_some() {
        row.required("team_no", number.as_ref());
    }
    let team_no = number?;
    match known.teams.get(&team_no) {
        None => {
            let name = row.required("team_name", name)?;
            Some(Team {
                id: clock.new_id(),
                county: known.county.clone(),
                team_no,
                name,
            })
        }
        Some(KnownTeam { team, line }) => {
            if line.is_some() {
                row.agrees("team_name", name.as_ref(), Some(&team.name), *line);
            }
            Some(Team {
                name: name.unwrap_or_else(|| team.name.clone()),
                ..team.clone()
            })
        }
    }
}

fn read_assignment(
    row: &mut Row<'_>,
    known: &Known,
    clock: &Clock,
    person: PersonId,
) -> Option<Assignment> {
    let village = row.village("village_code", &known.county);
    let (from, to) = (row.day("assigned_from"), row.day("assigned_to"));
    row.in_order("assigned_to", from, to);
    if row.is_empty("village_code") {
        if !row.is_empty("assigned_from") || !row.is_empty("assigned_to") {
            row.required::<()>("village_code", None);
        }
        return None;
    }
    let from_on = row.required("assigned_from", from);
    let village = village?;
    let stored = known.villages.get(&village);
    let Some(stored) = stored else {
        return row.unknown_village("village_code");
    };
    let from_on = from_on?;
    if let Some(into) = &stored.merged_into
        && !stored.for_coverage().is_valid_on(from_on)
    {
        return row.merged_village("village_code", into);
    }
    let same_place = known
        .assignments
        .get(&(person, village.clone()))
        .map(Vec::as_slice)
        .unwrap_or_default();
    let same = same_place.iter().find(|one| one.from_on == from_on);
    let clash = same_place
        .iter()
        .find(|one| one.from_on != from_on && overlap(one, from_on, to));
    if let Some(other) = clash {
        let end = other
            .to_on
            .map_or_else(|| "…".to_owned(), |day| day.to_string());
        let (zh, en) = (
            format!(
                "与 {} 至 {end} 的派驻重叠，请先填写其结束日期",
                other.from_on
            ),
            format!(
                "overlaps the assignment from {} to {end}; end that one first",
                other.from_on
            ),
        );
        return row.wrong("assigned_from", ErrorCode::AlreadyExists, &zh, &en);
    }
    Some(Assignment {
        id: same.map_or_else(|| clock.new_id(), |one| one.id),
        county: known.county.clone(),
        village,
        person,
        from_on,
        to_on: to,
    })
}

fn overlap(one: &Assignment, from: Date, to: Option<Date>) -> bool {
    one.to_on.is_none_or(|end| end >= from) && to.is_none_or(|end| end >= one.from_on)
}

impl Known {
    /// Takes what a row says into what is known, and what differs into the plan.
    fn take(&mut self, entry: Entry, plan: &mut Plan, clock: &Clock, line: u64) -> Outcome {
        let Entry {
            name,
            login,
            commissioner,
            team,
            is_leader,
            assignment,
        } = entry;
        let person = commissioner.person;
        let mut outcome = Outcome::Unchanged;
        if let Some(login) = login {
            self.logins.insert(login.clone(), person);
            plan.accounts.push(new_account(
                &self.county,
                person,
                login,
                name.clone(),
                clock,
            ));
        }
        outcome = outcome.max(self.take_commissioner(name, commissioner, plan, line));
        if let Some(team) = team {
            outcome = outcome.max(self.take_team(team, person, is_leader, plan, line));
        }
        if let Some(assignment) = assignment {
            outcome = outcome.max(self.take_assignment(assignment, plan));
        }
        outcome
    }

    fn take_commissioner(
        &mut self,
        name: String,
        commissioner: Commissioner,
        plan: &mut Plan,
        line: u64,
    ) -> Outcome {
        let staff_no = commissioner.staff_no.clone();
        let old = self.people.get(&staff_no);
        let outcome = match old {
            None => Outcome::Created,
            Some(old) if old.commissioner == commissioner => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        let line = old.and_then(|old| old.line).unwrap_or(line);
        if outcome != Outcome::Unchanged {
            plan.commissioners
                .insert(staff_no.clone(), commissioner.clone());
        }
        self.people.insert(
            staff_no,
            KnownPerson {
                name,
                commissioner,
                line: Some(line),
            },
        );
        outcome
    }

    fn take_team(
        &mut self,
        team: Team,
        person: PersonId,
        is_leader: Option<bool>,
        plan: &mut Plan,
        line: u64,
    ) -> Outcome {
        let old = self.teams.get(&team.team_no);
        let same_team = old.is_some_and(|old| old.team == team);
        let line = old.and_then(|old| old.line).unwrap_or(line);
        if !same_team {
            plan.teams.insert(team.team_no.clone(), team.clone());
        }
        let place = (team.id, person);
        let member = self.members.get(&place).copied();
        let leads = is_leader.or(member).unwrap_or(false);
        if member != Some(leads) {
            plan.members.insert(place, leads);
            self.members.insert(place, leads);
        }
        self.teams.insert(
            team.team_no.clone(),
            KnownTeam {
                team,
                line: Some(line),
            },
        );
        if same_team && member == Some(leads) {
            Outcome::Unchanged
        } else {
            Outcome::Updated
        }
    }

    fn take_assignment(&mut self, assignment: Assignment, plan: &mut Plan) -> Outcome {
        let place = (assignment.person, assignment.village.clone());
        let known = self.assignments.entry(place).or_default();
        let outcome = match known.iter_mut().find(|one| one.id == assignment.id) {
            Some(old) if *old == assignment => return Outcome::Unchanged,
            Some(old) => {
                *old = assignment.clone();
                Outcome::Updated
            }
            None => {
                known.push(assignment.clone());
                Outcome::Created
            }
        };
        plan.assignments.insert(assignment.id, assignment);
        outcome
    }
}

fn new_account(
    county: &DivisionCode,
    person: PersonId,
    login: String,
    name: String,
    clock: &Clock,
) -> Account {
    Account {
        person,
        county: county.clone(),
        login,
        display_name: name,
        role: Role::Commissioner,
        township: None,
        must_change_password: false,
        attempts: Attempts::default(),
        disabled_at: None,
        created_at: clock.now_ms(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "工号,姓名,登录名,类型,派出单位,职称,服务产业,服务性质,任期开始,任期结束,\
                        团队编号,团队名称,团长,村代码,派驻开始,派驻结束\n";
    const ROWS: &str = "T001,张三,,自然人,县水产站,高级工程师,水产,无偿,2026-01-01,2026-12-31,\
                        D1,水产服务团,是,421083100201,2026-01-01,\n\
                        T001,张三,,,,,,,,,,,,421083100202,2026-03-01,2026-09-30\n\
                        T002,李四,lisi,person,,,蔬菜、水产,,,,D1,,否,421083100201,2026/1/1,\n\
                        T003,某某公司,,法人,,,,有偿,,,,,,,,\n";

    fn county() -> DivisionCode {
        "421083".parse().unwrap()
    }

    fn known() -> Known {
        let village = |last: &str| {
            let code: DivisionCode = format!("421083100{last}").parse().unwrap();
            (code.clone(), StoredDivision::new(code, "某村".to_owned()))
        };
        let mut villages: BTreeMap<_, _> = ["201", "202", "203"].into_iter().map(village).collect();
        if let Some(gone) = villages.values_mut().last() {
            gone.merged_into = Some("421083100201".parse().unwrap());
            gone.valid_to = Some(jiff::civil::date(2026, 5, 31));
        }
        Known {
            county: county(),
            villages,
            logins: BTreeMap::from([("taken".to_owned(), PersonId(Uuid::nil()))]),
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            members: BTreeMap::new(),
            assignments: BTreeMap::new(),
        }
    }

    /// What is known when the next table is read.
    fn settle(known: &mut Known) {
        known
            .people
            .values_mut()
            .for_each(|person| person.line = None);
        known.teams.values_mut().for_each(|team| team.line = None);
    }

    fn run(rows: &str, known: &mut Known) -> (Plan, ImportReport) {
        let table = Table::read(format!("{HEAD}{rows}").as_bytes(), COLUMNS).unwrap();
        let done = plan(&table, known, &Clock::manual(1_782_784_800_000, 1), false);
        settle(known);
        done
    }

    fn found(report: &ImportReport) -> Vec<(u64, &str, ErrorCode)> {
        report
            .rejected
            .iter()
            .map(|one| (one.line, one.column.as_deref().unwrap(), one.code))
            .collect()
    }

    #[test]
    fn people_teams_and_assignments_come_from_one_table_and_repeat_without_effect() {
        let mut known = known();
        let (plan, report) = run(ROWS, &mut known);
        assert_eq!(found(&report), []);
        assert_eq!((report.rows, report.created), (4, 4));
        let logins: Vec<_> = plan
            .accounts
            .iter()
            .map(|account| account.login.as_str())
            .collect();
        assert_eq!(logins, ["t001", "lisi", "t003"]);
        assert!(
            plan.accounts
                .iter()
                .all(|account| account.role == Role::Commissioner)
        );
        assert_eq!((plan.commissioners.len(), plan.teams.len()), (3, 1));
        assert_eq!(plan.members.values().filter(|leads| **leads).count(), 1);
        assert_eq!(plan.assignments.len(), 3);
        assert_eq!(
            plan.commissioners["T002"].industries,
            ["aquaculture", "vegetable"]
        );

        let (again, report) = run(ROWS, &mut known);
        assert_eq!((report.unchanged, report.rows), (4, 4));
        assert!(
            again.accounts.is_empty() && again.commissioners.is_empty() && again.teams.is_empty()
        );
        assert!(again.members.is_empty() && again.assignments.is_empty());
    }

    #[test]
    fn a_changed_title_team_or_last_day_is_an_update() {
        let mut known = known();
        run(ROWS, &mut known);
        let rows = ROWS
            .replace("高级工程师", "正高级工程师")
            .replace("水产服务团", "水产科技服务团")
            .replace("2026-09-30", "2026-10-31");
        let (plan, report) = run(&rows, &mut known);
        assert_eq!((report.updated, report.unchanged), (2, 2));
        assert_eq!(
            (
                plan.commissioners.len(),
                plan.teams.len(),
                plan.assignments.len()
            ),
            (1, 1, 1)
        );
    }

    #[test]
    fn a_staff_number_is_one_person_with_one_set_of_particulars() {
        let mut known = known();
        run(ROWS, &mut known);
        let rows = "T001,张三丰,,自然人,,,,,,,,,,,,\n\
                    T002,李四,other,自然人,,,,,,,,,,,,\n\
                    T004,王五,taken,自然人,,,,,,,,,,,,\n\
                    T005,赵六,,自然人,,,,,,,,,,421083100201,2026-01-01,\n\
                    T005,赵六,,法人,,,,,,,,,,421083100202,2026-01-01,\n\
                    T005,赵七,,自然人,,,,,,,,,,421083100202,2026-01-01,\n";
        let (plan, report) = run(rows, &mut known);
        let expected = [
            (2, "姓名", ErrorCode::AlreadyExists),
            (3, "登录名", ErrorCode::Validation),
            (4, "登录名", ErrorCode::AlreadyExists),
            (6, "类型", ErrorCode::AlreadyExists),
            (7, "姓名", ErrorCode::AlreadyExists),
        ];
        assert_eq!(found(&report), expected);
        assert_eq!((plan.accounts.len(), plan.assignments.len()), (1, 1));
    }

    #[test]
    fn wrong_villages_dates_and_teams_are_told_cell_by_cell() {
        let mut known = known();
        let rows = "T1,甲,,自然人,,,,,2026-12-31,2026-01-01,,,,421083100201,2026-02-01,2026-01-01\n\
                    T2,乙,,自然人,,,,,,,,,,421083100209,2026-02-01,\n\
                    T3,丙,,自然人,,,,,,,,,,421022100201,2026-02-01,\n\
                    T4,丁,,自然人,,,,,,,,,,421083100203,2026-06-01,\n\
                    T5,戊,,自然人,,,,,,,,,,421083100203,2026-05-01,\n\
                    T6,己,,自然人,,,,,,,,,,421083100201,,\n\
                    T7,庚,,自然人,,,,,,,,,,,2026-02-01,\n\
                    T8,辛,,自然人,,,,,,,,团队,,,,\n\
                    T9,壬,,自然人,,,,,,,D9,,,,,\n\
                    T5,戊,,自然人,,,,,,,,,,421083100203,2026-05-20,\n\
                    ,癸,,机器人,,,粮食,赠送,,,,,也许,,,\n";
        let (plan, report) = run(rows, &mut known);
        let expected = [
            (2, "任期结束", ErrorCode::EndsBeforeStart),
            (2, "派驻结束", ErrorCode::EndsBeforeStart),
            (3, "村代码", ErrorCode::UnknownVillage),
            (4, "村代码", ErrorCode::UnknownVillage),
            (5, "村代码", ErrorCode::UnknownVillage),
            (7, "派驻开始", ErrorCode::Required),
            (8, "村代码", ErrorCode::Required),
            (9, "团队编号", ErrorCode::Required),
            (10, "团队名称", ErrorCode::Required),
            (11, "派驻开始", ErrorCode::AlreadyExists),
            (12, "工号", ErrorCode::Required),
            (12, "类型", ErrorCode::UnknownCode),
            (12, "服务产业", ErrorCode::UnknownCode),
            (12, "服务性质", ErrorCode::UnknownCode),
            (12, "团长", ErrorCode::WrongType),
        ];
        assert_eq!(found(&report), expected);
        assert_eq!(
            (report.created, report.rejected_rows, plan.accounts.len()),
            (1, 10, 1)
        );
    }
}
