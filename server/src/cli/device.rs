//! `tepai device`: enrolling phones, listing and revoking them.

use super::account::load;
use super::{Context, Failure, TextTable};
use clap::{Args, Subcommand};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde::Serialize;
use tepai_app::App;
use tepai_app::identity::accounts::Manager;
use tepai_app::identity::devices::{self, DeviceQuery, StoredDevice};
use tepai_app::identity::enrolment;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::words::Sentence;

/// Devices that are read at once.
const PAGE: u32 = 200;

/// What to do about devices.
#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// List the devices of a county · 列出一县的设备
    List(ListArgs),
    /// Issue a one-time code that enrols a phone · 生成一次性绑定码和二维码
    EnrolCode(EnrolCodeArgs),
    /// Revoke a device: its token ends at once · 停用设备，令牌立即失效
    Revoke(RevokeArgs),
}

/// What `list` takes.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Code of the county · 县级代码（6 位）
    #[arg(long, value_name = "CODE")]
    county: DivisionCode,
    /// Of this person alone · 只列此人（登录名）
    #[arg(long, value_name = "LOGIN")]
    login: Option<String>,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What `enrol-code` takes.
#[derive(Debug, Args)]
pub(super) struct EnrolCodeArgs {
    /// Login name of whoever carries the phone · 使用者的登录名
    login: String,
    /// Address under which the phone reaches the server, unless the settings say · 手机访问服务器的地址
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What `revoke` takes.
#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// Id of the device, as `list` shows it · 设备编号
    device: DeviceId,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

impl DeviceCommand {
    /// The settings among the flags.
    pub(super) fn settings(&self) -> Option<(&'static str, String, &'static str)> {
        match self {
            Self::EnrolCode(args) => Some(("server.base_url", args.server.clone()?, "--server")),
            Self::List(_) | Self::Revoke(_) => None,
        }
    }
}

/// A device in the output.
#[derive(Serialize)]
struct Shown<'a> {
    device_id: DeviceId,
    person_id: PersonId,
    display_name: &'a str,
    name: &'a str,
    enrolled_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
}

impl<'a> Shown<'a> {
    fn of(device: &'a StoredDevice) -> Self {
        Self {
            device_id: device.id,
            person_id: device.person,
            display_name: &device.display_name,
            name: &device.name,
            enrolled_at: device.enrolled_at,
            last_sync_at: device.contact.last_sync_at,
            app_version: device.contact.app_version.as_deref(),
            revoked_at: device.revoked_at,
        }
    }
}

/// A code in the output.
#[derive(Serialize)]
struct ShownCode<'a> {
    code: &'a str,
    qr_payload: &'a str,
    expires_at: i64,
}

/// Does it.
pub(super) async fn run(command: DeviceCommand, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let done = match command {
        DeviceCommand::List(args) => list(&app, args, context).await,
        DeviceCommand::EnrolCode(args) => enrol_code(&app, args, context).await,
        DeviceCommand::Revoke(args) => revoke(&app, args, context).await,
    };
    app.store.close().await?;
    done
}

async fn list(app: &App, args: ListArgs, context: &Context) -> Result<(), Failure> {
    let person = match &args.login {
        Some(login) => Some(load(app, login).await?.person),
        None => None,
    };
    let (mut devices, mut after) = (Vec::new(), None);
    loop {
        let query = DeviceQuery {
            person,
            after,
            limit: PAGE,
        };
        let page = devices::list_within(app, args.county.clone(), None, query).await?;
        devices.extend(page.devices);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let shown: Vec<_> = devices.iter().map(Shown::of).collect();
    if args.json {
        return context.out.json(&shown);
    }
    let mut table = TextTable::new(context.out.words(
        ["编号", "使用者", "设备", "绑定时间", "最近同步", "停用时间"],
        ["id", "person", "device", "enrolled", "last sync", "revoked"],
    ));
    let time = |at: Option<i64>| at.map(|at| context.local_time(at)).unwrap_or_default();
    for device in &shown {
        table.row([
            device.device_id.to_string(),
            device.display_name.to_owned(),
            device.name.to_owned(),
            time(Some(device.enrolled_at)),
            time(device.last_sync_at),
            time(device.revoked_at),
        ]);
    }
    context.out.line(table)
}

async fn enrol_code(app: &App, args: EnrolCodeArgs, context: &Context) -> Result<(), Failure> {
    let server = app.policy.base_url.as_deref().ok_or_else(no_address)?;
    let account = load(app, &args.login).await?;
    let issued = enrolment::issue(app, &Manager::Operator, account.person, server).await?;
    let (code, qr_payload) = (issued.code.expose(), issued.qr_payload.expose());
    if args.json {
        return context.out.json(&ShownCode {
            code,
            qr_payload,
            expires_at: issued.expires_at,
        });
    }
    context.out.line(drawn(qr_payload)?)?;
    let until = context.local_time(issued.expires_at);
    context.out.say(
        format!(
            "{} 的绑定码：{code}（只显示一次，{until} 前有效，仅可用一次）",
            account.login
        ),
        format!(
            "enrolment code for {}: {code} (shown once, good once, until {until})",
            account.login
        ),
    )
}

/// The QR code in half blocks, light on dark as most terminals are; phones read the reverse as well.
fn drawn(payload: &str) -> Result<String, Failure> {
    let code = QrCode::new(payload).map_err(|error| Failure::internal(&error))?;
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

fn no_address() -> Failure {
    Failure::usage(
        Sentence::new(
            "不知道手机用什么地址访问服务器",
            "the address under which the phone reaches the server is not known",
        ),
        Sentence::new(
            "请用 --server 指定，或设置 server.base_url",
            "say --server URL, or set server.base_url",
        ),
    )
}

async fn revoke(app: &App, args: RevokeArgs, context: &Context) -> Result<(), Failure> {
    let device = devices::revoke(app, &Manager::Operator, args.device).await?;
    if args.json {
        return context.out.json(&Shown::of(&device));
    }
    context.out.say(
        format!("设备 {} 已停用", device.id),
        format!("the device {} is revoked", device.id),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_its_margin() {
        let text = drawn("tepai://enrol?server=https%3A%2F%2Ftepai.example&code=ABCD2345").unwrap();
        let widths: Vec<_> = text.lines().map(|line| line.chars().count()).collect();
        assert!(
            widths
                .iter()
                .all(|width| *width == widths[0] && *width < 80),
            "{widths:?}"
        );
        assert!(text.starts_with("████████"), "{text}");
    }
}
