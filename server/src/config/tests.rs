//! The layers of the settings, their errors, and what is not shown.

use super::read::{LOOPBACK, in_url};
use super::*;
use std::path::Path;

fn load(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, Vec<ConfigError>> {
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::write(dir.path().join(FILE_NAME), file).unwrap();
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config::load(Given {
        data_dir: dir.path().to_owned(),
        data_dir_source: ConfigSource::Default,
        file: None,
        environment: environment.iter().map(own).collect(),
        flags: flags
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned(), "--flag"))
            .collect(),
    })
}

#[track_caller]
fn refusal(file: &str, environment: &[(&str, &str)]) -> (String, String) {
    let errors = load(file, environment, &[]).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    (errors[0].what.en.clone(), errors[0].remedy.en.clone())
}

#[test]
fn the_default_file_is_the_defaults_of_the_code() {
    let config = load("", &[], &[]).unwrap();
    let photos_dir = config.policy.photos_dir.clone();
    assert!(photos_dir.ends_with("photos"), "beside the database");
    let expected = Policy {
        photos_dir,
        ..Policy::default()
    };
    assert_eq!(config.policy, expected);
    assert_eq!(config.listen, LOOPBACK);
    assert_eq!(config.time_zone(), TimeZone::get("Asia/Shanghai").unwrap());
    assert!(config.has_placeholder_secret());
    assert!(config.database.embedded && config.database.url.expose().ends_with("/tepai.db"));
    assert!(
        config
            .settings
            .values()
            .all(|setting| setting.source == ConfigSource::Default)
    );
}

#[test]
fn every_default_is_described_in_english_and_chinese() {
    let mut comments = Vec::new();
    for line in DEFAULT_TOML.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            assert_eq!(comments.len(), 2, "{line}");
            let is_chinese =
                |text: &str| text.chars().any(|letter| ('一'..='鿿').contains(&letter));
            assert!(
                !is_chinese(comments[0]) && is_chinese(comments[1]),
                "{line}"
            );
        }
        if line.starts_with('#') {
            comments.push(line);
        } else {
            comments.clear();
        }
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"\n[session]\nhours = 1";
    let environment = [
        ("TEPAI_SERVER__LISTEN", "127.0.0.1:2"),
        ("TEPAI_SESSION__HOURS", "2"),
        ("HOME", "/"),
    ];
    let config = load(file, &environment, &[("server.listen", "127.0.0.1:3")]).unwrap();
    assert_eq!((config.listen.port(), config.policy.session_hours), (3, 2));
    assert_eq!(config.log.level, "warn");
    let source = |key: &str| config.settings[key].source.to_string();
    assert_eq!(source("server.listen"), "--flag");
    assert_eq!(source("session.hours"), "TEPAI_SESSION__HOURS");
    assert!(source("log.level").ends_with(FILE_NAME));
    assert_eq!(source("log.format"), "default");
}

#[test]
fn an_unknown_key_says_where_it_is_and_what_was_meant() {
    for (file, key, meant) in [
        (
            "[server]\nlisten_on = \"x\"",
            "server.listen_on",
            "server.listen",
        ),
        ("[sever]\nlisten = \"x\"", "sever.listen", "server.listen"),
        ("listen = \"x\"", "listen", "server.listen"),
        (
            "[database]\nconection = 3",
            "database.conection",
            "database.connections",
        ),
        (
            "[log]\npoll_after_s = 3",
            "log.poll_after_s",
            "sync.poll_after_s",
        ),
    ] {
        let (what, remedy) = refusal(file, &[]);
        assert!(
            what.contains(FILE_NAME) && what.ends_with(&format!(": {key}")),
            "{what}"
        );
        assert_eq!(remedy, format!("did you mean {meant}?"));
    }
    let (_, remedy) = refusal("[colours]\nbright = true", &[]);
    assert!(remedy.contains("--default"), "{remedy}");
}

#[test]
fn an_unknown_variable_says_what_was_meant() {
    for (variable, meant) in [
        ("TEPAI_SERVER_LISTEN", "TEPAI_SERVER__LISTEN"),
        ("TEPAI_DATABASE_URL", "TEPAI_DATABASE__URL"),
        ("TEPAI_LOG__LEVLE", "TEPAI_LOG__LEVEL"),
        ("TEPAI_SECRET", "TEPAI_SECURITY__SECRET"),
    ] {
        let (what, remedy) = refusal("", &[(variable, "x")]);
        assert!(what.contains(variable), "{what}");
        assert_eq!(remedy, format!("did you mean {meant}?"));
    }
    assert!(
        load(
            "",
            &[("TEPAI_TEST_POSTGRES_URL", "x"), ("TEPAI_DATA_DIR", "x")],
            &[]
        )
        .is_ok()
    );
}

#[test]
fn a_wrong_value_says_its_key_and_source_and_what_it_may_be() {
    for (file, key, may_be) in [
        (
            "[server]\nlisten = \"8020\"",
            "server.listen",
            "127.0.0.1:8020",
        ),
        (
            "[server]\nbase_url = \"tepai.example\"",
            "server.base_url",
            "https://",
        ),
        (
            "[database]\nconnections = 0",
            "database.connections",
            "1..1000",
        ),
        (
            "[database]\nconnections = -1",
            "database.connections",
            "1..1000",
        ),
        (
            "[database]\nurl = \"mysql://x\"",
            "database.url",
            "postgres://",
        ),
        ("[log]\nformat = \"xml\"", "log.format", "json"),
        ("[log]\nlevel = \"\"", "log.level", "info"),
        ("[time]\nzone = \"Mars\"", "time.zone", "Asia/Shanghai"),
        (
            "[security]\nsecret = \"short\"",
            "security.secret",
            "--new-secret",
        ),
        ("[session]\nhours = \"12\"", "session.hours", "whole number"),
        (
            "[server]\nsecure_cookies = 1",
            "server.secure_cookies",
            "true or false",
        ),
        (
            "[bucket]\nname = \"photos\"\nendpoint = \"s3.example\"\naccess_key_id = \"k\"\nsecret_access_key = \"s\"",
            "bucket.endpoint",
            "https://s3.example",
        ),
        (
            "[server.listen]\nport = 1",
            "server.listen",
            "text in quotes",
        ),
    ] {
        let (what, remedy) = refusal(file, &[]);
        assert!(what.contains(key) && what.contains(FILE_NAME), "{what}");
        assert!(remedy.contains(may_be), "{remedy}");
    }
    let (what, _) = refusal("", &[("TEPAI_SESSION__HOURS", "many")]);
    assert!(what.contains("TEPAI_SESSION__HOURS"), "{what}");
}

#[test]
fn every_mistake_is_reported() {
    let errors = load(
        "[session]\nhours = 0\nminutes = 3\n[time]\nzone = \"\"",
        &[],
        &[],
    )
    .unwrap_err();
    assert_eq!(errors.len(), 3, "{errors:?}");
}

#[test]
fn what_is_not_toml_says_its_line() {
    let (what, _) = refusal("[server]\n\nlisten = ", &[]);
    assert!(what.contains("tepai.toml:3 is not TOML"), "{what}");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let given = Given {
        file: Some("/nowhere/tepai.toml".into()),
        ..Given::default()
    };
    assert!(
        Config::load(given).unwrap_err()[0]
            .what
            .en
            .contains("/nowhere/tepai.toml")
    );
}

#[test]
fn secrets_do_not_show() {
    let secret = "0123456789abcdef0123456789abcdef";
    let url = "postgres://tepai:pass:w@rd@db.example/tepai?password=hunter2";
    let file = format!("[security]\nsecret = \"{secret}\"\n[database]\nurl = \"{url}\"");
    let config = load(&file, &[], &[]).unwrap();
    let debug = format!("{config:?}");
    for hidden in [secret, "pass:w", "rd@db", "hunter2"] {
        assert!(!debug.contains(hidden), "{debug}");
    }
    assert_eq!(
        config.shown_database(),
        "postgres://tepai:…@db.example/tepai?…"
    );
    assert_eq!(config.database.url.expose(), url);
    assert!(!config.database.embedded);
}

#[test]
fn a_path_with_odd_letters_is_one_address() {
    assert_eq!(in_url(Path::new("/a?b/c#d/100%")), "/a%3Fb/c%23d/100%25");
}
