//! What the command line prints: data to standard output, words for people to standard error.

use crate::config::ConfigError;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use tepai_app::AppError;
use tepai_store::StoreError;
use tepai_sync_protocol::problem::FieldProblem;
use tepai_sync_protocol::words::Sentence;

/// The language of words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language of `zh` or `en`.
    pub fn named(name: &str) -> Self {
        if name == "zh" { Self::Zh } else { Self::En }
    }

    /// The language of the environment; English where it says nothing.
    pub fn of(environment: &[(String, String)]) -> Self {
        let set = |name: &str| {
            environment
                .iter()
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value)
        };
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        Self::named(
            locale
                .and_then(|locale| locale.get(..2))
                .unwrap_or_default(),
        )
    }

    /// A sentence in this language.
    pub fn of_sentence(self, sentence: &Sentence) -> &str {
        match self {
            Self::Zh => &sentence.zh,
            Self::En => &sentence.en,
        }
    }
}

/// Where a command prints.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    /// The language of words for people.
    pub lang: Lang,
}

impl Out {
    /// A line of data, or of the answer.
    pub fn line(self, text: impl Display) -> Result<(), Failure> {
        Ok(writeln!(io::stdout().lock(), "{text}")?)
    }

    /// Text as it is.
    pub fn text(self, text: &str) -> Result<(), Failure> {
        Ok(io::stdout().lock().write_all(text.as_bytes())?)
    }

    /// A value as JSON.
    pub fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let text =
            serde_json::to_string_pretty(value).map_err(|error| Failure::internal(&error))?;
        self.line(text)
    }

    /// An answer in words.
    pub fn say(self, zh: impl Into<String>, en: impl Into<String>) -> Result<(), Failure> {
        self.line(self.lang.of_sentence(&Sentence::new(zh, en)))
    }

    /// Words in the language of the user: headings of a table, states.
    pub fn words<const N: usize>(
        self,
        zh: [&'static str; N],
        en: [&'static str; N],
    ) -> [&'static str; N] {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A remark that is not part of the answer.
    pub fn note(self, zh: impl Into<String>, en: impl Into<String>) {
        complain(self.lang.of_sentence(&Sentence::new(zh, en)));
    }

    /// Tells a failure, and what to do about it.
    pub fn tell(self, failure: &Failure) {
        for reason in &failure.reasons {
            complain(&format!("tepai: {}", self.lang.of_sentence(&reason.what)));
            if let Some(remedy) = &reason.remedy {
                complain(&format!("  → {}", self.lang.of_sentence(remedy)));
            }
        }
    }
}

fn complain(line: &str) {
    // There is nobody left to tell when this fails.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    exit: u8,
    reasons: Vec<Reason>,
}

#[derive(Debug)]
struct Reason {
    what: Sentence,
    remedy: Option<Sentence>,
}

impl Failure {
    /// What went wrong, and what to do about it.
    pub fn new(what: Sentence, remedy: Sentence) -> Self {
        Self {
            exit: 1,
            reasons: vec![Reason {
                what,
                remedy: Some(remedy),
            }],
        }
    }

    /// What went wrong, where it says by itself what to do.
    pub fn plain(what: Sentence) -> Self {
        Self {
            exit: 1,
            reasons: vec![Reason { what, remedy: None }],
        }
    }

    /// The command was called in a way that cannot work.
    pub fn usage(what: Sentence, remedy: Sentence) -> Self {
        Self {
            exit: 2,
            ..Self::new(what, remedy)
        }
    }

    /// The answer is no, and was printed already.
    pub fn quiet() -> Self {
        Self {
            exit: 1,
            reasons: Vec::new(),
        }
    }

    /// Something that should not have happened.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        let chain = std::iter::successors(Some(error), |error| error.source());
        let mut causes: Vec<_> = chain.map(ToString::to_string).collect();
        // Many an error repeats its cause in its own words.
        causes.dedup_by(|cause, whole| whole.ends_with(cause.as_str()));
        let causes = causes.join(": ");
        Self::plain(Sentence::new(
            format!("出错：{causes}"),
            format!("failed: {causes}"),
        ))
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Whoever reads our output has read enough, as `head` does.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self {
                exit: 0,
                reasons: Vec::new(),
            };
        }
        Self::internal(&error)
    }
}

impl From<Vec<ConfigError>> for Failure {
    fn from(errors: Vec<ConfigError>) -> Self {
        let reason = |error: ConfigError| Reason {
            what: error.what,
            remedy: Some(error.remedy),
        };
        Self {
            exit: 2,
            reasons: errors.into_iter().map(reason).collect(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = Self::internal(&error);
        if !matches!(error, StoreError::Unavailable(_)) {
            return failure;
        }
        let remedy = Sentence::new(
            "检查 --database-url，以及数据库是否在运行",
            "check --database-url, and whether the database runs",
        );
        Self {
            reasons: failure
                .reasons
                .into_iter()
                .map(|reason| Reason {
                    remedy: Some(remedy.clone()),
                    ..reason
                })
                .collect(),
            ..failure
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused {
                code,
                detail,
                errors,
            } => {
                let words = code.title();
                let detail = detail
                    .map(|detail| format!(": {detail}"))
                    .unwrap_or_default();
                let what = Sentence::new(
                    format!("{}{detail}", words.zh),
                    format!("{}{detail}", words.en),
                );
                let fields = errors.into_iter().map(of_field);
                Self {
                    exit: 1,
                    reasons: std::iter::once(Reason { what, remedy: None })
                        .chain(fields)
                        .collect(),
                }
            }
            AppError::NotYet {
                code,
                retry_after_s,
            } => {
                let words = code.title();
                let remedy = Sentence::new(
                    format!("{retry_after_s} 秒后再试"),
                    format!("try again in {retry_after_s} s"),
                );
                Self::new(words.into(), remedy)
            }
            AppError::Busy => Self::new(
                Sentence::new("数据库繁忙", "the database is busy"),
                Sentence::new("请稍后再试", "try again later"),
            ),
            AppError::Internal(error) => Self::internal(error.as_ref()),
        }
    }
}

fn of_field(error: FieldProblem) -> Reason {
    let FieldProblem {
        pointer, message, ..
    } = error;
    let what = Sentence::new(
        format!("{pointer}: {}", message.zh),
        format!("{pointer}: {}", message.en),
    );
    Reason { what, remedy: None }
}
