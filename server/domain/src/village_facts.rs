//! The stored facts of one village, read once and only when they are needed.

use std::fmt;
use std::sync::{Arc, OnceLock};
use tepai_sync_protocol::summary::facts::CellFacts;
use yoke::{Yoke, Yokeable};

/// What one village contributes in some months: its cells as stored text. The first call of [`Self::cells`] reads
/// them; later calls use the same result.
pub struct VillageFacts {
    /// One cell per line.
    text: Arc<str>,
    cells: OnceLock<Option<Yoke<Cells<'static>, Arc<str>>>>,
}

#[derive(Yokeable)]
struct Cells<'a>(Vec<CellFacts<'a>>);

impl VillageFacts {
    /// Cells as [`CellFacts::to_json`] wrote them, one per line.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            cells: OnceLock::new(),
        }
    }

    /// The cells; `None` if one is of another [`FORMAT`](tepai_sync_protocol::summary::facts::FORMAT) and must be rebuilt.
    pub fn cells(&self) -> Option<&[CellFacts<'_>]> {
        let read = self.cells.get_or_init(|| {
            Yoke::try_attach_to_cart(Arc::clone(&self.text), |text| {
                let cells = text.split('\n').map(CellFacts::from_json);
                cells.collect::<Option<_>>().map(Cells).ok_or(())
            })
            .ok()
        });
        read.as_ref().map(|read| read.get().0.as_slice())
    }

    /// Bytes of the text.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether no cell was stored.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Debug for VillageFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VillageFacts").field(&self.text).finish()
    }
}
