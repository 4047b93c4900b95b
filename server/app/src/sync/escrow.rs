//! What a lost phone sends: stored for the office, applied only when the office releases it.

use crate::AppError;
use crate::clock::Clock;
use crate::sync::batch::Batch;
use crate::sync::dead_letters::dead_letter_of;
use crate::sync::redact::redact_batch;
use crate::sync::write;
use std::collections::BTreeMap;
use std::sync::Arc;
use tepai_domain::audit::Act;
use tepai_domain::secret::Secret;
use tepai_store::WriteTxn;
use tepai_store::results::{self, StoredResult};
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::sync::{MutationResult, Outcome};

/// Stores the mutations of a lost phone as dead letters for the office, each once; returns one result for each.
pub async fn hold_in_escrow(
    txn: &WriteTxn,
    batch: Arc<Batch>,
    clock: &Clock,
    key: &Secret,
) -> Result<Vec<MutationResult>, AppError> {
    let batch = &*redact_batch(txn, batch, key).await?;
    let mids: Vec<_> = batch.items.iter().filter_map(|item| item.mid).collect();
    let stored = results::find(txn, &mids).await?;
    let (mut answers, mut fresh, mut dead_letters) = (Vec::new(), BTreeMap::new(), Vec::new());
    for item in &batch.items {
        let known = item
            .mid
            .and_then(|mid| stored.get(&mid).or_else(|| fresh.get(&mid)));
        if let Some(known) = known {
            answers.push(known.result.clone().replay());
            continue;
        }
        let problem = MutationProblem::of(ErrorCode::DeviceLost);
        let result = MutationResult::refused(item.mid, Outcome::Held, problem.clone());
        dead_letters.push(dead_letter_of(item, &problem, &batch.actor, clock));
        if let Some(mid) = item.mid {
            let stored = StoredResult {
                content_hash: item.content_hash.clone(),
                result: result.clone(),
            };
            fresh.insert(mid, stored);
        }
        answers.push(result);
    }
    write::save(txn, batch, Act::Escrowed, &fresh, dead_letters).await?;
    Ok(answers)
}
