//! The bulletins that the phone's person sees, and that they were read: without a network, from the replica and the outbox.
//!
//! Every phone of a county holds all of its bulletins; which of them are for this person is decided here.

use crate::phone::Phone;
use jiff::civil::Date;
use tepai_sync_protocol::ids::{MutationId, RecordId};
use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::records::{Bulletin, Kind, Receipt, Record, receipt_id};

const MARK_READ: &str = "mark_read";

/// A bulletin as the person sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct BulletinView {
    /// Its id.
    pub id: RecordId,
    /// What it says. One that was withdrawn says why.
    pub bulletin: Bulletin,
    /// Whether the person has read it, on this phone or another.
    pub is_read: bool,
}

impl Phone {
    /// The bulletins to show on a local day: those in force that are for this person, and the withdrawn ones that the person
    /// has read and could still act on. Unread ones come first, then the latest first day.
    pub fn bulletins(&self, today: Date) -> Vec<BulletinView> {
        let views = self.list(Kind::Bulletin).into_iter().map(|view| {
            let bulletin: Bulletin = view.read();
            let is_read = self.has_read(view.id);
            BulletinView {
                id: view.id,
                bulletin,
                is_read,
            }
        });
        let mut shown: Vec<_> = views.filter(|view| self.is_shown(view, today)).collect();
        shown.sort_by_key(|view| {
            let from = std::cmp::Reverse(view.bulletin.valid_from);
            (view.is_read, from, std::cmp::Reverse(view.id))
        });
        shown
    }

    fn is_shown(&self, view: &BulletinView, today: Date) -> bool {
        let bulletin = &view.bulletin;
        if bulletin.withdrawn_at.is_some() {
            return view.is_read && bulletin.valid_until.is_none_or(|until| today <= until);
        }
        let (villages, industries) = self.work();
        bulletin.is_in_force(today) && bulletin.is_for(villages, industries)
    }

    /// The person has read a bulletin. `None` if that was said before, on whichever phone.
    pub fn mark_read(&mut self, bulletin: RecordId) -> Option<MutationId> {
        if self.has_read(bulletin) {
            return None;
        }
        Some(self.command(Kind::Bulletin, bulletin, MARK_READ))
    }

    fn has_read(&self, bulletin: RecordId) -> bool {
        let says_so = |mutation: &Mutation| {
            mutation.id == bulletin && mutation.name.as_deref() == Some(MARK_READ)
        };
        let receipt = self.person().map(|person| receipt_id(bulletin, person));
        let receipt = receipt.and_then(|id| self.replica().get(id));
        let told = receipt
            .is_some_and(|record| !record.deleted && Receipt::read(&record.data).read_at.is_some());
        let pending = self.outbox().pending().iter();
        let journal = self.outbox().journal().iter();
        told || pending.map(|one| &one.mutation).any(says_so)
            || journal.map(|one| &one.mutation).any(says_so)
    }
}
