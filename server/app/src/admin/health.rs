//! Whether the server can do its work.

use crate::{App, AppError};
use tepai_sync_protocol::problem::ErrorCode;

/// Refuses as `busy` unless the database answers and has every migration.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn ready(app: &App) -> Result<(), AppError> {
    match app.store.pending_migrations().await {
        Ok(0) => Ok(()),
        Ok(missing) => {
            tracing::warn!(missing, "not ready: migrations are missing");
            Err(AppError::with_detail(
                ErrorCode::Busy,
                "migrations are missing / 数据库结构未更新",
            ))
        }
        Err(error) => {
            tracing::warn!(
                error = error.to_string(),
                "not ready: the database does not answer"
            );
            Err(AppError::with_detail(
                ErrorCode::Busy,
                "the database does not answer / 数据库无响应",
            ))
        }
    }
}
