//! `4byteTracer`: which selectors were called with how many bytes of arguments, and how often. go-ethereum's format.

use std::collections::BTreeMap;

use alloy_primitives::{Address, hex};
use revm::primitives::Log;
use serde_json::{Value, json};

use super::{Entered, Finished, Kind, Tracer};

/// The tracer.
pub(super) struct FourByteTracer {
    is_precompile: fn(Address, u64) -> bool,
    calls: BTreeMap<String, u64>,
    /// Calls by address, until it is known which of them are precompiles.
    inner: Vec<(Address, String)>,
}

impl FourByteTracer {
    /// - `is_precompile`: whether an address is one in an ArbOS version.
    pub(super) fn new(is_precompile: fn(Address, u64) -> bool) -> Self {
        Self { is_precompile, calls: BTreeMap::new(), inner: Vec::new() }
    }
}

impl Tracer for FourByteTracer {
    fn enter(&mut self, frame: Entered, _: &[Log]) {
        let Some((selector, arguments)) = frame.input.split_first_chunk::<4>() else { return };
        let key = format!("0x{}-{}", hex::encode(selector), arguments.len());
        match frame.kind {
            // The data of the transaction always counts, even where it is init code.
            _ if frame.depth == 0 => {
                self.calls.insert(key, 1);
            }
            Kind::Call | Kind::CallCode | Kind::DelegateCall | Kind::StaticCall => {
                self.inner.push((frame.to, key));
            }
            Kind::Create | Kind::Create2 | Kind::SelfDestruct | Kind::Transfer => {}
        }
    }

    fn finish(mut self: Box<Self>, finished: &Finished<'_>) -> Result<Value, String> {
        for (to, key) in self.inner {
            if !(self.is_precompile)(to, finished.arbos_version) {
                let count = self.calls.entry(key).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(json!(self.calls))
    }
}
