//! Simulated counties that try to break the sync; then everything is quiet, and a judge compares.
//!
//! Phones with wrong clocks on a bad network, two servers over one database, reassignments, clones and restores.
//!
//! One run follows from its seed. Many share a database, each in a county of its own. Faults are in [`mod@line`], what
//! people do in [`story`], what must hold at the end in [`judge`]; a [`Sabotage`] breaks a promise on purpose, so
//! that the judge can be seen to notice.

pub mod dice;
pub mod judge;
pub mod line;
pub mod phones;
pub mod story;

pub use judge::{Counts, Violation};
pub use story::Sabotage;

use crate::World;
use crate::world::NOW_MS;
use tepai_app::App;

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// What did not hold; empty if all is well.
    pub violations: Vec<Violation>,
    /// How much of everything there was.
    pub counts: Counts,
}

/// Plays one seed in a county of its own and judges it.
pub async fn run(world: &World, second: &App, seed: u64, sabotage: Sabotage) -> Run {
    world.clock.set(NOW_MS);
    let mut story = story::Story::begin(world, second, seed, sabotage).await;
    story.play().await;
    let mut violations = story.become_quiet().await;
    let judged = judge::judge(&story).await;
    violations.extend(judged.violations);
    Run {
        seed,
        violations,
        counts: judged.counts,
    }
}
