//! The ABI, held to its documentation.

use std::fs;
use std::path::Path;

/// Is this a line of an interface that declares something?
fn declares(line: &str) -> bool {
    let line = line.trim_start();
    ["function ", "event ", "error ", "constructor("].iter().any(|word| line.starts_with(word))
}

#[test]
fn every_function_event_and_error_says_what_it_is_and_where_it_is_specified() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut declared = 0;
    for file in ["intents.rs", "metalayer.rs", "hyperlane.rs"] {
        let source = fs::read_to_string(sources.join(file)).unwrap();
        let lines: Vec<_> = source.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| declares(line)) {
            let above = lines[..at].iter().rev();
            let doc: Vec<_> =
                above.take_while(|line| line.trim_start().starts_with("/// ")).collect();
            assert!(doc.iter().any(|line| line.contains(".md §")), "{file}: {line}");
            declared += 1;
        }
    }
    // Or the search has found nothing, because the files look otherwise.
    assert!(declared > 400, "{declared}");
}
