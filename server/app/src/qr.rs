//! QR codes. They know nothing of what is in them.

use crate::AppError;
use anyhow::anyhow;
use qrcode::QrCode;
use qrcode::render::svg;
use tepai_domain::secret::Secret;

/// A QR code as an SVG image.
pub(crate) fn draw(payload: &Secret) -> Result<Secret, AppError> {
    let code = QrCode::new(payload.expose())
        .map_err(|error| AppError::Internal(anyhow!("the QR code could not be drawn: {error}")))?;
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build();
    Ok(Secret::new(image))
}
