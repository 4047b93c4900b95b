//! Feedback by a one-time link: how a link is made, and the page that it opens, which needs neither an account nor a script.

use crate::auth::{Device, Reviewer};
use crate::error::ApiError;
use crate::extract::{Json, Path, body_error};
use crate::layers::prefers_english;
use crate::routes::identity::accounts::address;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use tepai_app::App;
use tepai_app::visits::feedback_links::{self, Occasion, Page};
use tepai_domain::album::escape;
use tepai_domain::secret::Secret;
use tepai_sync_protocol::codes;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::Problem;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of links and of their page.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(make_feedback_link))
        .routes(routes!(register_feedback_link))
        .routes(routes!(open_feedback_page, give_feedback))
}

/// A link to be shown once.
#[derive(Debug, Serialize, ToSchema)]
struct FeedbackLinkDocument {
    /// Its address.
    url: Secret,
    /// The address as a QR code: an SVG image.
    qr_svg: Secret,
    /// Until when it is good: milliseconds since 1970 UTC.
    expires_at: i64,
}

/// Makes a one-time link on which the served party says how a visit was. Only its hash is kept; it is shown this once.
#[utoipa::path(
    post,
    path = "/v1/visits/{id}/feedback-links",
    tag = "visits",
    params(("id" = uuid::Uuid, Path, description = "the visit")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = FeedbackLinkDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 429, body = Problem, description = "too_many_links"),
    )
)]
async fn make_feedback_link(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Path(id): Path<RecordId>,
    headers: HeaderMap,
) -> Result<Json<FeedbackLinkDocument>, ApiError> {
    let server = address(&headers, app.policy.secure_cookies);
    let issued =
        tepai_app::detached(async move { feedback_links::issue(&app, &actor, id, &server).await })
            .await?;
    Ok(Json(FeedbackLinkDocument {
        url: issued.url,
        qr_svg: issued.qr_svg,
        expires_at: issued.expires_at,
    }))
}

/// A link that a phone made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneLink {
    /// SHA-256 of the token, as 64 lower-case hexadecimal digits.
    token_sha256: String,
}

/// How long a link is good.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneLinkDocument {
    /// Until when: milliseconds since 1970 UTC.
    expires_at: i64,
}

/// Tells the server of a link that a phone made without a network, for a visit of its person that was pushed before. The same
/// again changes nothing; `not_found` means that the visit has not arrived yet.
#[utoipa::path(
    put,
    path = "/v1/visits/{id}/feedback-links",
    tag = "visits",
    params(("id" = uuid::Uuid, Path, description = "the visit")),
    security(("device" = [])),
    responses(
        (status = 200, body = PhoneLinkDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "already_exists: the token is another visit's"),
        (status = 422, body = Problem, description = "invalid_input"),
        (status = 429, body = Problem, description = "too_many_links"),
    )
)]
async fn register_feedback_link(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<RecordId>,
    Json(link): Json<PhoneLink>,
) -> Result<Json<PhoneLinkDocument>, ApiError> {
    let hash = link.token_sha256;
    feedback_links::check_hash(&hash)?;
    let expires_at =
        tepai_app::detached(async move { feedback_links::register(&app, &actor, hash, id).await })
            .await?;
    Ok(Json(PhoneLinkDocument { expires_at }))
}

/// The page of a one-time link: date, village, commissioner and topic of the visit, three choices and room for a sentence.
#[utoipa::path(
    get,
    path = "/f/{token}",
    tag = "visits",
    params(("token" = String, Path, description = "the token of the link")),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "the question"),
        (status = 404, body = String, content_type = "text/html", description = "no such link, or its phone has not synchronised yet"),
        (status = 410, body = String, content_type = "text/html", description = "used, or no longer good"),
        (status = 429, body = String, content_type = "text/html", description = "asked for too often"),
    )
)]
async fn open_feedback_page(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let page =
        tepai_app::detached(async move { feedback_links::open(&app, Secret::new(token)).await })
            .await?;
    Ok(answer(&page, prefers_english(&headers)))
}

/// What the page sends.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct GivenFeedback {
    /// `satisfied`, `fair` or `dissatisfied`.
    score: Option<String>,
    /// A sentence.
    comment: Option<String>,
}

/// Takes what the served party says, once.
#[utoipa::path(
    post,
    path = "/f/{token}",
    tag = "visits",
    params(("token" = String, Path, description = "the token of the link")),
    request_body(content = GivenFeedback, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "taken"),
        (status = 404, body = String, content_type = "text/html", description = "no such link"),
        (status = 410, body = String, content_type = "text/html", description = "used, or no longer good"),
        (status = 422, body = String, content_type = "text/html", description = "nothing was chosen, or the sentence is too long"),
        (status = 429, body = String, content_type = "text/html", description = "asked for too often"),
    )
)]
async fn give_feedback(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|error| body_error(&error))?;
    // What is no form chooses nothing.
    let given: GivenFeedback = form(&body);
    let token = Secret::new(token);
    let page = tepai_app::detached(async move {
        feedback_links::give(&app, token, given.score, given.comment).await
    })
    .await?;
    Ok(answer(&page, prefers_english(&headers)))
}

/// The two members of a form.
fn form(body: &[u8]) -> GivenFeedback {
    let mut given = GivenFeedback::default();
    for (name, value) in form_urlencoded::parse(body) {
        let slot = match name.as_ref() {
            "score" => &mut given.score,
            "comment" => &mut given.comment,
            _ => continue,
        };
        *slot = Some(value.into_owned());
    }
    given
}

const STYLE: &str = "body{font:18px/1.6 sans-serif;max-width:32em;margin:0 auto;padding:1em;color:#222;background:#fff}\
    h1{font-size:1.3em}dl{margin:0}dt{color:#555;font-size:.85em}dd{margin:0 0 .5em}\
    label{display:block;padding:.8em;margin:.5em 0;border:2px solid #777;border-radius:8px}\
    input{width:1.3em;height:1.3em;vertical-align:middle}\
    textarea{width:100%;box-sizing:border-box;font:inherit}\
    button{font:inherit;width:100%;padding:.8em;margin:1em 0;border:0;border-radius:8px;background:#0b5;color:#fff;background:#06643a}\
    .note{color:#555;font-size:.85em}.wrong{color:#a00}";

/// Nothing but this very style, and a form that goes nowhere else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

fn answer(page: &Page, english: bool) -> Response {
    let status = match page {
        Page::Open(_) | Page::Thanks => StatusCode::OK,
        Page::Again(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Page::Used | Page::Over => StatusCode::GONE,
        Page::Unknown => StatusCode::NOT_FOUND,
        Page::TooOften => StatusCode::TOO_MANY_REQUESTS,
    };
    let mut response = (status, write(page, english)).into_response();
    let headers = response.headers_mut();
    let mut say = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    say(header::CONTENT_TYPE, "text/html; charset=utf-8");
    say(header::CONTENT_SECURITY_POLICY, &POLICY);
    // With `no-referrer` a browser hides the origin of the form, and it would be refused as another site's.
    say(header::REFERRER_POLICY, "same-origin");
    say(header::VARY, "accept-language");
    say(
        header::HeaderName::from_static("x-robots-tag"),
        "noindex, nofollow",
    );
    response
}

fn write(page: &Page, english: bool) -> String {
    let say = |zh: &'static str, en: &'static str| if english { en } else { zh };
    let title = say("科技特派员服务评价", "How was the visit?");
    let tongue = say("zh-CN", "en");
    let body = match page {
        Page::Open(occasion) => question(occasion, english, false),
        Page::Again(occasion) => question(occasion, english, true),
        Page::Thanks => paragraph(say(
            "谢谢您，评价已收到。",
            "Thank you. What you said has been taken down.",
        )),
        Page::Used => paragraph(say(
            "这个链接已经评价过了，谢谢您。每个链接只能用一次；如要更改，请联系县科技局。",
            "This link was used already, thank you. Each link works once; to change what was said, ask the county's office.",
        )),
        Page::Over => paragraph(say(
            "这个链接已过期。如仍想评价，请向特派员或县科技局要一个新的链接。",
            "This link is no longer good. If you still want to say something, ask the commissioner or the county's office for a new one.",
        )),
        Page::Unknown => paragraph(say(
            "没有找到这个链接。如果是特派员刚刚出示的二维码，请在他的手机联网之后再打开。",
            "There is no such link. If a commissioner has just shown you its code, open it again after that phone has had a network.",
        )),
        Page::TooOften => paragraph(say(
            "打开次数过多，请十分钟后再试。",
            "It was opened too often. Please try again in ten minutes.",
        )),
    };
    format!(
        "<!doctype html>\n<html lang=\"{tongue}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n{body}</body></html>\n"
    )
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

fn question(occasion: &Occasion, english: bool, is_wrong: bool) -> String {
    let say = |zh: &'static str, en: &'static str| if english { en } else { zh };
    let topic = if english {
        &occasion.topic.en
    } else {
        &occasion.topic.zh
    };
    let on = occasion.on.map(|on| on.to_string()).unwrap_or_default();
    let facts = [
        (say("日期", "Day"), on.as_str()),
        (say("村", "Village"), &occasion.village),
        (say("科技特派员", "Commissioner"), &occasion.commissioner),
        (say("内容", "About"), topic),
    ];
    let facts = facts.map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(value)));
    let facts = facts.concat();
    let choices: Vec<String> = codes::SATISFACTION
        .codes
        .iter()
        .map(|choice| {
            let label = say(choice.label.zh, choice.label.en);
            format!(
                "<label><input type=\"radio\" name=\"score\" value=\"{}\" required> {label}</label>\n",
                choice.code
            )
        })
        .collect();
    let choices = choices.concat();
    let wrong = if is_wrong {
        let words = say(
            "请选择一项；意见不超过 500 字。",
            "Please choose one; a comment has at most 500 characters.",
        );
        format!("<p class=\"wrong\">{words}</p>\n")
    } else {
        String::new()
    };
    let (comment, send, note) = (
        say("意见（可不填）", "In your words (may be left out)"),
        say("提交", "Send"),
        say(
            "本页不需要登录，也不收集您的姓名和电话。评价由县科技局和乡镇查看，不发送到特派员的手机。",
            "You need no account, and neither name nor number is asked. The county's office and the township read what you say; \
             it is not sent to the commissioner's phone.",
        ),
    );
    format!(
        "<dl>{facts}</dl>\n{wrong}<form method=\"post\">\n{choices}\
         <p>{comment}<br><textarea name=\"comment\" rows=\"4\" maxlength=\"500\"></textarea></p>\n\
         <button>{send}</button>\n</form>\n<p class=\"note\">{note}</p>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tepai_sync_protocol::words::Sentence;

    #[test]
    fn the_page_has_no_script_and_what_it_shows_is_text() {
        let occasion = Occasion {
            on: None,
            village: "<script>alert(1)</script>".to_owned(),
            commissioner: "\"王\"".to_owned(),
            topic: Sentence::new("水产", "aquaculture"),
        };
        for english in [false, true] {
            let page = write(&Page::Open(occasion.clone()), english);
            assert!(!page.contains("<script") && page.contains("&lt;script"));
            assert_eq!(page.matches("type=\"radio\"").count(), 3);
        }
    }

    #[test]
    fn a_form_is_read_whatever_else_it_holds() {
        let given = form(b"x=1&score=fair&comment=%E8%B0%A2+%26");
        assert_eq!(given.score.as_deref(), Some("fair"));
        assert_eq!(given.comment.as_deref(), Some("谢 &"));
        assert_eq!(form(b"\xff\x00").score, None);
    }
}
