//! The head of the `OpenAPI` document, and its one canonical form.

use crate::routes;
use tepai_app::App;
use tepai_export::{Format, Language};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, HttpBuilder, SecurityScheme,
};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

/// What the document says before any route.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tepai",
        description = "特派: the field-visit backend of a county's science-and-technology commissioners (科技特派员).\n\n\
            Every refusal is `application/problem+json` (RFC 9457) with a stable `code`; `GET /v1/error-codes` lists them. \
            Bodies may be sent, and are answered, as `gzip` or `zstd`. Instants are milliseconds since 1970 UTC, dates are local.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
        contact(),
    ),
    servers((url = "/", description = "this server")),
    tags(
        (name = "sync", description = "同步: what a phone sends and receives"),
        (name = "uploads", description = "上传照片: the bytes of photos, by tus 1.0"),
        (name = "visits", description = "走访记录, and their review"),
        (name = "records", description = "记录: what stands behind a figure"),
        (name = "summaries", description = "汇总: figures of a village, township or county"),
        (name = "bulletins", description = "公告: what the office tells commissioners, and who has read it"),
        (name = "coverage", description = "覆盖: which villages are assigned, visited and overdue"),
        (name = "places", description = "区划: the divisions within reach, and their boundaries"),
        (name = "exports", description = "导出: reports as files, and templates filled in"),
        (name = "assessment", description = "目标考核: targets, score plans, and what everybody came to"),
        (name = "identity", description = "登录与设备: sessions, accounts, devices and their enrolment"),
        (name = "imports", description = "导入: divisions, roster, techniques and village profiles"),
        (name = "settings", description = "设置: what a county decides for itself"),
        (name = "webhooks", description = "推送: endpoints that are told of what happens, by the Standard Webhooks specification"),
        (name = "reference", description = "代码表: code lists and error codes"),
        (name = "health", description = "运行状态: for whoever runs the server"),
    ),
    // Types of parameters, which no body brings along.
    components(schemas(Format, Language)),
    modifiers(&Security)
)]
struct Head;

/// How a caller proves who it is.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let schemes = [
            (
                "session",
                cookie(
                    "tepai_session",
                    "An office session, as `POST /v1/session` set it.",
                ),
            ),
            (
                "session_token",
                bearer("The token of an office session, for programs."),
            ),
            (
                "device",
                bearer("The token that a device received when it was enrolled."),
            ),
        ];
        for (name, scheme) in schemes {
            components.add_security_scheme(name, scheme);
        }
    }
}

fn cookie(name: &str, description: &str) -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        name,
        description,
    )))
}

fn bearer(description: &str) -> SecurityScheme {
    let scheme: Http = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(description))
        .build();
    SecurityScheme::Http(scheme)
}

/// Every route with its description.
pub fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Head::openapi()).merge(routes::all())
}

/// The document, without a server.
pub fn document() -> Document {
    described().into_openapi()
}

/// The document as text: indented, keys in order, a line feed at the end; the same in every build.
pub fn canonical(document: &Document) -> Result<String, serde_json::Error> {
    // A value of serde_json keeps its keys in order as long as `preserve_order` is off, which deny.toml sees to.
    let value = serde_json::to_value(document)?;
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_openapi_3_1_with_sorted_keys() {
        let text = canonical(&document()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value["openapi"].as_str().unwrap().starts_with("3.1"));
        let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(keys, sorted);
        assert_eq!(text, canonical(&document()).unwrap());
    }

    #[test]
    fn every_security_requirement_names_a_scheme() {
        let value = serde_json::to_value(document()).unwrap();
        let schemes = value["components"]["securitySchemes"].as_object().unwrap();
        let operations = value["paths"].as_object().unwrap().values();
        for operation in operations.flat_map(|path| path.as_object().unwrap().values()) {
            for requirement in operation["security"].as_array().into_iter().flatten() {
                for name in requirement.as_object().unwrap().keys() {
                    assert!(
                        schemes.contains_key(name),
                        "{name} is not a scheme: {}",
                        operation["operationId"]
                    );
                }
            }
        }
    }

    #[test]
    fn every_tag_that_a_route_names_is_described() {
        let value = serde_json::to_value(document()).unwrap();
        let described: Vec<_> = value["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| &tag["name"])
            .collect();
        let operations = value["paths"].as_object().unwrap().values();
        for operation in operations.flat_map(|path| path.as_object().unwrap().values()) {
            for tag in operation["tags"].as_array().into_iter().flatten() {
                assert!(
                    described.contains(&tag),
                    "{tag} is not described: {}",
                    operation["operationId"]
                );
            }
        }
    }
}
