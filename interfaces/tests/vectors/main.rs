//! Every case of the vector files that is about encodings, hashes, codecs and selectors, replayed.
//!
//! The files are those of `$METALAYER_VECTORS`, of `../shared/vectors` beside the project, or of `tests/vectors`.
//! Sections that are about the behaviour of contracts (`scenarios`, `constructorCases`, `proofSequences`,
//! `mailboxProcess`, `igp`) are replayed where the contracts are.

mod calls;
mod intents;
mod json;
mod messages;
mod selectors;
mod signatures;
