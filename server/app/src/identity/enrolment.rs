//! Enrolment: the office issues a one-time code, a phone turns it into a device with a token of its own.

use crate::identity::accounts::{Manager, load_managed, one_field};
use crate::secrets::{fingerprint, fingerprint_of_code, new_code, new_device_token};
use crate::{App, AppError, audit, qr};
use serde_json::json;
use std::fmt::Write;
use tepai_domain::account::display_name;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::secret::{Secret, in_halves, read_code};
use tepai_store::devices::{self, NewCode, NewDevice};
use tepai_store::{WriteTxn, accounts};
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::sync::{EnrolRequest, EnrolResponse};

const HOUR_MS: i64 = 3_600_000;
/// Bytes of the server's address, at most: more makes a QR code that phones cannot read off a screen.
const LONGEST_ADDRESS: usize = 256;
/// What a device is called that does not say.
const UNNAMED: &str = "未命名设备";

/// A code to be shown once.
#[derive(Clone, Debug)]
pub struct IssuedCode {
    /// The code, in two halves.
    pub code: Secret,
    /// What the QR code says: `tepai://enrol?server=…&code=…`.
    pub qr_payload: Secret,
    /// The QR code as an SVG image.
    pub qr_svg: Secret,
    /// When the code ends: milliseconds since 1970 UTC.
    pub expires_at: i64,
}

/// Issues a code that enrols one device of a person. `server` is the address under which the phone finds the server,
/// unless the installation sets one.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn issue(
    app: &App,
    manager: &Manager,
    person: PersonId,
    server: &str,
) -> Result<IssuedCode, AppError> {
    let server = app.policy.base_url.as_deref().unwrap_or(server);
    let code = new_code();
    let qr_payload = payload(server, &code)?;
    let qr_svg = qr::draw(&qr_payload)?;
    let now = app.clock.now_ms();
    let row = NewCode {
        person,
        created_by: manager.person(),
        created_at: now,
        expires_at: now.saturating_add(i64::from(app.policy.enrolment_hours) * HOUR_MS),
    };
    let hash = fingerprint_of_code(&app.policy.secret, &code)?;
    let (manager, expires_at) = (manager.clone(), row.expires_at);
    app.store
        .write(async move |txn| issue_in(txn, &manager, &hash, &row).await)
        .await?;
    Ok(IssuedCode {
        code: in_halves(&code),
        qr_payload,
        qr_svg,
        expires_at,
    })
}

async fn issue_in(
    txn: &WriteTxn,
    manager: &Manager,
    hash: &str,
    row: &NewCode,
) -> Result<(), AppError> {
    let account = load_managed(txn, manager, row.person).await?;
    if account.disabled_at.is_some() || !account.role.may_hold_device() {
        return Err(AppError::refused(ErrorCode::NotAllowed));
    }
    devices::delete_old_codes_of(txn, row.person, row.created_at).await?;
    if !devices::insert_code(txn, hash, row).await? {
        return Err(AppError::Busy);
    }
    let issued = AuditEntry::new(&account.county, manager.doer(), Act::CodeIssued, row.person);
    Ok(audit::note(txn, row.created_at, issued).await?)
}

/// Turns a code into a device. Unknown, used and old codes are refused alike, after the same work.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn enrol(app: &App, request: EnrolRequest) -> Result<EnrolResponse, AppError> {
    let EnrolRequest { code, device_name } = request;
    let name = device_name.filter(|name| !name.trim().is_empty());
    let name = display_name(name.as_deref().unwrap_or(UNNAMED))
        .map_err(|code| one_field("/device_name", code))?;
    // What cannot be a code takes the same way as one that is not known.
    let code = Secret::new(code);
    let hash = fingerprint_of_code(&app.policy.secret, &read_code(&code).unwrap_or(code))?;
    let (token, now) = (new_device_token(), app.clock.now_ms());
    let (id, token_hash) = (DeviceId(app.clock.new_id()), fingerprint(&token));
    let person = app
        .store
        .write(async move |txn| {
            let person = devices::use_code(txn, &hash, now)
                .await?
                .ok_or_else(no_such_code)?;
            let account = accounts::find_locked(txn, person).await?;
            let account = account
                .filter(|account| account.disabled_at.is_none() && account.role.may_hold_device())
                .ok_or_else(no_such_code)?;
            let device = NewDevice {
                id,
                person,
                county: account.county,
                name,
                token_hash,
                enrolled_at: now,
            };
            devices::insert(txn, &device).await?;
            let enrolled = AuditEntry::new(
                &device.county,
                AuditActor::Device(id),
                Act::DeviceEnrolled,
                id,
            )
            .with(json!({"person": person}));
            audit::note(txn, now, enrolled).await?;
            Ok::<_, AppError>(person)
        })
        .await?;
    tracing::info!(device.id = %id, account.id = %person, "a device was enrolled");
    Ok(EnrolResponse {
        device_id: id,
        person_id: person,
        token: token.expose().to_owned(),
    })
}

fn no_such_code() -> AppError {
    AppError::refused(ErrorCode::EnrolmentCodeInvalid)
}

fn payload(server: &str, code: &Secret) -> Result<Secret, AppError> {
    if server.len() > LONGEST_ADDRESS {
        return Err(AppError::with_detail(
            ErrorCode::MalformedRequest,
            "服务器地址过长 / the address of the server is too long",
        ));
    }
    let server = percent_encoded(server);
    Ok(Secret::new(format!(
        "tepai://enrol?server={server}&code={}",
        code.expose()
    )))
}

/// Everything but letters, digits and `-._~` as `%XX`.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_one_address_whatever_the_server_is_called() {
        let code = Secret::new("ABCD2345");
        let payload = payload("https://kj.example.cn:8443/特派", &code).unwrap();
        assert_eq!(
            payload.expose(),
            "tepai://enrol?server=https%3A%2F%2Fkj.example.cn%3A8443%2F%E7%89%B9%E6%B4%BE&code=ABCD2345"
        );
        assert!(qr::draw(&payload).unwrap().expose().contains("<svg"));
    }

    #[test]
    fn the_longest_address_can_be_drawn_and_a_longer_one_is_refused() {
        let code = Secret::new("ABCD2345");
        let longest = payload(&"&".repeat(LONGEST_ADDRESS), &code).unwrap();
        assert!(qr::draw(&longest).is_ok());
        assert!(payload(&"a".repeat(LONGEST_ADDRESS + 1), &code).is_err());
    }
}
