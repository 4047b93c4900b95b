//! The audit trail: every act of the office and of phones adds a link in the transaction that does it, and whoever doubts
//! has the chains walked from their beginning.

use crate::{App, AppError};
use std::collections::{BTreeMap, BTreeSet};
use strum::IntoStaticStr;
use tepai_domain::audit::{AuditEntry, Link};
use tepai_store::{ReadTxn, StoreError, WriteTxn, accounts, audit};
use uuid::Uuid;

pub use tepai_store::audit::{AuditFilter, Head};

const PAGE: u32 = 1000;

/// Adds what was done, as the last thing in its transaction.
pub(super) async fn note(txn: &WriteTxn, at: i64, entry: AuditEntry) -> Result<(), StoreError> {
    audit::append(txn, at, entry).await
}

/// Something that is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// The chain's name: a county, or `county/device` for what a phone sent.
    pub chain: String,
    /// The sequence number of the first link that is wrong.
    pub seq: i64,
    /// In which way the link is wrong.
    pub kind: BreakKind,
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum BreakKind {
    /// The link is not what it was, or does not follow from the one before.
    Altered,
    /// The link is not there.
    Missing,
    /// The head says something else than the last link.
    HeadDiffers,
    /// The link is not the one that was written down before.
    NoteDiffers,
}

impl BreakKind {
    /// The stable word, as printed in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a walk along the chains found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Links.
    pub links: u64,
    /// The heads, to be written down where nobody of this installation can change them.
    pub heads: Vec<Head>,
    /// What is wrong: the first of each chain, behind which nothing can be said.
    pub breaks: Vec<Break>,
}

/// Walks all chains from their beginning. `known` are heads that were written down earlier: chains must still pass
/// through them, or somebody has made them anew as a whole.
pub async fn verify(app: &App, known: &[Head]) -> Result<Walked, AppError> {
    let chains = app
        .store
        .read(async |txn| Ok::<_, AppError>(audit::list_chains(txn).await?))
        .await?;
    let mut walked = Walked::default();
    for head in known {
        if !chains.contains(&head.chain) {
            walked.add_break(&head.chain, head.seq, BreakKind::Missing);
        }
    }
    for chain in chains {
        let of_chain = known.iter().filter(|head| head.chain == chain);
        let hashes: BTreeMap<i64, String> =
            of_chain.map(|head| (head.seq, head.hash.clone())).collect();
        let name = chain.clone();
        // One snapshot: links that are added meanwhile are the next walk's.
        let walk = app
            .store
            .read(async move |txn| walk(txn, &name, &hashes).await)
            .await?;
        walked.links += walk.links;
        if let Some((seq, kind)) = walk.broken {
            walked.add_break(&chain, seq, kind);
        }
        walked.heads.extend(walk.head);
    }
    Ok(walked)
}

impl Walked {
    fn add_break(&mut self, chain: &str, seq: i64, kind: BreakKind) {
        self.breaks.push(Break {
            chain: chain.to_owned(),
            seq,
            kind,
        });
    }
}

/// What a walk along one chain found.
struct Walk {
    links: u64,
    head: Option<Head>,
    broken: Option<(i64, BreakKind)>,
}

async fn walk(txn: &ReadTxn, chain: &str, known: &BTreeMap<i64, String>) -> Result<Walk, AppError> {
    let head = audit::find_head(txn, chain).await?;
    let (mut seq, mut hash, mut links, mut broken) = (0, String::new(), 0, None);
    // From before the first, where nothing may be.
    let mut after = i64::MIN;
    while broken.is_none() {
        let page = audit::list_after(txn, chain, after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for (at, link) in page {
            match follows(at, link, (seq, &hash), known) {
                Ok(link) => (seq, after, hash, links) = (at, at, link.hash, links + 1),
                Err(found) => {
                    broken = Some(found);
                    break;
                }
            }
        }
    }
    let last = known.keys().next_back().copied().unwrap_or(0);
    let broken = broken.or_else(|| ends_well((seq, &hash), head.as_ref(), last));
    Ok(Walk {
        links,
        head,
        broken,
    })
}

/// The link, if it follows the one before and is the one that was noted.
fn follows(
    at: i64,
    link: Result<Link, StoreError>,
    (seq, hash): (i64, &str),
    known: &BTreeMap<i64, String>,
) -> Result<Link, (i64, BreakKind)> {
    if at != seq + 1 {
        return Err((seq + 1, BreakKind::Missing));
    }
    let sound = link.ok().filter(|link| link.hash == link.hash_behind(hash));
    let link = sound.ok_or((at, BreakKind::Altered))?;
    match known.get(&at) {
        Some(before) if *before != link.hash => Err((at, BreakKind::NoteDiffers)),
        _ => Ok(link),
    }
}

/// Whether a chain ends where its head and the last note say; what is wrong otherwise.
fn ends_well(
    (seq, hash): (i64, &str),
    head: Option<&Head>,
    last_note: i64,
) -> Option<(i64, BreakKind)> {
    let told = head.map_or(0, |head| head.seq).max(last_note);
    if seq < told {
        return Some((seq + 1, BreakKind::Missing));
    }
    let agrees = head.is_some_and(|head| head.seq == seq && head.hash == hash);
    (!agrees).then_some((seq, BreakKind::HeadDiffers))
}

/// The latest links of a county, and the names of those who did it, by the ids of people and devices.
pub async fn list(
    app: &App,
    filter: AuditFilter,
    limit: u32,
) -> Result<(Vec<Link>, BTreeMap<Uuid, String>), AppError> {
    app.store
        .read(async move |txn| {
            let links = audit::page(txn, &filter, limit).await?;
            let doers: BTreeSet<Uuid> =
                links.iter().filter_map(|link| link.entry.by.id()).collect();
            let doers: Vec<Uuid> = doers.into_iter().collect();
            let names = accounts::find_names(txn, &doers).await?;
            Ok::<_, AppError>((links, names))
        })
        .await
}
