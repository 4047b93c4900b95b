//! The county officer of the demo: signs in and reviews visits over HTTP, as a console would.

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};

/// Somebody at the office with a session.
#[derive(Debug)]
pub(super) struct Office {
    client: Client,
    base: String,
    token: String,
}

impl Office {
    /// Signs in.
    pub(super) async fn sign_in(base: &str, login: &str, password: &str) -> Result<Self> {
        let client = tepai_client::transport::http_client().build()?;
        let body = json!({"login": login, "password": password});
        let answer = client
            .post(format!("{base}/v1/session"))
            .json(&body)
            .send()
            .await?;
        ensure!(
            answer.status().is_success(),
            "the office cannot sign in: {}",
            answer.text().await?
        );
        let answer: Value = answer.json().await?;
        let token = answer
            .get("token")
            .and_then(Value::as_str)
            .context("a session has a token")?
            .to_owned();
        Ok(Self {
            client,
            base: base.to_owned(),
            token,
        })
    }

    /// The visits that wait for review, oldest service first.
    pub(super) async fn waiting(&self) -> Result<Vec<Value>> {
        let mut visits = Vec::new();
        let mut cursor = String::new();
        loop {
            let url = format!("{}/v1/visits?state=submitted&limit=500{cursor}", self.base);
            let page: Value = self
                .client
                .get(url)
                .bearer_auth(&self.token)
                .send()
                .await?
                .error_for_status()?
                .json()
                .await?;
            visits.extend(
                page.get("visits")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default(),
            );
            match page.get("next").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        visits.reverse();
        Ok(visits)
    }

    /// Judges a visit.
    pub(super) async fn review(&self, visit: &Value, verdict: Value) -> Result<()> {
        let id = visit
            .get("id")
            .and_then(Value::as_str)
            .context("a visit has an id")?;
        let mut body = json!({"rev": visit.get("rev")});
        if let (Value::Object(body), Value::Object(more)) = (&mut body, verdict) {
            body.extend(more);
        }
        let url = format!("{}/v1/visits/{id}/reviews", self.base);
        let answer = self
            .client
            .post(url)
            .bearer_auth(&self.token)
            .json(&body)
            .send()
            .await?;
        ensure!(
            answer.status().is_success(),
            "a review was refused: {}",
            answer.text().await?
        );
        Ok(())
    }
}
