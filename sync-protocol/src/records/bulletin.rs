//! A bulletin (公告) that the office writes for commissioners, and the receipt that one of them has read it.
//!
//! Both are written by the server: a phone reads bulletins, and says with the command `mark_read` that its person has.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::{NATURAL_KEY_NAMESPACE, PersonId, RecordId};
use jiff::civil::Date;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most industries that a bulletin names.
pub const MOST_INDUSTRIES: usize = 20;
/// Most characters of a title.
pub const MOST_TITLE: usize = 100;
/// Most characters of a text.
pub const MOST_TEXT: usize = 5000;
/// Most characters of the reason for which a bulletin is withdrawn.
pub const MOST_REASON: usize = 500;

record! {
    /// Something that commissioners are to know. It is never reworded: what was read stays what was written, and a mistake is
    /// withdrawn and written anew.
    Bulletin, Kind::Bulletin;

    /// What it is about.
    bulletin_kind: String = Type::Code(&codes::BULLETIN_KIND), Authority, required, "类别", "kind";
    /// Its title.
    title: String = Type::Text(MOST_TITLE), Authority, required, "标题", "title";
    /// The text; lines are separated by line feeds.
    text: String = Type::Text(MOST_TEXT), Authority, required, "正文", "text";
    /// For whom it is: commissioners of this township; of the whole county if absent.
    township_code: DivisionCode = Type::Township, Authority, optional, "适用乡镇", "township";
    /// For whom it is: commissioners of one of these industries; of any if absent.
    industries: Vec<String> = Type::CodeSet(&codes::INDUSTRY, MOST_INDUSTRIES), Authority, optional, "适用产业", "industries";
    /// The first day on which it is shown.
    valid_from: Date = Type::Date, Authority, required, "生效日期", "valid from";
    /// The last day on which it is shown; until it is withdrawn if absent.
    valid_until: Date = Type::Date, Authority, optional, "截止日期", "valid until";
    /// The name of the county or township whose office wrote it.
    issuer_name: String = Type::Text(100), Authority, optional, "发布单位", "issuer";
    /// Who wrote it.
    issued_by: PersonId = Type::Id, Authority, required, "发布人", "issued by";
    /// When it was written.
    issued_at: i64 = Type::Instant, Authority, required, "发布时间", "issued at";
    /// When it was withdrawn; it is shown as withdrawn to whoever has read it, and to nobody else.
    withdrawn_at: i64 = Type::Instant, Authority, optional, "撤回时间", "withdrawn at";
    /// Why.
    withdrawn_reason: String = Type::Text(MOST_REASON), Authority, optional, "撤回原因", "reason of withdrawal";
}

record! {
    /// Somebody has read a bulletin: one receipt a person and bulletin, with the earliest time of all of the person's phones.
    Receipt, Kind::Receipt;

    /// The bulletin.
    bulletin_id: RecordId = Type::Id, Authority, required, "公告", "bulletin";
    /// Who has read it.
    person_id: PersonId = Type::Id, Authority, required, "阅读人", "reader";
    /// When, by the corrected clock of the phone.
    read_at: i64 = Type::Instant, Authority, required, "阅读时间", "read at";
}

/// The id of the receipt of a person for a bulletin.
///
/// The name is `receipt|<bulletin id>|<person id>`, ids in lower-case hyphenated form.
pub fn receipt_id(bulletin: RecordId, person: PersonId) -> RecordId {
    let name = format!("receipt|{bulletin}|{person}");
    RecordId(Uuid::new_v5(&NATURAL_KEY_NAMESPACE, name.as_bytes()))
}

impl Bulletin {
    /// Whether it is for a commissioner of these villages and industries.
    ///
    /// Somebody of whom no industry is known is addressed whatever the industry: to read too much does less harm than to miss a
    /// warning.
    pub fn is_for<'a>(
        &self,
        villages: impl IntoIterator<Item = &'a DivisionCode>,
        industries: &BTreeSet<String>,
    ) -> bool {
        let in_place = match &self.township_code {
            Some(township) => villages
                .into_iter()
                .any(|village| township.contains(village)),
            None => true,
        };
        let wanted = self.industries.as_deref().unwrap_or_default();
        let in_industry = wanted.is_empty()
            || industries.is_empty()
            || wanted.iter().any(|industry| industries.contains(industry));
        in_place && in_industry
    }

    /// Whether it is shown on a local day.
    pub fn is_in_force(&self, day: Date) -> bool {
        self.withdrawn_at.is_none()
            && self.valid_from.is_none_or(|from| from <= day)
            && self.valid_until.is_none_or(|until| day <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_bulletin_is_shown_from_its_first_day_to_its_last_unless_it_is_withdrawn() {
        let bulletin = Bulletin {
            valid_from: Some(date(2026, 6, 10)),
            valid_until: Some(date(2026, 6, 12)),
            ..Bulletin::default()
        };
        let shown: Vec<i8> = (1..30)
            .filter(|day| bulletin.is_in_force(date(2026, 6, *day)))
            .collect();
        assert_eq!(shown, [10, 11, 12]);
        let withdrawn = Bulletin {
            withdrawn_at: Some(1),
            ..bulletin
        };
        assert!(!withdrawn.is_in_force(date(2026, 6, 11)));
    }
}
