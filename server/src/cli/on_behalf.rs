//! Somebody at the office on whose behalf whoever runs the machine acts. The audit trail names both.

use super::Failure;
use super::account::load;
use clap::Args;
use tepai_app::App;
use tepai_domain::actor::OfficeActor;
use tepai_sync_protocol::words::Sentence;

/// Who that is.
#[derive(Debug, Args)]
pub(super) struct OnBehalf {
    /// Login name of the officer on whose behalf this is done · 代哪位工作人员办理（登录名）
    #[arg(long = "as", value_name = "LOGIN")]
    login: String,
}

impl OnBehalf {
    /// The officer, whose role and reach decide.
    pub(super) async fn actor(&self, app: &App) -> Result<OfficeActor, Failure> {
        let account = load(app, &self.login).await?;
        if account.disabled_at.is_some() || !account.role.is_office() {
            let login = &self.login;
            return Err(Failure::plain(Sentence::new(
                format!("{login} 不是在用的办公账号"),
                format!("{login} is no account of the office that is in use"),
            )));
        }
        Ok(OfficeActor {
            person: account.person,
            role: account.role,
            county: account.county,
            township: account.township,
        })
    }

    /// The officer, who must be one that assesses.
    pub(super) async fn assessor(&self, app: &App) -> Result<OfficeActor, Failure> {
        let actor = self.actor(app).await?;
        if actor.role.may_assess() {
            return Ok(actor);
        }
        let login = &self.login;
        Err(Failure::plain(Sentence::new(
            format!("{login} 不能下达目标和考核"),
            format!("{login} may not set targets or assess"),
        )))
    }
}
