//! The generated parts of the specification are those of the code.

use std::collections::BTreeSet;
use std::path::Path;
use tepai_sync_protocol::specification::files;

#[test]
fn the_checked_in_tables_and_schemas_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mobile-client-spec");
    let mut generated = BTreeSet::new();
    for (path, text) in files() {
        let found = std::fs::read_to_string(folder.join(&path)).unwrap_or_default();
        assert!(
            found == text,
            "mobile-client-spec/{path} has changed: run `make gen` and look at the difference"
        );
        generated.insert(path);
    }
    for entry in std::fs::read_dir(folder.join("schemas")).unwrap() {
        let name = format!("schemas/{}", entry.unwrap().file_name().to_string_lossy());
        assert!(
            generated.contains(&name),
            "nothing generates mobile-client-spec/{name}"
        );
    }
}
