//! What a run of many seeds is told, and what it tells: settings from the environment, and counts on standard output.

use std::collections::BTreeMap;
use std::fmt::Display;

/// A number from the environment, such as `TEPAI_SEED`.
#[expect(
    clippy::disallowed_methods,
    reason = "settings of the tests are not settings of the product"
)]
pub fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Prints counts, a line each.
#[expect(clippy::print_stdout, reason = "the counts are what a run is for")]
pub fn tell(title: &str, counts: &BTreeMap<String, impl Display>) {
    println!("{title}");
    for (name, count) in counts {
        println!("  {count:>10}  {name}");
    }
}
