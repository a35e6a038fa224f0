//! A second opinion: the rules of calldata (intents.md §1.3) and of Metalayer messages (messaging.md §5.2), written
//! down a second time, simply and without any regard for size or gas.
//!
//! It shares no code with `interfaces` or the contracts, and is compared with both: by the malformed calls of
//! `tests/e2e`, and by the fuzz targets of `tests/fuzz-targets`.
//!
//! - [`Abi`]: the functions of a contract, from its JSON ABI.
//! - [`encode`]: calldata, and where each word of it lies, so that it can be spoilt on purpose.
//! - [`decode`]: what Solidity's decoder accepts, and what it reads there.
//! - [`malformed`]: why bytes are no Metalayer message.

mod abi;
mod calldata;
mod message;

pub use abi::{Abi, Field, Function, Type};
pub use calldata::{Encoding, Kind, Place, Value, decode, encode};
pub use message::{MAX_READS, malformed};
