//! `tepai demo`: plays four months of a county before one's eyes, shows its figures, and keeps serving.

use super::{Context, Failure, TextTable, make_private_dir, summary};
use crate::config::ConfigSource;
use crate::serve::{serve, stop_signal};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use tepai_app::App;
use tepai_demo;
use tepai_demo::{OFFICE, PASSWORD, Shown};
use tepai_store::Store;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::words::Sentence;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What `demo` takes.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Another number tells another story; the same one tells the same · 随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Play in a real county: a directory with areas.csv, streets.csv and villages.csv · 使用真实区划
    #[arg(long, value_name = "DIR")]
    divisions: Option<PathBuf>,
    /// Which county of that directory · 其中哪个县 [default: the first]
    #[arg(long, requires = "divisions", value_name = "CODE")]
    county: Option<DivisionCode>,
    /// End after the table · 输出汇总后退出
    #[arg(long)]
    once: bool,
    /// Where to listen; port 0 takes a free one · 监听地址 [default: 127.0.0.1:8020]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl DemoArgs {
    /// The settings among the flags.
    pub(super) fn settings(&self) -> Option<(&'static str, String, &'static str)> {
        let listen = self.listen.clone()?;
        Some(("server.listen", listen, "--listen"))
    }
}

/// Where the demo keeps its database, and whether that goes away with it.
struct Place {
    dir: PathBuf,
    is_temporary: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_temporary {
            // What cannot be removed is left to whoever cleans the directory of temporary files.
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Plays the demo.
pub(super) async fn run(args: DemoArgs, context: &Context) -> Result<(), Failure> {
    let place = place(context)?;
    let url = database_url(context, &place.dir)?;
    let store = Store::connect(&url, context.config.database.connections).await?;
    store.migrate().await?;
    let (clock, zone) = (tepai_demo::clock(args.seed), context.config.time_zone());
    let app = App::open(store, clock, zone, context.config.policy.clone()).await?;
    let listener = listen(context, args.once).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, app.clone(), stop.clone()));

    let shown = play(&args, &app, &base).await;
    let shown = match shown {
        Ok(shown) => shown,
        Err(error) => {
            stop.cancel();
            return Err(Failure::internal(&*error));
        }
    };
    print(&shown, &base, context)?;
    if !args.once {
        app.clock.run_on();
        invite(&shown, &base, context)?;
        stop_signal().await?;
    }
    stop.cancel();
    serving.await.map_err(|error| Failure::internal(&error))??;
    app.store.close().await?;
    drop(place);
    Ok(())
}

fn place(context: &Context) -> Result<Place, Failure> {
    if context.config.data_dir_source == ConfigSource::Default {
        let dir = std::env::temp_dir().join(format!("tepai-demo-{}", std::process::id()));
        make_private_dir(&dir)?;
        return Ok(Place {
            dir,
            is_temporary: true,
        });
    }
    let dir = context.config.data_dir.clone();
    make_private_dir(&dir)?;
    Ok(Place {
        dir,
        is_temporary: false,
    })
}

fn database_url(context: &Context, dir: &Path) -> Result<String, Failure> {
    if !context.config.is_default("database.url") {
        return Ok(context.config.database.url.expose().to_owned());
    }
    let file = dir.join("tepai-demo.db");
    if file.exists() {
        return Err(Failure::new(
            Sentence::new(
                format!("{} 里已有演示数据", dir.display()),
                format!("there is a demo in {} already", dir.display()),
            ),
            Sentence::new(
                format!("换一个目录，或先删除 {}", file.display()),
                format!(
                    "choose another directory, or remove {} first",
                    file.display()
                ),
            ),
        ));
    }
    Ok(format!("sqlite://{}", file.display()))
}

/// The address of the settings; a free port where that one is taken, or where nobody is to come.
async fn listen(context: &Context, once: bool) -> Result<TcpListener, Failure> {
    let wanted = context.config.listen;
    if !once && let Ok(listener) = TcpListener::bind(wanted).await {
        return Ok(listener);
    }
    if !once && !context.config.is_default("server.listen") {
        return Err(Failure::new(
            Sentence::new(
                format!("无法监听 {wanted}"),
                format!("cannot listen on {wanted}"),
            ),
            Sentence::new(
                "请用 --listen 换一个地址或端口",
                "choose another address or port with --listen",
            ),
        ));
    }
    Ok(TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?)
}

async fn play(args: &DemoArgs, app: &App, base: &str) -> anyhow::Result<Shown> {
    let bar = ProgressBar::new(tepai_demo::story::Story::days());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message("导入 importing");
    let county = tepai_demo::found(app, args.divisions.as_deref(), args.county.clone()).await?;
    let told = tepai_demo::play(app, base, &county, args.seed, &|day| {
        bar.set_message(day.to_string());
        bar.inc(1);
    })
    .await;
    bar.finish_and_clear();
    tepai_demo::show(app, county, told?).await
}

fn print(shown: &Shown, base: &str, context: &Context) -> Result<(), Failure> {
    let out = context.out;
    let names = &shown.answer.names;
    let county = names
        .divisions
        .get(&shown.county)
        .cloned()
        .unwrap_or_default();
    out.say(
        format!("{county}（{}）2026-03-01 至 2026-06-30", shown.county),
        format!("{county} ({}), 2026-03-01 to 2026-06-30", shown.county),
    )?;
    out.line(summary::table(&shown.county, &shown.answer, out.lang))?;
    out.say(
        "县一行不是各乡镇之和：人天、村、户、技术在每个范围内去重计数。",
        "The county is not the sum of its townships: person-days, villages, households and techniques are counted once in each.",
    )?;
    out.say(
        format!(
            "手机上记录 {} 条走访，服务器收到 {} 条；汇总与重新统计一致（{} 个单元）。",
            shown.told.logged, shown.told.acknowledged, shown.checked.cells
        ),
        format!(
            "{} visits were logged on phones, the server has {}; the summaries equal a recount from nothing ({} cells).",
            shown.told.logged, shown.told.acknowledged, shown.checked.cells
        ),
    )?;
    for (name, waiting) in &shown.told.waiting {
        out.say(
            format!("  {name} 的手机久未同步，还有 {waiting} 条变更未上传"),
            format!(
                "  the phone of {name} has not synchronised for weeks and holds {waiting} mutations"
            ),
        )?;
    }
    overdue(shown, context)?;
    tracing::debug!(base, "the demo is told");
    Ok(())
}

const OVERDUE_SHOWN: usize = 8;

fn overdue(shown: &Shown, context: &Context) -> Result<(), Failure> {
    let (out, names) = (context.out, &shown.answer.names);
    let late: Vec<_> = shown
        .coverage
        .villages
        .iter()
        .filter(|village| village.is_overdue)
        .collect();
    out.say(
        format!(
            "\n超过 {} 天未走访的村：{} 个",
            shown.coverage.overdue_days,
            late.len()
        ),
        format!(
            "\nVillages without an approved visit for more than {} days: {}",
            shown.coverage.overdue_days,
            late.len()
        ),
    )?;
    let mut table = TextTable::new(out.words(
        ["村", "末次走访", "天数", "特派员"],
        ["village", "last visit", "days", "commissioner"],
    ));
    let [never, nobody] = out.words(["从未", "未派驻"], ["never", "unassigned"]);
    let assigned = late
        .iter()
        .filter(|village| !village.commissioners.is_empty());
    let unassigned = late
        .iter()
        .filter(|village| village.commissioners.is_empty());
    for village in assigned.chain(unassigned).take(OVERDUE_SHOWN) {
        let people: Vec<_> = village
            .commissioners
            .iter()
            .filter_map(|id| names.people.get(id).cloned())
            .collect();
        let people = if people.is_empty() {
            nobody.to_owned()
        } else {
            people.join("、")
        };
        table.row([
            names
                .divisions
                .get(&village.code)
                .cloned()
                .unwrap_or_default(),
            village
                .last_visit_on
                .map_or_else(|| never.to_owned(), |day| day.to_string()),
            village
                .days_since
                .map_or_else(|| "-".to_owned(), |days| days.to_string()),
            people,
        ]);
    }
    out.line(table)?;
    if late.len() > OVERDUE_SHOWN {
        let more = late.len() - OVERDUE_SHOWN;
        out.say(format!("……另有 {more} 个"), format!("... and {more} more"))?;
    }
    Ok(())
}

fn invite(shown: &Shown, base: &str, context: &Context) -> Result<(), Failure> {
    let out = context.out;
    out.say(
        format!("\n特派正在 {base} 运行，请用浏览器打开（接口文档 {base}/docs）。办公室账号，密码都是 {PASSWORD}："),
        format!("\nTepai serves at {base}: open it in a browser (API: {base}/docs). Office accounts, all with the password {PASSWORD}:"),
    )?;
    for (login, name, role) in OFFICE {
        out.line(format!("  {login:<10} {:<15} {name}", role.as_str()))?;
    }
    out.line(format!(
        "\n  curl -s {base}/v1/session -H 'Content-Type: application/json' -d '{{\"login\":\"{}\",\"password\":\"{PASSWORD}\"}}'",
        tepai_demo::OFFICER
    ))?;
    out.line(format!(
        "  curl -s '{base}/v1/summaries/{}?period=2026-Q2&by=township' -H 'Authorization: Bearer <token>'",
        shown.county
    ))?;
    out.say(
        "\nctrl-c 结束；演示数据随之删除（除非指定了 --data-dir）。",
        "\nctrl-c ends it; the data goes with it, unless --data-dir names a place.",
    )
}
