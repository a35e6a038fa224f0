//! What fuzzing calls. Every target takes bytes and panics when something is wrong; none of them only waits for a
//! crash: each has an oracle beside the code, a decoder written a second time and simply (crate `reference`, or here),
//! or a round trip, or what alloy reads in the same bytes.
//!
//! `tests/fuzz` makes a libFuzzer binary of each target, `scripts/fuzz` runs them, and `tests/replay.rs` here replays
//! the committed corpus as an ordinary test. Which planted bugs were found, and how fast: `tests/fuzz/README.md`.

mod calldata;
mod entry_points;
mod messages;
mod metadata;
mod orders;
mod trees;

pub use calldata::{Shape, calldata, portal};
pub use entry_points::{FUNCTIONS_OF, entry_points};
pub use messages::{hyperlane_message, metalayer_message, proofs, receipts_and_sets};
pub use metadata::{aggregation_metadata, hook_metadata, multisig_metadata, read_metadata};
pub use orders::orders;
pub use trees::{merkle, proxy};

/// A target.
pub type Target = fn(&[u8]);

/// All targets, by the names of their binaries and of their folders in the corpus.
pub const TARGETS: [(&str, Target); 13] = [
    ("aggregation_metadata", aggregation_metadata),
    ("calldata", calldata),
    ("entry_points", entry_points),
    ("hook_metadata", hook_metadata),
    ("hyperlane_message", hyperlane_message),
    ("merkle", merkle),
    ("metalayer_message", metalayer_message),
    ("multisig_metadata", multisig_metadata),
    ("orders", orders),
    ("proofs", proofs),
    ("proxy", proxy),
    ("read_metadata", read_metadata),
    ("receipts_and_sets", receipts_and_sets),
];
