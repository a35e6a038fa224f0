//! `metalayer deploy`, as a library and as a command, against embedded chains.
//!
//! `whole`: a deployment from its start to its end, in one go or in many. `crossing`: what it is for, messages.
//! `refusals`: what stops it. `launcher`: the contract that puts the others in their places.

mod crossing;
mod launcher;
mod refusals;
mod whole;
mod world;
