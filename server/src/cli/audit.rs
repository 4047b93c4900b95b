//! `tepai audit verify`: has anybody changed what was written down of acts.

use super::{Context, Failure};
use clap::{Args, Subcommand};
use serde::Serialize;
use tepai_app::audit::{self, Break, BreakKind, Head};
use tepai_sync_protocol::words::Sentence;

/// What is done with the audit trail.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Walk every chain from its beginning; exit code 1 if a link was changed, removed, put in or moved · 逐条核对操作日志，有改动则退出码为 1
    Verify(VerifyArgs),
}

/// What `audit verify` takes.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// A head that was written down before, as this command prints them: CHAIN:SEQ:HASH; may be repeated · 以前抄下的链尾
    #[arg(long = "noted", value_name = "CHAIN:SEQ:HASH", value_parser = read_head)]
    noted: Vec<Head>,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

fn read_head(text: &str) -> Result<Head, String> {
    let mut parts = text.rsplitn(3, ':');
    let (hash, seq, chain) = (parts.next(), parts.next(), parts.next());
    match (chain, seq.and_then(|seq| seq.parse().ok()), hash) {
        (Some(chain), Some(seq), Some(hash)) if !chain.is_empty() && seq > 0 => Ok(Head {
            chain: chain.to_owned(),
            seq,
            hash: hash.to_owned(),
        }),
        _ => Err("CHAIN:SEQ:HASH, such as 990421:17:5d41…".to_owned()),
    }
}

fn written(head: &Head) -> String {
    format!("{}:{}:{}", head.chain, head.seq, head.hash)
}

#[derive(Serialize)]
struct BreakDocument {
    chain: String,
    seq: i64,
    kind: &'static str,
}

#[derive(Serialize)]
struct Document {
    links: u64,
    heads: Vec<String>,
    breaks: Vec<BreakDocument>,
}

/// Walks the chains.
pub(super) async fn run(command: AuditCommand, context: &Context) -> Result<(), Failure> {
    let AuditCommand::Verify(args) = command;
    let app = context.app().await?;
    let found = audit::verify(&app, &args.noted).await?;
    app.store.close().await?;
    let is_whole = found.breaks.is_empty();
    if args.json {
        let breaks = found.breaks.into_iter().map(|found| BreakDocument {
            chain: found.chain,
            seq: found.seq,
            kind: found.kind.as_str(),
        });
        context.out.json(&Document {
            links: found.links,
            heads: found.heads.iter().map(written).collect(),
            breaks: breaks.collect(),
        })?;
    } else {
        tell(&found, context)?;
    }
    if is_whole {
        Ok(())
    } else {
        Err(Failure::quiet())
    }
}

fn tell(found: &audit::Walked, context: &Context) -> Result<(), Failure> {
    for found in &found.breaks {
        let Sentence { zh, en } = words(found);
        context.out.say(zh, en)?;
    }
    let (links, chains, wrong) = (found.links, found.heads.len(), found.breaks.len());
    context.out.say(
        format!("{chains} 条链、{links} 条操作日志已核对，{wrong} 处不符"),
        format!("{links} links of {chains} chains were walked, {wrong} are broken"),
    )?;
    // A whole county's chain, made anew from its beginning, shows by this alone.
    for head in found.heads.iter().filter(|head| !head.chain.contains('/')) {
        let head = written(head);
        context.out.say(
            format!("链尾 {head}：请抄在纸质月报上，以后用 --noted 核对"),
            format!(
                "head {head}: write it down outside of this machine, and give it back with --noted"
            ),
        )?;
    }
    Ok(())
}

fn words(found: &Break) -> Sentence {
    let (chain, seq) = (&found.chain, found.seq);
    let (zh, en) = match found.kind {
        BreakKind::Altered => (
            "被改动，或与前一条不衔接",
            "was altered, or does not follow the one before",
        ),
        BreakKind::Missing => ("不见了", "is missing"),
        BreakKind::HeadDiffers => ("之后的链尾不符", "is not the end that the head tells"),
        BreakKind::NoteDiffers => ("与抄下的链尾不符", "is not what was written down"),
    };
    Sentence::new(
        format!("操作日志 {chain} 第 {seq} 条{zh}"),
        format!("link {seq} of {chain} {en}"),
    )
}
