//! `GET /v1/albums`: photos in one archive, with a page to print.

use crate::auth::Office;
use crate::error::ApiError;
use crate::extract::Query;
use crate::routes::visits::list::period;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use tepai_app::App;
use tepai_app::photos::album::{self, AlbumOf};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tokio_util::io::ReaderStream;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of albums.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(album))
}

/// Of what: a visit, or a division and a period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AlbumQuery {
    /// A visit.
    #[param(value_type = Option<uuid::Uuid>)]
    visit: Option<RecordId>,
    /// Code of a village, township or county, together with a period.
    #[param(value_type = Option<String>, example = "421083100201")]
    division: Option<DivisionCode>,
    /// `2026-06`, `2026-Q2`, `2026-06-01..2026-08-15` and so on; by service date.
    #[param(example = "2026-06")]
    period: Option<String>,
}

/// Photos of a visit, or of a division in a period, as a ZIP with a page to print. Photos are small and without EXIF.
#[utoipa::path(
    get,
    path = "/v1/albums",
    tag = "visits",
    params(AlbumQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = String, content_type = "application/zip"),
        (status = 400, body = Problem, description = "invalid_parameter: neither or both, or more than 300 photos"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: outside your reach"),
        (status = 503, body = Problem, description = "storage_unavailable"),
    )
)]
async fn album(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<AlbumQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let of = match (query.visit, query.division, query.period) {
        (Some(visit), None, None) => AlbumOf::Visit(visit),
        (None, Some(division), Some(text)) => AlbumOf::Division(division, period(Some(&text))?),
        _ => {
            return Err(ApiError::with_detail(
                ErrorCode::InvalidParameter,
                "visit, or division and period / 请给出 visit，或同时给出 division 与 period",
            ));
        }
    };
    let album = album::make(&app, actor, of).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, album.length.to_string()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"album.zip\"".to_owned(),
        ),
    ];
    let file = tokio::fs::File::from_std(album.file);
    Ok((headers, Body::from_stream(ReaderStream::new(file))))
}
