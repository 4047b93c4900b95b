//! Feedback by a one-time link: the served party opens a page on any phone, without an account, and says how a visit was.
//!
//! The office makes a link and its QR code here. A commissioner's phone makes the token by itself, far from any network, shows
//! its QR code at once, and tells the server of it with its hash after the next sync; until then the page knows nothing.
//! What is given by a link is for the office alone: it stands in no feed, so that no phone receives or changes it.

use crate::clock::local_date;
use crate::qr;
use crate::records::ledger::{Ledger, SERVER};
use crate::secrets::{fingerprint, new_link_token};
use crate::{App, AppError, admin, audit};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use tepai_domain::actor::{DeviceActor, OfficeActor};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::secret::Secret;
use tepai_store::feedback_links::{self, StoredLink};
use tepai_store::records::{self, StoredRecord};
use tepai_store::{Txn, WriteTxn, accounts, divisions, techniques};
use tepai_sync_protocol::codes;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::records::{Feedback, Kind, Record, Visit};
use tepai_sync_protocol::validate::is_odd;
use tepai_sync_protocol::words::Sentence;

const DAY_MS: i64 = 86_400_000;
/// How long a link is good.
const GOOD_FOR_MS: i64 = 30 * DAY_MS;
/// Links of one visit, at the most: as many as one meeting has households.
const MOST_LINKS: i64 = 200;
/// Requests for one link in a window, at the most.
const MOST_ASKED: i64 = 30;
const WINDOW_MS: i64 = 10 * 60_000;
/// Letters of what the served party says.
const LONGEST_COMMENT: usize = 500;
/// Links that the office made.
const BY_OFFICE: &str = "office_link";
/// Links that a phone made.
const BY_PHONE: &str = "phone_link";

/// A link to be shown once.
#[derive(Clone, Debug)]
pub struct IssuedLink {
    /// Its address.
    pub url: Secret,
    /// The address as a QR code: an SVG image.
    pub qr_svg: Secret,
    /// Until when it is good: milliseconds since 1970 UTC.
    pub expires_at: i64,
}

/// What the page of a link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The question, and what the visit was.
    Open(Occasion),
    /// Feedback was taken just now.
    Thanks,
    /// Nothing was chosen, or the comment cannot be taken; the question again.
    Again(Occasion),
    /// It was used before.
    Used,
    /// It is no longer good.
    Over,
    /// There is no such link, or its phone has not synchronised yet.
    Unknown,
    /// It is asked for too often.
    TooOften,
}

/// All that a link tells of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// The first day of the service.
    pub on: Option<Date>,
    /// Name of the village.
    pub village: String,
    /// Name of the commissioner.
    pub commissioner: String,
    /// Industry and techniques; nothing that somebody wrote.
    pub topic: Sentence,
}

/// Makes a link for a visit within the officer's reach. `server` is the address under which it is opened, unless the
/// installation sets one.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn issue(
    app: &App,
    actor: &OfficeActor,
    visit: RecordId,
    server: &str,
) -> Result<IssuedLink, AppError> {
    let token = new_link_token();
    let server = app.policy.base_url.as_deref().unwrap_or(server);
    let server = server.trim_end_matches('/');
    let url = Secret::new(format!("{server}/f/{}", token.expose()));
    let qr_svg = qr::draw(&url)?;
    let now = app.clock.now_ms();
    let (actor, hash) = (actor.clone(), fingerprint(&token));
    let link = app
        .store
        .write(async move |txn| {
            let record = live_visit(txn, visit).await?;
            let is_seen = |record: &StoredRecord| {
                let village = record.village.as_ref();
                village.is_some_and(|village| actor.sees(village))
            };
            let record = record.filter(is_seen).ok_or_else(AppError::not_found)?;
            let link = StoredLink {
                token_hash: hash,
                county: record.county,
                visit,
                source: BY_OFFICE.to_owned(),
                made_by: actor.person,
                made_at: now,
                expires_at: now.saturating_add(GOOD_FOR_MS),
                used_at: None,
                asked: 0,
            };
            add(txn, &link, AuditActor::Person(actor.person)).await
        })
        .await?;
    Ok(IssuedLink {
        url,
        qr_svg,
        expires_at: link.expires_at,
    })
}

/// Learns of a link that a phone made for a visit of its own. The same again changes nothing.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn register(
    app: &App,
    actor: &DeviceActor,
    token_hash: String,
    visit: RecordId,
) -> Result<i64, AppError> {
    let now = app.clock.now_ms();
    let actor = actor.clone();
    let link = app
        .store
        .write(async move |txn| {
            let record = live_visit(txn, visit).await?;
            let is_own = |record: &StoredRecord| {
                let visit = Visit::read(&record.state.fields);
                let mut with = visit.participant_ids.iter().flatten();
                record.author() == actor.person || with.any(|person| *person == actor.person)
            };
            let record = record.filter(is_own).ok_or_else(AppError::not_found)?;
            let link = StoredLink {
                token_hash,
                county: record.county,
                visit,
                source: BY_PHONE.to_owned(),
                made_by: actor.person,
                made_at: now,
                expires_at: now.saturating_add(GOOD_FOR_MS),
                used_at: None,
                asked: 0,
            };
            add(txn, &link, AuditActor::Device(actor.device)).await
        })
        .await?;
    Ok(link.expires_at)
}

async fn live_visit(txn: &impl Txn, id: RecordId) -> Result<Option<StoredRecord>, AppError> {
    let found = records::find(txn, id).await?;
    Ok(found.filter(|record| record.state.kind == Kind::Visit && record.is_live()))
}

async fn add(txn: &WriteTxn, link: &StoredLink, by: AuditActor) -> Result<StoredLink, AppError> {
    let there = feedback_links::add(txn, link).await?;
    if (there.visit, &there.source, there.made_by) != (link.visit, &link.source, link.made_by) {
        return Err(AppError::refused(ErrorCode::AlreadyExists));
    }
    if there.made_at == link.made_at {
        if feedback_links::count_of_visit(txn, link.visit).await? > MOST_LINKS {
            return Err(AppError::refused(ErrorCode::TooManyLinks));
        }
        let made = AuditEntry::new(&link.county, by, Act::FeedbackLinkMade, link.visit);
        audit::note(txn, link.made_at, made).await?;
    }
    Ok(there)
}

/// What the page of a token shows now.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn open(app: &App, token: Secret) -> Result<Page, AppError> {
    let now = app.clock.now_ms();
    let hash = fingerprint(&token);
    app.store
        .write(async move |txn| match asked(txn, &hash, now).await? {
            Ok((_, visit)) => Ok(Page::Open(occasion(txn, &visit).await?)),
            Err(page) => Ok(page),
        })
        .await
}

/// Takes what the served party says, once.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn give(
    app: &App,
    token: Secret,
    score: Option<String>,
    comment: Option<String>,
) -> Result<Page, AppError> {
    let now = app.clock.now_ms();
    let (hash, id) = (fingerprint(&token), RecordId(app.clock.new_id()));
    let score = score.filter(|score| codes::SATISFACTION.has(score));
    let comment = comment.map(|comment| comment.trim().replace("\r\n", "\n"));
    let comment = comment.filter(|comment| !comment.is_empty());
    let zones = app.clone();
    app.store
        .write(async move |txn| {
            let (link, visit) = match asked(txn, &hash, now).await? {
                Ok(found) => found,
                Err(page) => return Ok(page),
            };
            let is_sound = |comment: &String| {
                comment.chars().count() <= LONGEST_COMMENT && !comment.contains(is_odd)
            };
            let (Some(score), true) = (score, comment.as_ref().is_none_or(is_sound)) else {
                return Ok(Page::Again(occasion(txn, &visit).await?));
            };
            let today = local_date(now, &zone(txn, &zones, &link).await?);
            let feedback = Feedback {
                village_code: visit.village.clone(),
                visit_id: Some(visit.id),
                score: Some(score),
                given_on: Some(today),
                comment,
                source: Some(link.source.clone()),
                ..Feedback::default()
            };
            take(txn, &link, &visit, id, &feedback, now).await?;
            Ok(Page::Thanks)
        })
        .await
}

async fn zone(txn: &impl Txn, app: &App, link: &StoredLink) -> Result<TimeZone, AppError> {
    let today = app.clock.today(&app.zone);
    let settings = admin::settings::read(txn, &link.county, today).await?;
    Ok(settings.time_zone)
}

/// The link and its visit, or why there is nothing to say.
async fn asked(
    txn: &WriteTxn,
    hash: &str,
    now: i64,
) -> Result<Result<(StoredLink, StoredRecord), Page>, AppError> {
    let Some(link) = feedback_links::ask(txn, hash, now, WINDOW_MS).await? else {
        return Ok(Err(Page::Unknown));
    };
    if link.asked > MOST_ASKED {
        return Ok(Err(Page::TooOften));
    }
    if link.used_at.is_some() {
        return Ok(Err(Page::Used));
    }
    let visit = live_visit(txn, link.visit).await?;
    Ok(match visit.filter(|_| now < link.expires_at) {
        Some(visit) => Ok((link, visit)),
        None => Err(Page::Over),
    })
}

async fn take(
    txn: &WriteTxn,
    link: &StoredLink,
    visit: &StoredRecord,
    id: RecordId,
    feedback: &Feedback,
    now: i64,
) -> Result<(), AppError> {
    feedback_links::use_up(txn, &link.token_hash, now).await?;
    let mut ledger = Ledger::new(link.county.clone(), now);
    ledger.put_own(Kind::Feedback, id, visit.village.clone(), feedback);
    if let Some(mut record) = ledger.get(id).cloned() {
        record.parent = Some(visit.id);
        ledger.put(record);
    }
    // It stands in no scope, so that there is none to lock.
    ledger.flush(txn, BTreeMap::new()).await?;
    let given = AuditEntry::new(&link.county, AuditActor::Server, Act::FeedbackGiven, id);
    let detail = json!({"visit": link.visit, "source": link.source});
    Ok(audit::note(txn, now, given.with(detail)).await?)
}

async fn occasion(txn: &impl Txn, record: &StoredRecord) -> Result<Occasion, AppError> {
    let visit = Visit::read(&record.state.fields);
    let divisions = divisions::list(txn, &record.county).await?;
    let mut named = divisions.into_iter();
    let village = named.find(|one| Some(&one.code) == record.village.as_ref());
    let known = techniques::list(txn, &record.county).await?;
    let shown = |code: &String| known.iter().find(|one| one.code == *code);
    let shown: Vec<_> = visit
        .technique_codes
        .iter()
        .flatten()
        .filter_map(shown)
        .collect();
    let industry = visit.industry.as_deref();
    let industry = industry.and_then(|code| codes::INDUSTRY.find(code));
    let zh = industry.map(|entry| entry.label.zh.to_owned()).into_iter();
    let en = industry.map(|entry| entry.label.en.to_owned()).into_iter();
    let zh: Vec<String> = zh
        .chain(shown.iter().map(|one| one.name_zh.clone()))
        .collect();
    let english = |one: &&techniques::Technique| {
        let own = one.name_en.clone();
        own.unwrap_or_else(|| one.name_zh.clone())
    };
    let en: Vec<String> = en.chain(shown.iter().map(english)).collect();
    Ok(Occasion {
        on: visit.service_from,
        village: village.map(|one| one.name).unwrap_or_default(),
        commissioner: name(txn, visit.commissioner_id).await?,
        topic: Sentence::new(zh.join("、"), en.join(", ")),
    })
}

async fn name(txn: &impl Txn, person: Option<PersonId>) -> Result<String, AppError> {
    let Some(person) = person.filter(|person| *person != SERVER.0) else {
        return Ok(String::new());
    };
    let account = accounts::find(txn, person).await?;
    Ok(account
        .map(|account| account.display_name)
        .unwrap_or_default())
}

/// Whether a text is what a phone keeps of a token: SHA-256 as 64 lower-case hexadecimal digits.
pub fn check_hash(text: &str) -> Result<(), AppError> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(is_digit) {
        return Ok(());
    }
    let code = ErrorCode::WrongType;
    let errors = vec![FieldProblem {
        pointer: "/token_sha256".to_owned(),
        code,
        message: code.title().into(),
    }];
    Err(AppError::with_errors(ErrorCode::InvalidInput, errors))
}
