//! Handing a village over from one commissioner to another: what would happen, and doing it.
//!
//! Nothing moves but the assignment: records stay in their village, and the scopes follow from the assignments. The one
//! who gives it up sees it to the end of the last day, and may still send what was done until then.

use crate::{App, AppError, admin, audit};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::account::Account;
use tepai_domain::actor::{OfficeActor, Role};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::commissioners::{self, Assignment};
use tepai_store::devices::{self, DeviceFilter, StoredDevice};
use tepai_store::{Txn, accounts, divisions, feeds, records};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::limits::GRACE_MS;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::records::{FollowUp, Kind, Record};
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::sync::Waiting;
use tepai_sync_protocol::words::Sentence;

/// A hand-over that is asked for.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// The village.
    pub village: DivisionCode,
    /// Who gives it up.
    pub from: PersonId,
    /// Who takes it.
    pub to: PersonId,
    /// The first local day of the one who takes it; today if absent.
    pub on: Option<Date>,
}

/// One of the two people, and the phones.
#[derive(Clone, Debug)]
pub struct Side {
    /// The person.
    pub account: Account,
    /// The phones that are not revoked.
    pub devices: Vec<StoredDevice>,
}

/// What a hand-over comes to.
#[derive(Clone, Debug)]
pub struct Impact {
    /// The village.
    pub village: DivisionCode,
    /// Its name.
    pub village_name: String,
    /// The first local day of the one who takes it.
    pub on: Date,
    /// The last local day of the one who gives it up.
    pub last_day: Date,
    /// Until this local day edits of the one who gives it up are still taken, if they were made by the last day.
    pub late_edits_until: Date,
    /// Who gives it up.
    pub from: Side,
    /// Who takes it.
    pub to: Side,
    /// Live records of the village, by kind: what goes onto the phones of the one who takes it.
    pub records: BTreeMap<Kind, i64>,
    /// Visits that were returned to the one who gives it up and not mended.
    pub returned_visits: usize,
    /// Follow-ups that are open.
    pub open_follow_ups: usize,
    /// What the office should know before it confirms.
    pub warnings: Vec<Sentence>,
}

/// What would happen.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn preview(app: &App, actor: &OfficeActor, asked: HandOver) -> Result<Impact, AppError> {
    let on = first_day(app, actor, &asked).await?;
    let county = actor.county.clone();
    app.store
        .read(async move |txn| Ok(plan(txn, &county, &asked, on).await?.impact))
        .await
}

/// Does it, in one transaction, if nothing has changed that forbids it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn execute(app: &App, actor: &OfficeActor, asked: HandOver) -> Result<Impact, AppError> {
    let on = first_day(app, actor, &asked).await?;
    let (county, fresh) = (actor.county.clone(), app.clock.new_id());
    let (person, now) = (actor.person, app.clock.now_ms());
    let (village, from, to) = (asked.village.clone(), asked.from, asked.to);
    let impact = app
        .store
        .write(async move |txn| {
            // Two hand-overs of one village come one after the other.
            let scope = Scope::Village(asked.village.clone());
            feeds::lock(txn, &BTreeSet::from([scope])).await?;
            let Plan { impact, ends } = plan(txn, &county, &asked, on).await?;
            commissioners::end_assignment(txn, &county, ends, Some(impact.last_day)).await?;
            let begins = Assignment {
                id: fresh,
                county: county.clone(),
                village: asked.village.clone(),
                person: asked.to,
                from_on: on,
                to_on: None,
            };
            commissioners::upsert_assignment(txn, &begins).await?;
            let (by, village) = (AuditActor::Person(person), &asked.village);
            let detail = json!({"from": asked.from, "to": asked.to, "on": on});
            let done = AuditEntry::new(&county, by, Act::VillageHandedOver, village).with(detail);
            audit::note(txn, now, done).await?;
            Ok::<_, AppError>(impact)
        })
        .await?;
    tracing::info!(village = %village, from = %from, to = %to, %on, "a village was handed over");
    Ok(impact)
}

async fn first_day(app: &App, actor: &OfficeActor, asked: &HandOver) -> Result<Date, AppError> {
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    Ok(asked.on.unwrap_or_else(|| app.clock.today(&zone)))
}

struct Plan {
    impact: Impact,
    /// The assignment that ends.
    ends: uuid::Uuid,
}

async fn plan(
    txn: &impl Txn,
    county: &DivisionCode,
    asked: &HandOver,
    on: Date,
) -> Result<Plan, AppError> {
    let village = divisions::find(txn, &asked.village).await?;
    let village = village
        .filter(|_| asked.village.county() == *county)
        .ok_or_else(|| wrong("/village_code", ErrorCode::UnknownVillage))?;
    let from = side(txn, county, asked.from, "/from_person_id").await?;
    let to = side(txn, county, asked.to, "/to_person_id").await?;
    let assignments = commissioners::list_assignments_in(txn, county).await?;
    let of = |person: PersonId| {
        let own = assignments.iter().filter(move |one| one.person == person);
        own.filter(|one| one.village == asked.village)
    };
    let ends = of(asked.from)
        .find(|one| one.from_on < on && one.to_on.is_none_or(|last| on <= last))
        .ok_or_else(|| {
            refused(
                "/from_person_id",
                "该村在这一天前未分配给此人",
                "the village is not this person's up to that day",
            )
        })?;
    let has_it = of(asked.to).any(|one| one.to_on.is_none_or(|last| on <= last));
    if has_it || asked.from == asked.to {
        return Err(refused(
            "/to_person_id",
            "该村已分配给此人",
            "the village is this person's already",
        ));
    }
    let last_day = on.saturating_sub(1.day());
    let returned = records::list_in_division(txn, &asked.village, Kind::Visit).await?;
    let returned = returned.iter().filter(|visit| {
        visit.author() == asked.from && visit.state.text("review_state") == Some("returned")
    });
    let follow_ups = records::list_in_division(txn, &asked.village, Kind::FollowUp).await?;
    let open = follow_ups
        .iter()
        .filter(|one| FollowUp::read(&one.state.fields).is_open());
    let mut impact = Impact {
        village: asked.village.clone(),
        village_name: village.name,
        on,
        last_day,
        late_edits_until: last_day.saturating_add((GRACE_MS / 86_400_000).days()),
        records: records::count_in_village(txn, &asked.village).await?,
        returned_visits: returned.count(),
        open_follow_ups: open.count(),
        warnings: Vec::new(),
        from,
        to,
    };
    impact.warnings = warnings(&impact);
    Ok(Plan {
        ends: ends.id,
        impact,
    })
}

async fn side(
    txn: &impl Txn,
    county: &DivisionCode,
    person: PersonId,
    pointer: &str,
) -> Result<Side, AppError> {
    let account = accounts::find(txn, person).await?;
    let account = account
        .filter(|account| account.county == *county && account.role == Role::Commissioner)
        .ok_or_else(|| refused(pointer, "没有这位特派员", "there is no such commissioner"))?;
    let filter = DeviceFilter {
        county: county.clone(),
        township: None,
        person: Some(person),
        after: None,
        limit: 100,
    };
    let mut devices = devices::list(txn, &filter).await?;
    devices.retain(|device| device.revoked_at.is_none());
    Ok(Side { account, devices })
}

/// What waits on a phone, in Chinese and English, without what there is none of.
fn held(waiting: Waiting) -> (String, String) {
    let counted = [
        (waiting.mutations, "条变更", "change"),
        (waiting.photos, "张照片", "photo"),
    ];
    let there = || counted.into_iter().filter(|(count, ..)| *count > 0);
    let zh: Vec<String> = there()
        .map(|(count, zh, _)| format!("{count} {zh}"))
        .collect();
    let en: Vec<String> = there()
        .map(|(count, _, en)| format!("{count} {en}{}", if count == 1 { "" } else { "s" }))
        .collect();
    (zh.join("、"), en.join(" and "))
}

/// What the office should know: what still waits on phones that lose the village, and who cannot receive it.
fn warnings(impact: &Impact) -> Vec<Sentence> {
    let mut warnings = Vec::new();
    let name = &impact.from.account.display_name;
    for device in &impact.from.devices {
        let waiting = device.contact.waiting.unwrap_or_default();
        if device.contact.last_sync_at.is_none() {
            warnings.push(Sentence::new(
                format!("{name} 的“{}”从未同步过", device.name),
                format!("{name}'s {} has never synchronised", device.name),
            ));
        } else if waiting.mutations + waiting.photos > 0 {
            let (zh, en) = held(waiting);
            warnings.push(Sentence::new(
                format!("{name} 的“{}”上次同步后还有 {zh}未上传", device.name),
                format!(
                    "{name}'s {} still held {en} after its last sync",
                    device.name
                ),
            ));
        }
    }
    if impact.to.devices.is_empty() {
        let name = &impact.to.account.display_name;
        warnings.push(Sentence::new(
            format!("{name} 还没有绑定手机"),
            format!("{name} has no phone yet"),
        ));
    }
    if impact.returned_visits > 0 {
        let count = impact.returned_visits;
        warnings.push(Sentence::new(
            format!("{name} 有 {count} 条退回的走访还未修改；交接后只能由本人或县级修改"),
            format!("{count} returned visits of {name} are not mended; only they or the county can mend them"),
        ));
    }
    warnings
}

/// A field that is wrong by this code.
pub(crate) fn wrong(pointer: &str, code: ErrorCode) -> AppError {
    let problem = FieldProblem {
        pointer: pointer.to_owned(),
        code,
        message: code.title().into(),
    };
    AppError::with_errors(ErrorCode::InvalidInput, vec![problem])
}

/// A field that cannot be as it is, in words.
pub(crate) fn refused(pointer: &str, zh: &str, en: &str) -> AppError {
    let problem = FieldProblem {
        pointer: pointer.to_owned(),
        code: ErrorCode::IllegalTransition,
        message: Sentence::new(zh, en),
    };
    AppError::with_errors(ErrorCode::InvalidInput, vec![problem])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_told_without_what_there_is_none_of() {
        let waiting = |mutations, photos| Waiting {
            mutations,
            photos,
            ..Waiting::default()
        };
        let told = |mutations, photos| held(waiting(mutations, photos));
        let words = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        assert_eq!(told(0, 13), words("13 张照片", "13 photos"));
        assert_eq!(
            told(2, 1),
            words("2 条变更、1 张照片", "2 changes and 1 photo")
        );
    }
}
