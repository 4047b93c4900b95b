//! `tepai account`: what whoever runs the machine does about accounts, such as making the first one.

use super::{Context, Failure, TextTable};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::io::Read;
use tepai_app::App;
use tepai_app::identity::accounts::{self, AccountChange, Manager, NewAccount};
use tepai_domain::account::Account;
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_store::accounts::AccountFilter;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::words::Sentence;

/// Accounts that are read at once.
const PAGE: u32 = 200;
/// Bytes of a password that is read; more is no password.
const LONGEST_PASSWORD: u64 = 4096;

/// What to do about accounts.
#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Make an account · 新建账号
    Create(CreateArgs),
    /// List the accounts of a county · 列出一县的账号
    List(ListArgs),
    /// Give a new initial password; sessions end · 重置密码，已有会话失效
    ResetPassword(ResetPasswordArgs),
    /// Disable an account; its sessions and devices end · 停用账号，其会话和设备失效
    Disable(NamedArgs),
    /// Enable an account again; its devices stay revoked · 恢复账号，原设备仍停用
    Enable(NamedArgs),
}

/// What `create` takes.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Login name · 登录名
    login: String,
    /// Name that people read · 姓名
    #[arg(long)]
    name: String,
    /// Role · 角色
    #[arg(long, value_parser = role_parser())]
    role: Role,
    /// Code of the county · 县级代码（6 位）
    #[arg(long, value_name = "CODE")]
    county: DivisionCode,
    /// Code of the township, for a coordinator · 乡镇代码（9 位），仅乡镇协调员
    #[arg(long, value_name = "CODE")]
    township: Option<DivisionCode>,
    /// Read the password from standard input; else an initial one is made · 从标准输入读取密码
    #[arg(long)]
    password_stdin: bool,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What `list` takes.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Code of the county · 县级代码（6 位）
    #[arg(long, value_name = "CODE")]
    county: DivisionCode,
    /// Of this role alone · 只列此角色
    #[arg(long, value_parser = role_parser())]
    role: Option<Role>,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What `reset-password` takes.
#[derive(Debug, Args)]
pub(super) struct ResetPasswordArgs {
    /// Login name · 登录名
    login: String,
    /// Read the password from standard input; else an initial one is made · 从标准输入读取密码
    #[arg(long)]
    password_stdin: bool,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// An account by its login name.
#[derive(Debug, Args)]
pub(super) struct NamedArgs {
    /// Login name · 登录名
    login: String,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

fn role_parser() -> impl TypedValueParser<Value = Role> {
    let words = PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str()));
    words.try_map(|word| word.parse::<Role>())
}

/// An account in the output.
#[derive(Serialize)]
struct Shown<'a> {
    person_id: PersonId,
    login: &'a str,
    display_name: &'a str,
    role: Role,
    county_code: &'a DivisionCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    township_code: Option<&'a DivisionCode>,
    disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_password: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(account: &'a Account) -> Self {
        Self {
            person_id: account.person,
            login: &account.login,
            display_name: &account.display_name,
            role: account.role,
            county_code: &account.county,
            township_code: account.township.as_ref(),
            disabled: account.disabled_at.is_some(),
            initial_password: None,
        }
    }
}

/// Does it.
pub(super) async fn run(command: AccountCommand, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let done = match command {
        AccountCommand::Create(args) => create(&app, args, context).await,
        AccountCommand::List(args) => list(&app, args, context).await,
        AccountCommand::ResetPassword(args) => reset_password(&app, args, context).await,
        AccountCommand::Disable(args) => set_disabled(&app, args, true, context).await,
        AccountCommand::Enable(args) => set_disabled(&app, args, false, context).await,
    };
    app.store.close().await?;
    done
}

async fn create(app: &App, args: CreateArgs, context: &Context) -> Result<(), Failure> {
    let new = NewAccount {
        county: args.county,
        login: args.login,
        display_name: args.name,
        role: args.role,
        township: args.township,
        password: args.password_stdin.then(read_password).transpose()?,
    };
    let created = accounts::create(app, &Manager::Operator, new).await?;
    let account = &created.account;
    if args.json {
        let initial_password = created.initial_password.as_ref().map(Secret::expose);
        return context.out.json(&Shown {
            initial_password,
            ..Shown::of(account)
        });
    }
    context.out.say(
        format!("已新建账号 {}（{}）", account.login, account.person),
        format!("made the account {} ({})", account.login, account.person),
    )?;
    print_initial(created.initial_password.as_ref(), context)
}

fn print_initial(password: Option<&Secret>, context: &Context) -> Result<(), Failure> {
    let Some(password) = password.map(Secret::expose) else {
        return Ok(());
    };
    context.out.say(
        format!("初始密码（只显示一次，首次登录须修改）：{password}"),
        format!("initial password (shown once, to be changed at the first sign-in): {password}"),
    )
}

async fn list(app: &App, args: ListArgs, context: &Context) -> Result<(), Failure> {
    let (mut accounts, mut after) = (Vec::new(), None);
    loop {
        let filter = AccountFilter {
            county: args.county.clone(),
            role: args.role,
            after,
            limit: PAGE,
        };
        let page = accounts::list(app, filter).await?;
        accounts.extend(page.accounts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let shown: Vec<_> = accounts.iter().map(Shown::of).collect();
    if args.json {
        return context.out.json(&shown);
    }
    let mut table = TextTable::new(context.out.words(
        ["登录名", "姓名", "角色", "乡镇", "状态", "编号"],
        ["login", "name", "role", "township", "state", "id"],
    ));
    let [enabled, disabled] = context.out.words(["启用", "停用"], ["enabled", "disabled"]);
    for account in &shown {
        table.row([
            account.login.to_owned(),
            account.display_name.to_owned(),
            account.role.as_str().to_owned(),
            account
                .township_code
                .map(ToString::to_string)
                .unwrap_or_default(),
            if account.disabled { disabled } else { enabled }.to_owned(),
            account.person_id.to_string(),
        ]);
    }
    context.out.line(table)
}

async fn reset_password(
    app: &App,
    args: ResetPasswordArgs,
    context: &Context,
) -> Result<(), Failure> {
    let account = load(app, &args.login).await?;
    let initial = if args.password_stdin {
        accounts::set_password(app, account.person, read_password()?).await?;
        None
    } else {
        Some(accounts::reset_password(app, &Manager::Operator, account.person).await?)
    };
    if args.json {
        let initial_password = initial.as_ref().map(Secret::expose);
        return context.out.json(&Shown {
            initial_password,
            ..Shown::of(&account)
        });
    }
    context.out.say(
        format!("已重置 {} 的密码", account.login),
        format!("{} has a new password", account.login),
    )?;
    print_initial(initial.as_ref(), context)
}

async fn set_disabled(
    app: &App,
    args: NamedArgs,
    disabled: bool,
    context: &Context,
) -> Result<(), Failure> {
    let account = load(app, &args.login).await?;
    let change = AccountChange {
        display_name: account.display_name,
        role: account.role,
        township: account.township,
        disabled,
    };
    let account = accounts::update(app, &Manager::Operator, account.person, change).await?;
    if args.json {
        return context.out.json(&Shown::of(&account));
    }
    let [zh, en] = if disabled {
        ["停用", "disabled"]
    } else {
        ["启用", "enabled"]
    };
    context.out.say(
        format!("{} 已{zh}", account.login),
        format!("{} is {en}", account.login),
    )
}

/// The account of a login name.
pub(super) async fn load(app: &App, login: &str) -> Result<Account, Failure> {
    let found = accounts::find_by_login(app, login).await?;
    found.ok_or_else(|| {
        Failure::new(
            Sentence::new(
                format!("没有登录名为 {login} 的账号"),
                format!("there is no account {login}"),
            ),
            Sentence::new(
                "`tepai account list --county CODE` 列出账号",
                "`tepai account list --county CODE` lists them",
            ),
        )
    })
}

/// A password from standard input, without the line feed at its end.
fn read_password() -> Result<Secret, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST_PASSWORD)
        .read_to_string(&mut text)?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}
