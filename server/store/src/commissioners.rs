//! Commissioners, their teams, and the villages they are assigned to, as rows.
//!
//! A commissioner is found again by the county's staff number, a team by its number, an assignment by village,
//! person and first day; so an import that runs twice changes nothing the second time.

use crate::grants::date;
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_by_keys, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

/// A commissioner beside the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commissioner {
    /// The account.
    pub person: PersonId,
    /// The county.
    pub county: DivisionCode,
    /// The number by which the county knows the commissioner; unique in the county.
    pub staff_no: String,
    /// Whether a person, an organisation or a team.
    pub kind: String,
    /// 派出单位: who sends the commissioner.
    pub dispatch_unit: Option<String>,
    /// 职称.
    pub title: Option<String>,
    /// 专业.
    pub specialty: Option<String>,
    /// Codes of industries.
    pub industries: Vec<String>,
    /// Code of the service mode: free or paid.
    pub service_mode: Option<String>,
    /// First day of the term.
    pub term_from: Option<Date>,
    /// Last day of the term.
    pub term_to: Option<Date>,
}

/// A commissioner with the name of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCommissioner {
    /// The name that people read.
    pub display_name: String,
    /// The commissioner.
    pub commissioner: Commissioner,
}

/// A team of commissioners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: Uuid,
    /// The county.
    pub county: DivisionCode,
    /// The number by which the county knows the team; unique in the county.
    pub team_no: String,
    /// Its name.
    pub name: String,
}

/// A commissioner's place in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TeamMember {
    /// The team.
    pub team: Uuid,
    /// The commissioner.
    pub person: PersonId,
    /// Whether 团长.
    pub is_leader: bool,
}

/// A village that a commissioner serves for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: Uuid,
    /// The county.
    pub county: DivisionCode,
    /// The village.
    pub village: DivisionCode,
    /// The commissioner.
    pub person: PersonId,
    /// First local day.
    pub from_on: Date,
    /// Last local day; open if absent.
    pub to_on: Option<Date>,
}

#[derive(FromQueryResult)]
struct CommissionerRow {
    account_id: Uuid,
    county_code: String,
    staff_no: String,
    kind: String,
    dispatch_unit: Option<String>,
    title: Option<String>,
    specialty: Option<String>,
    industries: Option<String>,
    service_mode: Option<String>,
    term_from: Option<String>,
    term_to: Option<String>,
    display_name: String,
}

impl TryFrom<CommissionerRow> for NamedCommissioner {
    type Error = StoreError;

    fn try_from(row: CommissionerRow) -> Result<Self, StoreError> {
        let industries = row.industries.as_deref().map(serde_json::from_str);
        let commissioner = Commissioner {
            person: PersonId(row.account_id),
            county: code(&row.county_code)?,
            staff_no: row.staff_no,
            kind: row.kind,
            dispatch_unit: row.dispatch_unit,
            title: row.title,
            specialty: row.specialty,
            industries: industries.transpose()?.unwrap_or_default(),
            service_mode: row.service_mode,
            term_from: row.term_from.as_deref().map(date).transpose()?,
            term_to: row.term_to.as_deref().map(date).transpose()?,
        };
        Ok(Self {
            display_name: row.display_name,
            commissioner,
        })
    }
}

const COMMISSIONER: &str = "SELECT c.account_id, c.county_code, c.staff_no, c.kind, c.dispatch_unit, \
     c.title, c.specialty, c.industries, c.service_mode, c.term_from, c.term_to, a.display_name \
     FROM commissioner c JOIN account a ON a.id = c.account_id";

/// Writes a commissioner; one with this staff number is found again and keeps the account.
/// Returns whether something changed.
pub async fn upsert_commissioner(
    txn: &WriteTxn,
    commissioner: &Commissioner,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO commissioner (account_id, county_code, staff_no, kind, dispatch_unit, title, \
               specialty, industries, service_mode, term_from, term_to) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
               ON CONFLICT (county_code, staff_no) DO UPDATE SET kind = excluded.kind, \
               dispatch_unit = excluded.dispatch_unit, title = excluded.title, \
               specialty = excluded.specialty, industries = excluded.industries, \
               service_mode = excluded.service_mode, term_from = excluded.term_from, \
               term_to = excluded.term_to \
               WHERE commissioner.kind <> excluded.kind \
               OR commissioner.dispatch_unit IS DISTINCT FROM excluded.dispatch_unit \
               OR commissioner.title IS DISTINCT FROM excluded.title \
               OR commissioner.specialty IS DISTINCT FROM excluded.specialty \
               OR commissioner.industries IS DISTINCT FROM excluded.industries \
               OR commissioner.service_mode IS DISTINCT FROM excluded.service_mode \
               OR commissioner.term_from IS DISTINCT FROM excluded.term_from \
               OR commissioner.term_to IS DISTINCT FROM excluded.term_to";
    let Commissioner {
        person,
        county,
        staff_no,
        kind,
        dispatch_unit,
        title,
        specialty,
        industries,
        service_mode,
        term_from,
        term_to,
    } = commissioner;
    let values = vec![
        person.0.into(),
        county.as_str().into(),
        staff_no.clone().into(),
        kind.clone().into(),
        dispatch_unit.clone().into(),
        title.clone().into(),
        specialty.clone().into(),
        serde_json::to_string(industries)?.into(),
        service_mode.clone().into(),
        term_from.map(|day| day.to_string()).into(),
        term_to.map(|day| day.to_string()).into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// The commissioner of an account.
pub async fn find_commissioner(
    txn: &impl Txn,
    person: PersonId,
) -> Result<Option<NamedCommissioner>, StoreError> {
    let sql = format!("{COMMISSIONER} WHERE c.account_id = $1");
    let row: Option<CommissionerRow> = fetch_one(txn, &sql, vec![person.0.into()]).await?;
    row.map(NamedCommissioner::try_from).transpose()
}

/// The commissioners of these staff numbers, as far as they exist.
pub async fn find_commissioners(
    txn: &impl Txn,
    county: &DivisionCode,
    staff_nos: &[String],
) -> Result<Vec<NamedCommissioner>, StoreError> {
    let sql = format!("{COMMISSIONER} WHERE c.county_code = $1 AND c.staff_no IN ({{keys}})");
    let keys: Vec<_> = staff_nos.iter().map(|no| no.clone().into()).collect();
    let rows: Vec<CommissionerRow> =
        fetch_by_keys(txn, &sql, &[county.as_str().into()], &keys).await?;
    rows.into_iter().map(NamedCommissioner::try_from).collect()
}

/// Every commissioner of a county, by staff number.
pub async fn list_commissioners(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<NamedCommissioner>, StoreError> {
    let sql = format!("{COMMISSIONER} WHERE c.county_code = $1 ORDER BY c.staff_no");
    let rows: Vec<CommissionerRow> = fetch_all(txn, &sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(NamedCommissioner::try_from).collect()
}

#[derive(FromQueryResult)]
struct TeamRow {
    id: Uuid,
    county_code: String,
    team_no: String,
    name: String,
}

impl TryFrom<TeamRow> for Team {
    type Error = StoreError;

    fn try_from(row: TeamRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            county: code(&row.county_code)?,
            team_no: row.team_no,
            name: row.name,
        })
    }
}

/// Writes a team; one with this number is found again and keeps its id. Returns whether something changed.
pub async fn upsert_team(txn: &WriteTxn, team: &Team) -> Result<bool, StoreError> {
    let sql = "INSERT INTO team (id, county_code, team_no, name) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (county_code, team_no) DO UPDATE SET name = excluded.name \
               WHERE team.name <> excluded.name";
    let values = vec![
        team.id.into(),
        team.county.as_str().into(),
        team.team_no.clone().into(),
        team.name.clone().into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// The team of a number.
pub async fn find_team(
    txn: &impl Txn,
    county: &DivisionCode,
    team_no: &str,
) -> Result<Option<Team>, StoreError> {
    let sql =
        "SELECT id, county_code, team_no, name FROM team WHERE county_code = $1 AND team_no = $2";
    let values = vec![county.as_str().into(), team_no.into()];
    let row: Option<TeamRow> = fetch_one(txn, sql, values).await?;
    row.map(Team::try_from).transpose()
}

/// Every team of a county, by number.
pub async fn list_teams(txn: &impl Txn, county: &DivisionCode) -> Result<Vec<Team>, StoreError> {
    let sql =
        "SELECT id, county_code, team_no, name FROM team WHERE county_code = $1 ORDER BY team_no";
    let rows: Vec<TeamRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(Team::try_from).collect()
}

/// Puts a commissioner into a team. Returns whether something changed.
pub async fn set_member(txn: &WriteTxn, member: TeamMember) -> Result<bool, StoreError> {
    let sql = "INSERT INTO team_member (team_id, commissioner_id, is_leader) VALUES ($1, $2, $3) \
               ON CONFLICT (team_id, commissioner_id) DO UPDATE SET is_leader = excluded.is_leader \
               WHERE team_member.is_leader <> excluded.is_leader";
    let values = vec![
        member.team.into(),
        member.person.0.into(),
        member.is_leader.into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// Takes a commissioner out of a team. Returns whether something changed.
pub async fn remove_member(
    txn: &WriteTxn,
    team: Uuid,
    person: PersonId,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM team_member WHERE team_id = $1 AND commissioner_id = $2";
    Ok(execute(txn, sql, vec![team.into(), person.0.into()]).await? > 0)
}

#[derive(FromQueryResult)]
struct MemberRow {
    team_id: Uuid,
    commissioner_id: Uuid,
    is_leader: bool,
}

/// Every place in a team of a county, by team and person.
pub async fn list_members(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<TeamMember>, StoreError> {
    let sql = "SELECT m.team_id, m.commissioner_id, m.is_leader FROM team_member m \
               JOIN team t ON t.id = m.team_id WHERE t.county_code = $1 \
               ORDER BY m.team_id, m.commissioner_id";
    let rows: Vec<MemberRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let members = rows.into_iter().map(|row| TeamMember {
        team: row.team_id,
        person: PersonId(row.commissioner_id),
        is_leader: row.is_leader,
    });
    Ok(members.collect())
}

#[derive(FromQueryResult)]
struct AssignmentRow {
    id: Uuid,
    county_code: String,
    village_code: String,
    commissioner_id: Uuid,
    from_on: String,
    to_on: Option<String>,
}

impl TryFrom<AssignmentRow> for Assignment {
    type Error = StoreError;

    fn try_from(row: AssignmentRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            county: code(&row.county_code)?,
            village: code(&row.village_code)?,
            person: PersonId(row.commissioner_id),
            from_on: date(&row.from_on)?,
            to_on: row.to_on.as_deref().map(date).transpose()?,
        })
    }
}

const ASSIGNMENT: &str =
    "SELECT id, county_code, village_code, commissioner_id, from_on, to_on FROM assignment";

/// Writes an assignment; one of the same village, person and first day is found again, keeps its id and takes
/// the new last day. Returns whether something changed.
pub async fn upsert_assignment(
    txn: &WriteTxn,
    assignment: &Assignment,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO assignment (id, county_code, village_code, commissioner_id, from_on, to_on) \
               VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (village_code, commissioner_id, from_on) DO UPDATE SET to_on = excluded.to_on \
               WHERE assignment.to_on IS DISTINCT FROM excluded.to_on";
    let values = vec![
        assignment.id.into(),
        assignment.county.as_str().into(),
        assignment.village.as_str().into(),
        assignment.person.0.into(),
        assignment.from_on.to_string().into(),
        assignment.to_on.map(|day| day.to_string()).into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// Sets the last day of an assignment of the county, or takes it away. Returns whether something changed.
pub async fn end_assignment(
    txn: &WriteTxn,
    county: &DivisionCode,
    id: Uuid,
    last_day: Option<Date>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE assignment SET to_on = $1 WHERE id = $2 AND county_code = $3 \
               AND to_on IS DISTINCT FROM $1";
    let values = vec![
        last_day.map(|day| day.to_string()).into(),
        id.into(),
        county.as_str().into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// An assignment of the county.
pub async fn find_assignment(
    txn: &impl Txn,
    county: &DivisionCode,
    id: Uuid,
) -> Result<Option<Assignment>, StoreError> {
    let sql = format!("{ASSIGNMENT} WHERE id = $1 AND county_code = $2");
    let values = vec![id.into(), county.as_str().into()];
    let row: Option<AssignmentRow> = fetch_one(txn, &sql, values).await?;
    row.map(Assignment::try_from).transpose()
}

/// Every assignment of a person, ended ones included.
pub async fn list_assignments_of(
    txn: &impl Txn,
    person: PersonId,
) -> Result<Vec<Assignment>, StoreError> {
    let sql = format!("{ASSIGNMENT} WHERE commissioner_id = $1 ORDER BY village_code, from_on");
    let rows: Vec<AssignmentRow> = fetch_all(txn, &sql, vec![person.0.into()]).await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Every assignment in a county, ended ones included.
pub async fn list_assignments_in(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<Assignment>, StoreError> {
    let sql = format!(
        "{ASSIGNMENT} WHERE county_code = $1 ORDER BY village_code, from_on, commissioner_id"
    );
    let rows: Vec<AssignmentRow> = fetch_all(txn, &sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(Assignment::try_from).collect()
}
