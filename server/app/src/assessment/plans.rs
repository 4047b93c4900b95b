//! The score plans of a county: those that come with Tepai, and the versions that the county added.

use crate::{App, AppError, audit};
use serde_json::json;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::score::{Plan, SHIPPED};
use tepai_store::Txn;
use tepai_store::assessment::{self, StoredPlan};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::words::Sentence;

/// Characters of a plan at the most.
const LONGEST: usize = 100_000;
/// Characters of a code or version at the most.
const LONGEST_CODE: usize = 64;

/// A version of a plan that a county can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPlan {
    /// What it says.
    pub plan: Plan,
    /// The file.
    pub text: String,
    /// Whether it comes with Tepai.
    pub is_shipped: bool,
}

/// The plans of a county, its own after those that come with Tepai.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(app: &App, county: DivisionCode) -> Result<Vec<KnownPlan>, AppError> {
    app.store
        .read(async move |txn| known(txn, &county).await)
        .await
}

/// The plan of a code and version.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn get(
    app: &App,
    county: DivisionCode,
    (code, version): (String, String),
) -> Result<KnownPlan, AppError> {
    app.store
        .read(async move |txn| find(txn, &county, (&code, &version)).await)
        .await
}

/// The same in a transaction.
pub(crate) async fn find(
    txn: &impl Txn,
    county: &DivisionCode,
    (code, version): (&str, &str),
) -> Result<KnownPlan, AppError> {
    let mut all = known(txn, county).await?.into_iter();
    let found = all.find(|known| known.plan.code == code && known.plan.version == version);
    found.ok_or_else(AppError::not_found)
}

async fn known(txn: &impl Txn, county: &DivisionCode) -> Result<Vec<KnownPlan>, AppError> {
    let own = assessment::list_plans(txn, county).await?;
    let shipped = SHIPPED.iter().map(|(_, text)| ((*text).to_owned(), true));
    let own = own.into_iter().map(|stored| (stored.text, false));
    shipped
        .chain(own)
        .map(|(text, is_shipped)| {
            Ok(KnownPlan {
                plan: read(&text)?,
                text,
                is_shipped,
            })
        })
        .collect()
}

/// Reads a plan that was sound when it was added.
pub(crate) fn read(text: &str) -> Result<Plan, AppError> {
    let unsound = |why: tepai_domain::score::PlanError| {
        AppError::Internal(anyhow::anyhow!(
            "a stored score plan: {}",
            why.sentence().en
        ))
    };
    Plan::read(text).map_err(unsound)
}

/// Adds a version of a plan. The same file again changes nothing; another file of the same version is refused.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn add(app: &App, actor: &OfficeActor, text: String) -> Result<KnownPlan, AppError> {
    if text.chars().count() > LONGEST {
        let words = ErrorCode::TooLong.title().into();
        return Err(wrong(ErrorCode::TooLong, words));
    }
    let plan = Plan::read(&text).map_err(|why| wrong(ErrorCode::Validation, why.sentence()))?;
    let is_code = |text: &str| {
        let allowed = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
        !text.is_empty() && text.len() <= LONGEST_CODE && text.chars().all(allowed)
    };
    if !is_code(&plan.code) || !is_code(&plan.version) {
        let words = Sentence::new(
            "code 和 version 只能含字母、数字和 . _ -",
            "code and version hold letters, digits and . _ - alone",
        );
        return Err(wrong(ErrorCode::Validation, words));
    }
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let (code, version) = (plan.code.clone(), plan.version.clone());
            match find(txn, &actor.county, (&code, &version)).await {
                Ok(known) if known.text == text => return Ok(known),
                Ok(_) => return Err(AppError::refused(ErrorCode::AlreadyExists)),
                Err(_) => {}
            }
            let stored = StoredPlan {
                code: code.clone(),
                version: version.clone(),
                text: text.clone(),
            };
            assessment::add_plan(txn, &actor.county, &stored, (actor.person, now)).await?;
            let by = AuditActor::Person(actor.person);
            let added = AuditEntry::new(&actor.county, by, Act::ScorePlanAdded, &code);
            let detail = json!({"version": version, "rules": plan.rules.len()});
            audit::note(txn, now, added.with(detail)).await?;
            Ok(KnownPlan {
                plan: plan.clone(),
                text: text.clone(),
                is_shipped: false,
            })
        })
        .await
}

fn wrong(code: ErrorCode, message: Sentence) -> AppError {
    let error = FieldProblem {
        pointer: "/text".to_owned(),
        code,
        message,
    };
    AppError::with_errors(ErrorCode::InvalidInput, vec![error])
}
