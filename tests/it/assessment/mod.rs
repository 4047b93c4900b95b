//! Targets, score plans and score runs.

pub(crate) mod score_runs;
