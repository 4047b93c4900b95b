//! A text that a coordinator pastes into the township's WeChat group: which villages wait for a visit, and whose they are.
//!
//! It names villages and never ranks people; who has not synced may have visited, and is asked to sync first.

use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::words::Sentence;

/// A village that waits for a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its name.
    pub village: String,
    /// Days (天) since its last approved visit; `None` if it never had one.
    pub days_since: Option<i64>,
    /// Days between visits that hold for it.
    pub interval_days: i64,
    /// Names of those who are assigned to it.
    pub commissioners: BTreeSet<String>,
}

/// What a reminder says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Name of the county, township or village.
    pub place: String,
    /// The day as of which it holds.
    pub on: Date,
    /// The villages, the longest unvisited first.
    pub waiting: Vec<Waiting>,
    /// Those assigned to them whose phones were not heard of up to that day, and when they last were.
    pub not_heard: BTreeMap<String, Option<Date>>,
}

impl Reminder {
    /// The text.
    pub fn text(&self) -> Sentence {
        Sentence::new(self.zh(), self.en())
    }

    /// The villages of each group of commissioners, in the order of their longest wait; nobody's last.
    fn groups(&self) -> Vec<(&BTreeSet<String>, Vec<&Waiting>)> {
        let mut groups: Vec<(&BTreeSet<String>, Vec<&Waiting>)> = Vec::new();
        for one in &self.waiting {
            match groups
                .iter_mut()
                .find(|(people, _)| **people == one.commissioners)
            {
                Some((_, villages)) => villages.push(one),
                None => groups.push((&one.commissioners, vec![one])),
            }
        }
        groups.sort_by_key(|(people, _)| people.is_empty());
        groups
    }

    fn zh(&self) -> String {
        let Self { place, on, .. } = self;
        if self.waiting.is_empty() {
            return format!("【走访提醒】{place}，截至 {on}：各村均在走访间隔内。");
        }
        let mut lines = vec![format!(
            "【走访提醒】{place}，截至 {on}，{} 个村待走访：",
            self.waiting.len()
        )];
        for (people, villages) in self.groups() {
            lines.push(format!("{}：", joined(people, "、", "未派驻人员")));
            lines.extend(villages.into_iter().map(|one| {
                let interval = one.interval_days;
                match one.days_since {
                    Some(days) => {
                        format!("· {}：{days} 天未走访（间隔 {interval} 天）", one.village)
                    }
                    None => format!("· {}：从未走访（间隔 {interval} 天）", one.village),
                }
            }));
        }
        for (person, heard) in &self.not_heard {
            lines.push(match heard {
                Some(day) => format!("{person}的手机上次同步是 {day}，可能已走访，请联网同步。"),
                None => format!("{person}的手机尚未同步过，可能已走访，请联网同步。"),
            });
        }
        lines.push("以审核通过的走访为准。".to_owned());
        lines.join("\n")
    }

    fn en(&self) -> String {
        let Self { place, on, .. } = self;
        if self.waiting.is_empty() {
            return format!("[Visits] {place}, as of {on}: every village is within its interval.");
        }
        let mut lines = vec![format!(
            "[Visits] {place}, as of {on}, villages that wait for a visit: {}",
            self.waiting.len()
        )];
        for (people, villages) in self.groups() {
            lines.push(format!("{}:", joined(people, ", ", "nobody assigned")));
            lines.extend(villages.into_iter().map(|one| {
                let interval = one.interval_days;
                match one.days_since {
                    Some(days) => format!(
                        "· {}: {days} days without a visit (interval {interval})",
                        one.village
                    ),
                    None => format!("· {}: never visited (interval {interval})", one.village),
                }
            }));
        }
        for (person, heard) in &self.not_heard {
            lines.push(match heard {
                Some(day) => format!(
                    "{person}'s phone last synced on {day}: the visit may have been made, please sync."
                ),
                None => format!(
                    "{person}'s phone has never synced: the visit may have been made, please sync."
                ),
            });
        }
        lines.push("Approved visits count.".to_owned());
        lines.join("\n")
    }
}

fn joined(people: &BTreeSet<String>, by: &str, nobody: &str) -> String {
    if people.is_empty() {
        return nobody.to_owned();
    }
    let names: Vec<&str> = people.iter().map(String::as_str).collect();
    names.join(by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn waiting(village: &str, days_since: Option<i64>, people: &[&str]) -> Waiting {
        Waiting {
            village: village.to_owned(),
            days_since,
            interval_days: 15,
            commissioners: people.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_reminder_reads_as_it_is_pasted() {
        let reminder = Reminder {
            place: "红旗镇".to_owned(),
            on: date(2026, 6, 30),
            waiting: vec![
                waiting("东湖村", None, &[]),
                waiting("西湖村", Some(42), &["李梅", "陈志强"]),
                waiting("南湾村", Some(16), &["李梅"]),
                waiting("北港村", Some(16), &["李梅", "陈志强"]),
            ],
            not_heard: BTreeMap::from([
                ("李梅".to_owned(), Some(date(2026, 6, 12))),
                ("陈志强".to_owned(), None),
            ]),
        };
        let Sentence { zh, en } = reminder.text();
        assert_eq!(
            zh,
            "【走访提醒】红旗镇，截至 2026-06-30，4 个村待走访：\n\
             李梅、陈志强：\n\
             · 西湖村：42 天未走访（间隔 15 天）\n\
             · 北港村：16 天未走访（间隔 15 天）\n\
             李梅：\n\
             · 南湾村：16 天未走访（间隔 15 天）\n\
             未派驻人员：\n\
             · 东湖村：从未走访（间隔 15 天）\n\
             李梅的手机上次同步是 2026-06-12，可能已走访，请联网同步。\n\
             陈志强的手机尚未同步过，可能已走访，请联网同步。\n\
             以审核通过的走访为准。"
        );
        assert!(
            en.contains("nobody assigned:\n· 东湖村: never visited (interval 15)"),
            "{en}"
        );
        let nothing = Reminder {
            waiting: Vec::new(),
            ..reminder
        };
        assert_eq!(
            nothing.text().zh,
            "【走访提醒】红旗镇，截至 2026-06-30：各村均在走访间隔内。"
        );
    }
}
