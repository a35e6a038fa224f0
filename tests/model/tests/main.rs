//! The model against the contracts, and the invariants against planted mistakes.

mod invariants;
mod lockstep;
