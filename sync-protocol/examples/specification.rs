//! Writes the generated files of the specification: `cargo run -p tepai-sync-protocol --example specification -- DIR`.

use std::path::PathBuf;
use tepai_sync_protocol::specification::files;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("mobile-client-spec"), PathBuf::from);
    for (path, text) in files() {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
