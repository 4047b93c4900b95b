//! The phones of a simulation: the reference client with a clock that jumps, a copy of its state that may come back, and
//! a user who does anything at all. It knows nothing of the server.

use super::dice::Dice;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tepai_app::clock::Clock;
use tepai_client::{Draft, Phone, PhoneClock, PhoneState, SeededIds, Token, View};
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::edit_time::ClockReading;
use tepai_sync_protocol::ids::{DeviceId, MutationId, PersonId, RecordId};
use tepai_sync_protocol::mutation::Operation;
use tepai_sync_protocol::records::{
    AdoptionReport, Beneficiary, Feedback, Kind, Photo, Record, Site, Visit,
};
use tepai_sync_protocol::sync::EnrolResponse;

/// A clock that follows the true time from afar.
#[derive(Clone, Debug)]
pub struct WrongClock {
    truth: Clock,
    wrong_by: Arc<AtomicI64>,
    booted_at: Arc<AtomicI64>,
}

impl PhoneClock for WrongClock {
    fn now(&self) -> ClockReading {
        let (now, booted) = (self.truth.now_ms(), self.booted_at.load(Ordering::SeqCst));
        ClockReading {
            wall: now + self.wrong_by.load(Ordering::SeqCst),
            boot: Some(format!("b{booted}")),
            mono_ms: Some(now - booted),
        }
    }
}

/// A phone and its user.
#[derive(Debug)]
pub struct Player {
    /// The phone.
    pub phone: Phone,
    /// Whose it is.
    pub person: PersonId,
    clock: WrongClock,
    backup: Option<PhoneState>,
    seed: u64,
}

impl Player {
    /// A phone that has just been enrolled.
    pub fn new(truth: &Clock, person: PersonId, device: DeviceId, token: &str, seed: u64) -> Self {
        let clock = WrongClock {
            truth: truth.clone(),
            wrong_by: Arc::default(),
            booted_at: Arc::new(AtomicI64::new(truth.now_ms())),
        };
        let mut phone = Phone::new("simulated", clock.clone(), SeededIds::new(seed));
        let enrolled = EnrolResponse {
            device_id: device,
            person_id: person,
            token: token.to_owned(),
        };
        phone.apply_enrolment(&enrolled).expect("a new phone");
        Self {
            phone,
            person,
            clock,
            backup: None,
            seed,
        }
    }

    /// Its token.
    pub fn token(&self) -> Token {
        self.phone.token().cloned().expect("an enrolled phone")
    }

    /// Sets the wall clock wrong by up to three years, or right; or switches the phone off and on.
    pub fn disturb_clock(&mut self, dice: &mut Dice) {
        if dice.chance(30) {
            let now = self.clock.truth.now_ms();
            self.clock.booted_at.store(now, Ordering::SeqCst);
            return;
        }
        let days = i64::try_from(dice.below(2_200)).unwrap_or(0) - 1_100;
        let wrong_by = if dice.chance(30) {
            0
        } else {
            days * 86_400_000
        };
        self.clock.wrong_by.store(wrong_by, Ordering::SeqCst);
    }

    /// Makes a backup, or comes back from it.
    pub fn back_up_or_restore(&mut self) {
        match self.backup.take() {
            None => self.backup = Some(self.phone.state().clone()),
            Some(state) => self.resume(state),
        }
    }

    /// A copy of the whole phone, which goes on living beside it.
    #[must_use]
    pub fn clone_phone(&mut self, seed: u64) -> Self {
        let clock = self.clock.clone();
        let phone = Phone::resume(
            self.phone.state().clone(),
            clock.clone(),
            SeededIds::new(seed),
        );
        Self {
            phone,
            person: self.person,
            clock,
            backup: None,
            seed,
        }
    }

    fn resume(&mut self, state: PhoneState) {
        self.seed = self.seed.wrapping_add(0x1_0000_0000);
        self.phone = Phone::resume(state, self.clock.clone(), SeededIds::new(self.seed));
    }

    /// What a wrong client would do: says that each edit was made upon what has just been pulled. Returns what the user
    /// really saw.
    pub fn restamp_bases(&mut self) -> Vec<(MutationId, i64)> {
        let mut seen = Vec::new();
        let mut state = serde_json::to_value(self.phone.state()).expect("JSON");
        let pending = state["outbox"]["pending"]
            .as_array_mut()
            .expect("an outbox");
        for one in pending {
            let id: RecordId =
                serde_json::from_value(one["mutation"]["id"].clone()).expect("an id");
            if let (Some(rev), true) = (
                self.phone.replica().rev(id),
                one["mutation"]["base"].is_i64(),
            ) {
                let mid = serde_json::from_value(one["mutation"]["mid"].clone()).expect("an id");
                seen.push((mid, one["mutation"]["base"].as_i64().unwrap_or(0)));
                one["mutation"]["base"] = json!(rev);
            }
        }
        self.resume(serde_json::from_value(state).expect("a state"));
        seen
    }

    /// One thing that a user does.
    pub fn act(&mut self, dice: &mut Dice, villages: &[DivisionCode]) {
        match dice.below(100) {
            0..20 => self.log_visit(dice, villages),
            20..36 => self.edit_visit(dice),
            36..54 => self.edit_shared(dice),
            54..60 => self.report_adoption(dice, villages),
            60..66 => self.add_beneficiary(dice, villages),
            66..69 => self.add_site(dice),
            69..75 => self.add_child(dice),
            75..81 => self.delete(dice),
            81..84 => self.undelete(dice),
            84..88 => self.command(dice),
            88..92 => self.move_visit(dice, villages),
            92..96 => self.settle_conflict(dice),
            96..98 => self.settle_refusal(dice),
            _ => self.edit_together(dice, villages),
        }
    }

    fn any(&self, kind: Kind, dice: &mut Dice) -> Option<View> {
        dice.pick(&self.phone.list(kind)).cloned()
    }

    fn today(&self) -> String {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
        let now = jiff::Timestamp::from_millisecond(self.clock.truth.now_ms()).expect("a time");
        now.to_zoned(zone).date().to_string()
    }

    /// Logs a visit.
    pub fn log_visit(&mut self, dice: &mut Dice, villages: &[DivisionCode]) {
        let mut set = json!({
            "village_code": dice.pick(villages), "service_from": self.today(), "mode": "household",
            "industry": "aquaculture", "content": word(dice), "leaflets": dice.below(50),
            "technique_codes": [technique(dice)],
        });
        if dice.chance(30) {
            set["participant_ids"] = json!([uuid::Uuid::from_u128(77)]);
        }
        if let Some(household) = self
            .any(Kind::Beneficiary, dice)
            .filter(|_| dice.chance(50))
        {
            set["beneficiary_ids"] = json!([household.id]);
        }
        self.phone.log_visit(&Visit::read(&fields(set)));
    }

    /// A visit of one's own, most of the time.
    fn own_visit(&self, dice: &mut Dice) -> Option<View> {
        let mut visits = self.phone.list(Kind::Visit);
        if dice.chance(90) {
            let own = json!(self.person);
            visits.retain(|visit| {
                visit
                    .fields
                    .get("commissioner_id")
                    .is_none_or(|of| *of == own)
            });
        }
        dice.pick(&visits).cloned()
    }

    fn edit_visit(&mut self, dice: &mut Dice) {
        let Some(visit) = self.own_visit(dice) else {
            return;
        };
        let (set, unset) = match dice.below(7) {
            0..3 => (json!({"content": word(dice)}), vec![]),
            3 => (json!({"leaflets": dice.below(50)}), vec![]),
            4 => (
                json!({"content": word(dice), "problem_found": word(dice)}),
                vec![],
            ),
            5 => (json!({"x_colour_of_water": word(dice)}), vec![]),
            _ => (json!({}), vec!["problem_found".to_owned()]),
        };
        if dice.chance(25) {
            let (add, remove) = (json!(technique(dice)), json!(technique(dice)));
            self.phone.change_set(
                Kind::Visit,
                visit.id,
                "technique_codes",
                vec![add],
                vec![remove],
            );
        }
        self.phone.edit(Kind::Visit, visit.id, fields(set), unset);
    }

    /// Edits one of the few households that everybody edits.
    fn edit_shared(&mut self, dice: &mut Dice) {
        let households = self.phone.list(Kind::Beneficiary);
        let few = &households[..households.len().min(3)];
        let Some(household) = dice.pick(few) else {
            return;
        };
        let (set, unset) = match dice.below(6) {
            0..3 => (json!({"display_name": word(dice)}), vec![]),
            3 => (json!({"note": word(dice), "phone": "13800000000"}), vec![]),
            4 => (
                json!({"display_name": word(dice), "note": word(dice)}),
                vec![],
            ),
            _ => (json!({}), vec!["note".to_owned()]),
        };
        self.phone
            .edit(Kind::Beneficiary, household.id, fields(set), unset);
    }

    fn report_adoption(&mut self, dice: &mut Dice, villages: &[DivisionCode]) {
        let Some(household) = self.any(Kind::Beneficiary, dice) else {
            return self.add_beneficiary(dice, villages);
        };
        let stages = [
            "awareness",
            "interest",
            "evaluation",
            "trial",
            "adoption",
            "abandoned",
        ];
        let set = json!({
            "village_code": household.fields.get("village_code"), "beneficiary_id": household.id,
            "technique_code": technique(dice), "season": "2026", "stage": dice.pick(&stages),
            "reported_on": self.today(), "area_centi_mu": dice.below(5_000),
        });
        self.phone
            .report_adoption(&AdoptionReport::read(&fields(set)));
    }

    /// Adds a household.
    pub fn add_beneficiary(&mut self, dice: &mut Dice, villages: &[DivisionCode]) {
        let set = json!({
            "village_code": dice.pick(villages), "kind": "household", "display_name": word(dice),
        });
        self.phone.add_beneficiary(&Beneficiary::read(&fields(set)));
    }

    fn add_site(&mut self, dice: &mut Dice) {
        let Some(household) = self.any(Kind::Beneficiary, dice) else {
            return;
        };
        let set = json!({
            "village_code": household.fields.get("village_code"), "beneficiary_id": household.id,
            "kind": "pond", "name": word(dice), "area_centi_mu": dice.below(9_000),
        });
        self.phone.add_site(&Site::read(&fields(set)));
    }

    fn add_child(&mut self, dice: &mut Dice) {
        let Some(visit) = self.any(Kind::Visit, dice) else {
            return;
        };
        let village = visit.fields.get("village_code");
        if dice.chance(50) {
            let set = json!({
                "village_code": village, "visit_id": visit.id, "score": "satisfied", "given_on": self.today(),
            });
            self.phone.create(&Feedback::read(&fields(set)));
        } else {
            let set = json!({
                "village_code": village, "visit_id": visit.id, "purpose": "scene", "size_bytes": 9_000,
                "sha256": format!("{:064x}", dice.below(usize::MAX)),
            });
            self.phone.announce_photo(&Photo::read(&fields(set)));
        }
    }

    fn delete(&mut self, dice: &mut Dice) {
        let (kind, view) = if dice.chance(75) {
            (Kind::Visit, self.own_visit(dice))
        } else {
            (Kind::Beneficiary, self.any(Kind::Beneficiary, dice))
        };
        if let Some(view) = view {
            self.phone.delete(kind, view.id);
        }
    }

    fn undelete(&mut self, dice: &mut Dice) {
        let deleted = self.phone.replica().iter();
        let deleted = deleted.filter(|(_, record)| record.deleted && record.kind == "visit");
        let ids: Vec<RecordId> = deleted.map(|(id, _)| id).collect();
        if let Some(id) = dice.pick(&ids) {
            self.phone.undelete(Kind::Visit, *id);
        }
    }

    fn command(&mut self, dice: &mut Dice) {
        if let Some(visit) = self.own_visit(dice) {
            let name = if dice.chance(50) {
                "withdraw"
            } else {
                "submit"
            };
            self.phone.command(Kind::Visit, visit.id, name);
        }
    }

    fn move_visit(&mut self, dice: &mut Dice, villages: &[DivisionCode]) {
        if let Some(visit) = self.own_visit(dice) {
            let set = json!({"village_code": dice.pick(villages)});
            self.phone.edit(Kind::Visit, visit.id, fields(set), vec![]);
        }
    }

    fn settle_conflict(&mut self, dice: &mut Dice) {
        if let Some(note) = self.any(Kind::Conflict, dice) {
            let name = if dice.chance(60) {
                "undo_conflict"
            } else {
                "accept_conflict"
            };
            self.phone.command(Kind::Conflict, note.id, name);
        }
    }

    fn settle_refusal(&mut self, dice: &mut Dice) {
        let refused: Vec<(MutationId, Operation)> = self
            .phone
            .needs_attention()
            .map(|(mutation, _)| (mutation.mid, mutation.op))
            .collect();
        match dice.pick(&refused) {
            Some((mid, Operation::Create | Operation::Patch)) if dice.chance(50) => {
                self.phone
                    .mend(*mid, fields(json!({"content": word(dice)})), &[]);
            }
            Some((mid, _)) => {
                self.phone.discard(*mid);
            }
            None => {}
        }
    }

    fn edit_together(&mut self, dice: &mut Dice, villages: &[DivisionCode]) {
        let visit = self.own_visit(dice);
        let (village, text) = (dice.pick(villages).cloned(), word(dice));
        let today = self.today();
        self.phone.together(|phone| {
            let set = json!({
                "village_code": village, "service_from": today, "mode": "household",
                "industry": "vegetable", "content": text,
            });
            phone.log_visit(&Visit::read(&fields(set)));
            if let Some(visit) = &visit {
                let draft = Draft {
                    set: fields(json!({"content": text})),
                    ..Draft::new(Operation::Patch, "visit", visit.id)
                };
                phone.record(draft);
            }
        });
    }
}

fn word(dice: &mut Dice) -> String {
    let words = [
        "增氧", "调水", "投饵", "防病", "起捕", "晒塘", "补苗", "育秧", "嫁接", "滴灌",
    ];
    format!("{}{}", words[dice.below(words.len())], dice.below(1_000))
}

fn technique(dice: &mut Dice) -> String {
    format!("T{}", dice.below(5))
}

fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        _ => Fields::new(),
    }
}
