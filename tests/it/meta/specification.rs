//! The generated parts of the specification are those of the code.

use std::collections::BTreeSet;
use std::io::Write;
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

/// The examples of a text: the line that introduces each, and its JSON without white space.
fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let (mut head, mut inside) = (String::new(), None::<String>);
    for line in text.lines() {
        if let Some(json) = inside.as_mut() {
            if line == "```" {
                let value: serde_json::Value = serde_json::from_str(json).expect(&head);
                examples.push((head.clone(), value.to_string()));
                inside = None;
            } else {
                json.push_str(line);
            }
        } else if line == "```json" {
            inside = Some(String::new());
        } else if !line.trim().is_empty() {
            line.clone_into(&mut head);
        }
    }
    examples
}

/// The numbers of a line, in their order.
fn numbers(line: &str) -> Vec<usize> {
    line.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[test]
fn the_protocol_states_the_true_size_of_each_of_its_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mobile-client-spec");
    for name in ["protocol.md", "protocol.zh-CN.md"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let examples = examples(&text);
        assert!(examples.len() >= 15, "{name} has {}", examples.len());
        for (head, json) in examples {
            let stated = numbers(&head);
            assert!(
                stated.contains(&json.len()),
                "{name}: {} bytes, but: {head}",
                json.len()
            );
            if head.contains("gz") {
                let mut gzip =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                gzip.write_all(json.as_bytes()).unwrap();
                let size = gzip.finish().unwrap().len();
                // Other libraries differ by some bytes.
                let near = |stated: &usize| stated.abs_diff(size) * 50 <= size;
                assert!(stated.iter().any(near), "{name}: {size} gz, but: {head}");
            }
        }
    }
    assert_eq!(numbers("a (12 bytes, 7 gz)"), [12, 7]);
}
