//! The audit trail: what was done, by whom, to what. Each link carries the hash of the one before, so that none can be
//! changed, removed, put in or moved without the rest saying so.
//!
//! A link names people and records by their ids alone: a beneficiary or account can be forgotten, and the chain stays whole.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::words::{Words, words};
use uuid::Uuid;

/// What was done.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Somebody signed in.
    SignedIn,
    /// Somebody gave a wrong password.
    SignInFailed,
    /// Somebody signed out.
    SignedOut,
    /// Somebody changed the own password.
    PasswordChanged,
    /// An account got a new password from somebody else.
    PasswordReset,
    /// An account was made.
    AccountMade,
    /// An account was changed.
    AccountChanged,
    /// A one-time enrolment code was issued.
    CodeIssued,
    /// A device was enrolled.
    DeviceEnrolled,
    /// A device was revoked.
    DeviceRevoked,
    /// A device was reported lost.
    DeviceLost,
    /// A lost device was found.
    DeviceFound,
    /// A lost device deleted what it held.
    DeviceWiped,
    /// What a lost device had sent was released.
    EscrowReleased,
    /// A visit was reviewed.
    VisitReviewed,
    /// A setting of the county got a value.
    SettingChanged,
    /// A village got another commissioner.
    VillageHandedOver,
    /// A village was assigned to a commissioner.
    AssignmentMade,
    /// The last day of an assignment was set or taken away.
    AssignmentChanged,
    /// A table was imported.
    Imported,
    /// An album was taken out.
    AlbumMade,
    /// A report was taken out.
    Exported,
    /// A conflict was settled by the office.
    ConflictSettled,
    /// A refused mutation was settled by the office.
    LetterSettled,
    /// A period was closed.
    #[serde(rename = "month_closed")]
    PeriodClosed,
    /// A bulletin was issued.
    BulletinIssued,
    /// A bulletin was withdrawn.
    BulletinWithdrawn,
    /// A score plan was added.
    ScorePlanAdded,
    /// Targets were set.
    TargetsSet,
    /// A score run was begun.
    ScoreRunBegun,
    /// Something was said on a score sheet.
    ScoreSaid,
    /// A score run was frozen.
    ScoreRunFrozen,
    /// An endpoint of webhooks was made.
    WebhookMade,
    /// An endpoint of webhooks was changed, or switched off.
    WebhookChanged,
    /// An endpoint of webhooks got another secret.
    WebhookSecretRotated,
    /// An endpoint of webhooks was tried.
    WebhookTried,
    /// A message of webhooks was sent again.
    WebhookReplayed,
    /// An endpoint of webhooks was removed.
    WebhookRemoved,
    /// Summaries were made anew.
    SummariesRebuilt,
    /// A phone sent mutations.
    Pushed,
    /// A lost phone sent mutations, which were kept in escrow.
    Escrowed,
    /// The bytes of a photo arrived.
    PhotoKept,
    /// The bytes of a photo were refused.
    PhotoRefused,
    /// The bytes of a photo were removed.
    PhotoRemoved,
    /// A one-time link for feedback was made.
    FeedbackLinkMade,
    /// Feedback came by a one-time link.
    FeedbackGiven,
    /// Somebody read the name and number of a beneficiary.
    ContactShown,
    /// A beneficiary was made anonymous.
    Anonymised,
}

/// Every act, its stable word, and what people call it.
const ACTS: [(Act, &str, Words); 48] = [
    (Act::SignedIn, "signed_in", words("登录", "signed in")),
    (
        Act::SignInFailed,
        "sign_in_failed",
        words("登录失败", "gave a wrong password"),
    ),
    (Act::SignedOut, "signed_out", words("退出", "signed out")),
    (
        Act::PasswordChanged,
        "password_changed",
        words("修改本人密码", "changed the own password"),
    ),
    (
        Act::PasswordReset,
        "password_reset",
        words("重置密码", "reset a password"),
    ),
    (
        Act::AccountMade,
        "account_made",
        words("新建账号", "made an account"),
    ),
    (
        Act::AccountChanged,
        "account_changed",
        words("修改账号", "changed an account"),
    ),
    (
        Act::CodeIssued,
        "code_issued",
        words("签发绑定码", "issued an enrolment code"),
    ),
    (
        Act::DeviceEnrolled,
        "device_enrolled",
        words("绑定设备", "enrolled a device"),
    ),
    (
        Act::DeviceRevoked,
        "device_revoked",
        words("停用设备", "revoked a device"),
    ),
    (
        Act::DeviceLost,
        "device_lost",
        words("设备挂失", "reported a device lost"),
    ),
    (
        Act::DeviceFound,
        "device_found",
        words("撤销挂失", "reported a device found"),
    ),
    (
        Act::DeviceWiped,
        "device_wiped",
        words("设备已清除数据", "deleted what it held"),
    ),
    (
        Act::EscrowReleased,
        "escrow_released",
        words("放行代管数据", "released an escrow"),
    ),
    (
        Act::VisitReviewed,
        "visit_reviewed",
        words("审核走访", "reviewed a visit"),
    ),
    (
        Act::SettingChanged,
        "setting_changed",
        words("修改设置", "changed a setting"),
    ),
    (
        Act::VillageHandedOver,
        "village_handed_over",
        words("村交接", "handed a village over"),
    ),
    (
        Act::AssignmentMade,
        "assignment_made",
        words("派驻到村", "assigned a village"),
    ),
    (
        Act::AssignmentChanged,
        "assignment_changed",
        words("修改派驻期限", "changed an assignment's last day"),
    ),
    (Act::Imported, "imported", words("导入", "imported a table")),
    (
        Act::AlbumMade,
        "album_made",
        words("导出相册", "took an album out"),
    ),
    (
        Act::Exported,
        "exported",
        words("导出报表", "took a report out"),
    ),
    (
        Act::ConflictSettled,
        "conflict_settled",
        words("裁定冲突", "settled a conflict"),
    ),
    (
        Act::LetterSettled,
        "letter_settled",
        words("处理被拒变更", "settled a refused mutation"),
    ),
    (
        Act::PeriodClosed,
        // The word is older than closings of other periods, and chains hold it.
        "month_closed",
        words("结账", "closed a period"),
    ),
    (
        Act::BulletinIssued,
        "bulletin_issued",
        words("发布公告", "issued a bulletin"),
    ),
    (
        Act::BulletinWithdrawn,
        "bulletin_withdrawn",
        words("撤回公告", "withdrew a bulletin"),
    ),
    (
        Act::ScorePlanAdded,
        "score_plan_added",
        words("新增考核方案", "added a score plan"),
    ),
    (
        Act::TargetsSet,
        "targets_set",
        words("下达目标", "set targets"),
    ),
    (
        Act::ScoreRunBegun,
        "score_run_begun",
        words("开始考核", "began a score run"),
    ),
    (
        Act::ScoreSaid,
        "score_said",
        words("填写考核表", "filled a score sheet in"),
    ),
    (
        Act::ScoreRunFrozen,
        "score_run_frozen",
        words("考核定稿", "froze a score run"),
    ),
    (
        Act::WebhookMade,
        "webhook_made",
        words("新建推送地址", "made an endpoint of webhooks"),
    ),
    (
        Act::WebhookChanged,
        "webhook_changed",
        words("修改推送地址", "changed an endpoint of webhooks"),
    ),
    (
        Act::WebhookSecretRotated,
        "webhook_secret_rotated",
        words(
            "更换推送密钥",
            "gave an endpoint of webhooks another secret",
        ),
    ),
    (
        Act::WebhookTried,
        "webhook_tried",
        words("测试推送地址", "tried an endpoint of webhooks"),
    ),
    (
        Act::WebhookReplayed,
        "webhook_replayed",
        words("重新推送", "sent a message of webhooks again"),
    ),
    (
        Act::WebhookRemoved,
        "webhook_removed",
        words("删除推送地址", "removed an endpoint of webhooks"),
    ),
    (
        Act::SummariesRebuilt,
        "summaries_rebuilt",
        words("重建汇总", "rebuilt the summaries"),
    ),
    (Act::Pushed, "pushed", words("上传变更", "sent mutations")),
    (
        Act::Escrowed,
        "escrowed",
        words("上传变更（代管）", "sent mutations, kept in escrow"),
    ),
    (
        Act::PhotoKept,
        "photo_kept",
        words("照片到达", "sent a photo"),
    ),
    (
        Act::PhotoRefused,
        "photo_refused",
        words("照片被拒收", "refused a photo"),
    ),
    (
        Act::PhotoRemoved,
        "photo_removed",
        words("照片已移除", "removed a photo"),
    ),
    (
        Act::FeedbackLinkMade,
        "feedback_link_made",
        words("生成评价链接", "made a feedback link"),
    ),
    (
        Act::FeedbackGiven,
        "feedback_given",
        words("收到链接评价", "took feedback by a link"),
    ),
    (
        Act::ContactShown,
        "contact_shown",
        words("查看联系方式", "read a contact"),
    ),
    (
        Act::Anonymised,
        "anonymised",
        words("匿名处理", "made a beneficiary anonymous"),
    ),
];

impl Act {
    /// Every act.
    pub fn all() -> impl Iterator<Item = Self> {
        ACTS.into_iter().map(|(act, ..)| act)
    }

    fn entry(self) -> (&'static str, Words) {
        let found = ACTS.into_iter().find(|(act, ..)| *act == self);
        // Each act has its row: a test walks them.
        found.map_or(("", words("", "")), |(_, word, label)| (word, label))
    }

    /// The stable word, as stored and sent.
    pub fn as_str(self) -> &'static str {
        self.entry().0
    }

    /// What people call it.
    pub fn label(self) -> Words {
        self.entry().1
    }

    /// The act of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|act| act.as_str() == word)
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditActor {
    /// Somebody with an account.
    Person(PersonId),
    /// A phone.
    Device(DeviceId),
    /// Whoever ran `tepai` on the machine.
    Operator,
    /// The server by itself.
    Server,
}

impl AuditActor {
    /// `person`, `device`, `operator` or `server`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Device(_) => "device",
            Self::Operator => "operator",
            Self::Server => "server",
        }
    }

    /// The id of the account or device.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Person(person) => Some(person.0),
            Self::Device(device) => Some(device.0),
            Self::Operator | Self::Server => None,
        }
    }

    /// The doer of a kind and an id.
    pub fn parse(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("person", Some(id)) => Some(Self::Person(PersonId(id))),
            ("device", Some(id)) => Some(Self::Device(DeviceId(id))),
            ("operator", None) => Some(Self::Operator),
            ("server", None) => Some(Self::Server),
            _ => None,
        }
    }
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// The county whose matter it is.
    pub county: DivisionCode,
    /// Who did it.
    pub by: AuditActor,
    /// What was done.
    pub act: Act,
    /// To what: an id, a code or a name of ours.
    pub object: String,
    /// How: counts, codes, decisions. Nothing that names a person.
    pub detail: Value,
}

impl AuditEntry {
    /// Without details.
    pub fn new(county: &DivisionCode, by: AuditActor, act: Act, object: impl Display) -> Self {
        Self {
            county: county.clone(),
            by,
            act,
            object: object.to_string(),
            detail: Value::Null,
        }
    }

    /// With details.
    #[must_use]
    pub fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }

    /// The chain it goes into. Phones have one each, so that none waits for another.
    pub fn chain(&self) -> String {
        match self.by {
            AuditActor::Device(device) => format!("{}/{device}", self.county),
            _ => self.county.to_string(),
        }
    }
}

/// A link of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The chain.
    pub chain: String,
    /// Its place there, from 1.
    pub seq: i64,
    /// When it was done: milliseconds since 1970 UTC.
    pub at: i64,
    /// What was done.
    pub entry: AuditEntry,
    /// SHA-256 over the hash of the link before and all of this one, as hexadecimal digits.
    pub hash: String,
}

impl Link {
    /// The link behind `before`, which is the last one's hash, or nothing.
    pub fn behind(before: &str, (chain, seq): (String, i64), at: i64, entry: AuditEntry) -> Self {
        let mut link = Self {
            chain,
            seq,
            at,
            entry,
            hash: String::new(),
        };
        link.hash = link.hash_behind(before);
        link
    }

    /// What its hash must be behind `before`.
    pub fn hash_behind(&self, before: &str) -> String {
        let AuditEntry {
            county,
            by,
            act,
            object,
            detail,
        } = &self.entry;
        // JSON of a list: no two different links have one text.
        let text = serde_json::json!([
            before,
            self.chain,
            self.seq,
            self.at,
            county,
            by.kind(),
            by.id(),
            act.as_str(),
            object,
            detail,
        ]);
        hex(&Sha256::digest(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn every_act_has_a_word_of_its_own() {
        let words: BTreeSet<&str> = Act::all().map(Act::as_str).collect();
        assert_eq!(words.len(), ACTS.len());
        for act in Act::all() {
            assert_eq!(Act::parse(act.as_str()), Some(act));
            let json = serde_json::to_value(act).unwrap();
            assert_eq!(json, act.as_str(), "as it is sent");
        }
    }

    #[test]
    fn a_hash_depends_on_all_of_a_link_and_on_the_one_before() {
        let county: DivisionCode = "990421".parse().unwrap();
        let person = PersonId(Uuid::from_u128(7));
        let entry = AuditEntry::new(&county, AuditActor::Person(person), Act::VisitReviewed, "v")
            .with(json!({"decision": "approve"}));
        let link = |entry: &AuditEntry| Link::behind("aa", (entry.chain(), 3), 5, entry.clone());
        let one = link(&entry);
        let mut hashes = BTreeSet::from([one.hash.clone(), one.hash_behind("ab")]);
        for other in [
            AuditEntry {
                by: AuditActor::Operator,
                ..entry.clone()
            },
            AuditEntry {
                by: AuditActor::Server,
                ..entry.clone()
            },
            AuditEntry {
                act: Act::Imported,
                ..entry.clone()
            },
            AuditEntry {
                object: "w".to_owned(),
                ..entry.clone()
            },
            AuditEntry {
                detail: json!({"decision": "return"}),
                ..entry.clone()
            },
        ] {
            hashes.insert(link(&other).hash);
        }
        for (seq, at) in [(4, 5), (3, 6)] {
            hashes.insert(Link::behind("aa", (entry.chain(), seq), at, entry.clone()).hash);
        }
        assert_eq!(hashes.len(), 9, "no two are the same");
    }
}
