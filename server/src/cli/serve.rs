//! `tepai serve`.

use super::{Context, Failure};
use crate::serve::{serve, stop_signal};
use clap::Args;
use std::net::SocketAddr;
use tepai_sync_protocol::words::Sentence;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What `serve` takes.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Where to listen; port 0 takes a free one · 监听地址 [default: 127.0.0.1:8020]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Bring the database up to this version first · 启动前更新数据库结构
    #[arg(long)]
    migrate: bool,
}

impl ServeArgs {
    /// The settings among the flags.
    pub(super) fn settings(&self) -> Option<(&'static str, String, &'static str)> {
        let listen = self.listen.clone()?;
        Some(("server.listen", listen, "--listen"))
    }
}

/// Serves until ctrl-c or SIGTERM; a second one does not wait.
pub(super) async fn run(args: ServeArgs, context: &Context) -> Result<(), Failure> {
    let config = &context.config;
    if config.has_placeholder_secret() {
        return Err(placeholder_secret(context));
    }
    if args.migrate {
        context.store().await?.migrate().await?;
    }
    let app = context.app().await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| cannot_listen(config.listen, &error))?;
    let address = listener.local_addr()?;
    announce(context, address)?;
    let stop = CancellationToken::new();
    let store = app.store.clone();
    let serving = serve(listener, app, stop.clone());
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => served?,
        signalled = stop_signal() => {
            signalled?;
            stop.cancel();
            context.out.note("正在停止；再按一次 ctrl-c 立即退出", "stopping; ctrl-c again to stop at once");
            tokio::select! {
                served = &mut serving => served?,
                again = stop_signal() => again?,
            }
        }
    }
    Ok(store.close().await?)
}

fn announce(context: &Context, address: SocketAddr) -> Result<(), Failure> {
    let config = &context.config;
    if !address.ip().is_loopback() && !config.policy.secure_cookies {
        tracing::warn!(
            "open to a network without HTTPS: put a proxy in front, and set server.secure_cookies"
        );
    }
    let database = config.shown_database();
    tracing::info!(%address, database, version = env!("CARGO_PKG_VERSION"), "serving");
    let url = format!("http://{address}");
    context.out.say(
        format!("特派已启动：{url}（接口文档 {url}/docs，数据库 {database}），ctrl-c 停止"),
        format!("Tepai serves at {url} (API: {url}/docs, database: {database}); ctrl-c stops it"),
    )
}

fn placeholder_secret(context: &Context) -> Failure {
    let file = context.config.data_dir.join(crate::config::FILE_NAME);
    let file = file.display();
    Failure::usage(
        Sentence::new(
            "security.secret 仍是人人皆知的占位值",
            "security.secret is still the placeholder that everybody knows",
        ),
        Sentence::new(
            format!(
                "用 `tepai config --new-secret` 生成，写入 {file} 的 [security] secret，或设环境变量 TEPAI_SECURITY__SECRET"
            ),
            format!(
                "make one with `tepai config --new-secret`; keep it in {file} as `secret` of [security], or in TEPAI_SECURITY__SECRET"
            ),
        ),
    )
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(
        Sentence::new(
            format!("无法监听 {address}：{error}"),
            format!("cannot listen on {address}: {error}"),
        ),
        Sentence::new(
            "请用 --listen 换一个地址或端口",
            "choose another address or port with --listen",
        ),
    )
}
