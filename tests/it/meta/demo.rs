//! The demo as its users run it: the real binary, from nothing to the county table.

use std::process::Command;
use tepai_tests::World;
use tepai_tests::on_both_databases;
use tepai_tests::process::binary;

on_both_databases!(heavy_the_demo_tells_the_same_story_for_the_same_seed,);

fn demo(world: &World, arguments: &[&str]) -> String {
    let mut command = Command::new(binary());
    command
        .args(["demo", "--once", "--lang", "en"])
        .args(arguments);
    // The world's own PostgreSQL database is empty of everything but a county, which the demo does not touch.
    if world.url.starts_with("postgres") {
        command.args(["--database-url", &world.url]);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

async fn heavy_the_demo_tells_the_same_story_for_the_same_seed(world: World) {
    world.execute("DELETE FROM division", vec![]).await;
    let told = demo(&world, &["--seed", "3"]);
    assert!(
        told.contains("the summaries equal a recount from nothing"),
        "{told}"
    );
    // On SQLite the demo makes a database of its own each time, so the second telling starts from nothing, too.
    if world.url.starts_with("sqlite") {
        assert_eq!(told, demo(&world, &["--seed", "3"]));
        assert_ne!(told, demo(&world, &["--seed", "4"]));
    }
}
