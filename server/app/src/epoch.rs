//! After the database came back from a backup: a new epoch, so that phones push their journals again and pull everything.

use crate::{App, AppError};
use tepai_store::installation;
use uuid::Uuid;

/// Begins a new life of the database and returns its epoch. Servers that run must be started again to speak of it.
pub async fn start_new_epoch(app: &App) -> Result<Uuid, AppError> {
    let fresh = app.clock.new_id();
    let renew =
        async move |txn: &_| Ok::<_, AppError>(installation::renew_epoch(txn, fresh).await?);
    app.store.write(renew).await?;
    Ok(fresh)
}
