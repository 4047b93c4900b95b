//! Reads the divisions of a county.

use super::{App, AppError};
use crate::store::divisions;
use tepai_sync_protocol::division::{DivisionCode, Level};

/// The divisions of one level, with their names, by code.
pub async fn list(
    app: &App,
    county: DivisionCode,
    level: Level,
) -> Result<Vec<(DivisionCode, String)>, AppError> {
    let all = app
        .store
        .read(async move |txn| Ok::<_, AppError>(divisions::list(txn, &county).await?))
        .await?;
    let of_level = all
        .into_iter()
        .filter(|division| division.code.level() == level);
    Ok(of_level
        .map(|division| (division.code, division.name))
        .collect())
}
