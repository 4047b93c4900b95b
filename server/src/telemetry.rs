//! The log: lines on standard error, for people or for a collector.
//!
//! No names, phone numbers or tokens are in it: it speaks of people and devices by their ids, and of addresses by the pattern of their route.

use crate::config::{LogConfig, LogFormat};
use std::io::{IsTerminal, stderr};
use std::panic::PanicHookInfo;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What other crates say below this level is noise, unless it is asked for by name.
const OTHERS: &str = "warn,tepai=";

/// Starts the log. A second start changes nothing, so that tests may call it.
pub fn start(config: &LogConfig) {
    let filter = filter(&config.level);
    let spans = ends_of_spans(&filter);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(spans)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr);
    let started = match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// A bare level is that of Tepai; directives stand as they are.
fn filter(level: &str) -> EnvFilter {
    let is_bare = level.chars().all(|letter| letter.is_ascii_alphabetic());
    let directives = if is_bare {
        format!("{OTHERS}{level}")
    } else {
        level.to_owned()
    };
    EnvFilter::new(directives)
}

/// At debug level each use case leaves a line when it ends: which one, in which request, and how long it took.
fn ends_of_spans(filter: &EnvFilter) -> FmtSpan {
    let is_debug = filter.max_level_hint() >= Some(LevelFilter::DEBUG);
    if is_debug {
        FmtSpan::CLOSE
    } else {
        FmtSpan::NONE
    }
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(
        place,
        message = panic.payload_as_str(),
        "a panic: this is a mistake in the program"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_debug_logs_the_end_of_each_use_case() {
        assert_eq!(ends_of_spans(&filter("info")), FmtSpan::NONE);
        assert_eq!(ends_of_spans(&filter("debug")), FmtSpan::CLOSE);
    }

    #[test]
    fn a_bare_level_is_that_of_tepai() {
        assert_eq!(filter("debug").to_string(), "tepai=debug,warn");
        assert_eq!(
            filter("error,tepai_http=debug").to_string(),
            "tepai_http=debug,error"
        );
    }
}
