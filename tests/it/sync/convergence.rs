//! Whatever network, phones and servers do, everything that was said ends up once, everywhere, and nothing is lost or
//! silently overwritten: seeded runs, and controls that must fail.
//!
//! `TEPAI_SEEDS` sets how many seeds each database plays, `TEPAI_SEED` plays one alone.

use std::collections::BTreeSet;
use tepai_tests::simulation::{self, Counts, Sabotage};
use tepai_tests::{World, on_both_databases, report};

on_both_databases!(
    heavy_of_all_seeds_of_the_first_half_every_run_converges,
    heavy_of_all_seeds_of_the_second_half_every_run_converges,
    a_server_that_acknowledges_before_it_writes_is_caught,
    a_server_that_forgets_what_it_has_seen_is_caught,
    a_phone_that_stamps_its_bases_anew_is_caught,
    a_record_changed_behind_the_servers_back_is_caught,
);

/// Seeds that each database plays in `make test`.
const SEEDS: u64 = 500;

/// Seeds that a control plays.
const CONTROL_SEEDS: u64 = 16;

async fn converge(world: &World, seeds: impl Iterator<Item = u64>) {
    let second = world.another_server().await;
    let mut counts = Counts::default();
    let mut failed = Vec::new();
    for seed in seeds {
        let run = simulation::run(world, &second, seed, Sabotage::None).await;
        counts.absorb(run.counts);
        if !run.violations.is_empty() {
            failed.push(format!("TEPAI_SEED={seed}: {:#?}", run.violations));
        }
    }
    report::tell("what the seeds came to:", &counts.of);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

async fn half(world: World, half: u64) {
    match report::setting("TEPAI_SEED") {
        Some(seed) if seed % 2 == half => converge(&world, [seed].into_iter()).await,
        Some(_) => {}
        None => {
            let seeds = report::setting("TEPAI_SEEDS").unwrap_or(SEEDS);
            converge(&world, (0..seeds).filter(|seed| seed % 2 == half)).await;
        }
    }
}

async fn heavy_of_all_seeds_of_the_first_half_every_run_converges(world: World) {
    half(world, 0).await;
}

async fn heavy_of_all_seeds_of_the_second_half_every_run_converges(world: World) {
    half(world, 1).await;
}

/// Plays some seeds with a broken promise; returns what the judge called it.
async fn caught(world: World, sabotage: Sabotage) -> BTreeSet<String> {
    let second = world.another_server().await;
    let mut names = BTreeSet::new();
    for seed in 0..CONTROL_SEEDS {
        let run = simulation::run(&world, &second, seed, sabotage).await;
        for violation in run.violations {
            let text = format!("{violation:?}");
            names.insert(text.split('(').next().unwrap_or_default().to_owned());
        }
    }
    names
}

async fn a_server_that_acknowledges_before_it_writes_is_caught(world: World) {
    let names = caught(world, Sabotage::AcknowledgeFirst).await;
    assert!(
        names.contains("Lost") && names.contains("Outcome"),
        "{names:?}"
    );
}

async fn a_server_that_forgets_what_it_has_seen_is_caught(world: World) {
    let names = caught(world, Sabotage::NoLedger).await;
    assert!(names.contains("Outcome"), "{names:?}");
}

async fn a_phone_that_stamps_its_bases_anew_is_caught(world: World) {
    let names = caught(world, Sabotage::RestampedBase).await;
    assert!(names.contains("SilentOverwrite"), "{names:?}");
}

async fn a_record_changed_behind_the_servers_back_is_caught(world: World) {
    let names = caught(world, Sabotage::Tampered).await;
    assert!(
        names.contains("Differs") && names.contains("Summary"),
        "{names:?}"
    );
}
