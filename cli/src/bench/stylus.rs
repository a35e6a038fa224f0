//! What only a Stylus chain can do: activate programs, compile them, call them.

use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use alloy::hex;
use alloy::primitives::{Address, B256, TxKind, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolConstructor};
use interfaces::intents::{DomainConfig, IMetaProver, IProver};
use interfaces::metalayer::IMetalayerRecipient;
use serde::Serialize;
use serde_json::json;

use super::client::{Client, request};
use super::process::Process;
use super::wallet::Wallet;
use super::{BenchError, median};
use crate::artifacts::{Artifacts, Program};
use crate::deployment::{
    ACTIVATION_VALUE, ARB_WASM, ARB_WASM_CACHE, CONSTRUCTOR, IArbWasm, IArbWasmCache, init_code,
};
use crate::nodes::faucet;

/// Gas of anything here, with room.
const GAS: u64 = 30_000_000;
/// Domain and chain id of the proofs.
const ORIGIN: (u32, u64) = (1_002, 412_347);

/// Stores its calldata in a slot, or reads it back: `COUNTER_TEXT` of the test below, in binary.
const COUNTER: &[u8] = &hex!("0061736d01000000010f0360017f0060027f7f0060017f017f028e010508766d5f686f6f6b7309726561645f61726773"
    "000008766d5f686f6f6b730c77726974655f726573756c74000108766d5f686f6f6b731473746f726167655f6c6f6164"
    "5f62797465733332000108766d5f686f6f6b731573746f726167655f63616368655f62797465733332000108766d5f68"
    "6f6f6b731373746f726167655f666c7573685f6361636865000003020102050401010101071c02066d656d6f72790200"
    "0f757365725f656e747279706f696e7400050a2a01280041c000100020000440410041c00010034100100405410041c0"
    "00100241c000412010010b41000b");

/// One measured thing.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    pub(super) what: String,
    pub(super) value: f64,
    pub(super) unit: &'static str,
}

/// A directory that goes with the measurement.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _not_there = fs::remove_dir_all(&self.0);
    }
}

struct Side {
    client: Client,
    wallet: Wallet,
}

impl Side {
    fn new(process: &Process) -> Result<Self, BenchError> {
        let mut client = process.client()?;
        let signer: PrivateKeySigner = faucet();
        let wallet = Wallet::fund(&mut client, signer)?;
        Ok(Self { client, wallet })
    }

    fn send(&mut self, to: TxKind, value: u64, input: Vec<u8>) -> Result<(), BenchError> {
        self.wallet.transact(&mut self.client, to, value, GAS, input).map(drop)
    }

    fn create(&mut self, code: &[u8]) -> Result<Address, BenchError> {
        let address = self.wallet.address().create(self.wallet.nonce);
        self.send(TxKind::Create, 0, init_code(code))?;
        Ok(address)
    }

    fn activate(&mut self, program: Address) -> Result<(), BenchError> {
        let call = IArbWasm::activateProgramCall { program };
        self.send(ARB_WASM.into(), ACTIVATION_VALUE, call.abi_encode())
    }

    /// Milliseconds of a call, whatever the program answers.
    fn call_ms(&mut self, program: Address) -> f64 {
        let started = Instant::now();
        // Most programs refuse a call without calldata; they had to be compiled to do so.
        let _refused = self.client.ask("eth_call", json!([{"to": program}, "latest"]));
        started.elapsed().as_secs_f64() * 1e3
    }

    /// Transactions a second, one after the other, over one connection.
    fn rate(
        &mut self,
        to: Address,
        inputs: impl Iterator<Item = Vec<u8>>,
    ) -> Result<f64, BenchError> {
        let signed: Vec<_> =
            inputs.map(|input| self.wallet.sign(to.into(), 0, 1_000_000, input)).collect();
        let started = Instant::now();
        for request in &signed {
            self.client.post(request)?;
        }
        self.wallet.settle(&mut self.client)?;
        Ok(signed.len() as f64 / started.elapsed().as_secs_f64())
    }
}

/// Our programs, the MetaProver last.
pub(super) fn programs(artifacts: &Artifacts) -> Result<Vec<Program>, BenchError> {
    let names = ["metalayer-ism", "metalayer-router", "portal", "vault", "executor", "meta-prover"];
    names.iter().map(|name| Ok(artifacts.program(name)?)).collect()
}

/// Measures activation, compilation and calls.
pub(super) fn measure(
    programs: &[Program],
    prover: &Program,
    rounds: usize,
    count: usize,
) -> Result<Vec<Figure>, BenchError> {
    let mut figures = starts(programs, rounds)?;
    let process = Process::devnode(&[])?;
    let mut side = Side::new(&process)?;
    figures.extend(counter(&mut side, rounds, count)?);
    figures.extend(prover_rows(&mut side, prover, rounds, count)?);
    let value = process.resident_mb();
    figures.push(Figure { what: "resident memory after all of it".into(), value, unit: "MB" });
    Ok(figures)
}

/// Activation of every program, its first call in a process that must compile it, and in one that finds it on disk.
fn starts(programs: &[Program], rounds: usize) -> Result<Vec<Figure>, BenchError> {
    let (mut activations, mut compiled, mut loaded, mut again) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let name = format!("metalayer-bench-{}-{round}", std::process::id());
        let scratch = Scratch(env::temp_dir().join(name));
        let directory = scratch.0.to_string_lossy();
        for is_first in [true, false] {
            let process = Process::devnode(&["--program-cache", &directory])?;
            let mut side = Side::new(&process)?;
            let (mut activation, mut first, mut second) = (0.0, 0.0, 0.0);
            for program in programs {
                let address = side.create(&program.code)?;
                let started = Instant::now();
                side.activate(address)?;
                activation += started.elapsed().as_secs_f64() * 1e3;
                first += side.call_ms(address);
                second += side.call_ms(address);
            }
            activations.push(activation);
            again.push(second);
            if is_first { &mut compiled } else { &mut loaded }.push(first);
        }
    }
    let count = programs.len();
    let figure = |what: &str, values| Figure {
        what: format!("{what} {count} programs"),
        value: median(values),
        unit: "ms",
    };
    Ok(vec![
        figure("activate", activations),
        figure("first call, compiling:", compiled),
        figure("first call, from disk:", loaded),
        figure("second call:", again),
    ])
}

/// The smallest useful program, as transactions and as calls.
fn counter(side: &mut Side, rounds: usize, count: usize) -> Result<Vec<Figure>, BenchError> {
    let code = devnode::stylus::container::compress(COUNTER)
        .map_err(|error| unexpected("compress the counter", &error))?;
    let program = side.create(&code)?;
    side.activate(program)?;
    let words =
        |round: usize| (0..count).map(move |i| U256::from(round * count + i + 1).to_be_bytes_vec());
    let rates = |side: &mut Side| -> Result<f64, BenchError> {
        let rates = (0..=rounds).map(|round| side.rate(program, words(round)));
        Ok(median(rates.skip(1).collect::<Result<_, _>>()?))
    };
    let uncached = rates(side)?;
    let cache = IArbWasmCache::cacheProgramCall { program };
    side.send(ARB_WASM_CACHE.into(), 0, cache.abi_encode())?;
    let cached = rates(side)?;
    let call = request("eth_call", &json!([{"to": program}, "latest"]));
    let mut calls = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        for _ in 0..count {
            side.client.post(&call)?;
        }
        calls.push(count as f64 / started.elapsed().as_secs_f64());
    }
    let figure = |what: &str, value| Figure { what: what.into(), value, unit: "a second" };
    Ok(vec![
        figure("transactions to a program, not cached", uncached),
        figure("transactions to a program, cached", cached),
        figure("eth_call of a program, cached", median(calls)),
    ])
}

/// `MetaProver.handle`, with a proof of an intent that was not proven before.
fn prover_rows(
    side: &mut Side,
    program: &Program,
    rounds: usize,
    count: usize,
) -> Result<Vec<Figure>, BenchError> {
    let remote = B256::repeat_byte(7);
    let router = side.wallet.address();
    let prover = side.create(&program.code)?;
    // The figures of the first calls come from other processes; here it is active at last.
    side.activate(prover)?;
    let args = IMetaProver::constructorCall {
        router,
        portal: Address::repeat_byte(8),
        provers: vec![remote],
        minGasLimit: U256::from(200_000),
    };
    side.send(prover.into(), 0, [&CONSTRUCTOR[..], &args.abi_encode()].concat())?;
    let configure = IMetaProver::configureDomainsCall {
        configs: vec![DomainConfig { domain: ORIGIN.0.into(), chainId: ORIGIN.1 }],
    };
    side.send(prover.into(), 0, configure.abi_encode())?;
    let handle = |intent: usize| {
        let claimant = Address::repeat_byte(9).into_word();
        let hash = B256::from(U256::from(intent + 1));
        let message = [&ORIGIN.1.to_be_bytes()[..], hash.as_slice(), claimant.as_slice()].concat();
        IMetalayerRecipient::handleCall {
            origin: ORIGIN.0,
            sender: remote,
            message: message.into(),
            reads: Vec::new(),
            readResults: Vec::new(),
        }
        .abi_encode()
    };
    let mut rates = Vec::new();
    for round in 0..=rounds {
        rates.push(side.rate(prover, (0..count).map(|i| handle(round * count + i)))?);
    }
    // A transaction that failed was as quick as any: the last proof must be there.
    let last = B256::from(U256::from((rounds + 1) * count));
    let proven = IProver::provenIntentsCall { intentHash: last }.abi_encode();
    let call = json!([{"to": prover, "data": hex::encode_prefixed(proven)}, "latest"]);
    let answer = side.client.ask("eth_call", call)?;
    if !answer.as_str().unwrap_or_default().contains(&hex::encode([9; 20])) {
        return Err(unexpected("record proofs", &answer));
    }
    Ok(vec![Figure {
        what: "MetaProver.handle, one proof each".into(),
        value: median(rates.split_off(1)),
        unit: "a second",
    }])
}

fn unexpected(what: &str, answer: &dyn ToString) -> BenchError {
    BenchError::Answer { node: "devnode", what: what.into(), answer: answer.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTER_TEXT: &str = r#"(module
      (import "vm_hooks" "read_args" (func (param i32)))
      (import "vm_hooks" "write_result" (func (param i32 i32)))
      (import "vm_hooks" "storage_load_bytes32" (func (param i32 i32)))
      (import "vm_hooks" "storage_cache_bytes32" (func (param i32 i32)))
      (import "vm_hooks" "storage_flush_cache" (func (param i32)))
      (memory (export "memory") 1 1)
      (func (export "user_entrypoint") (param i32) (result i32)
        (call 0 (i32.const 64))
        (if (local.get 0)
          (then (call 3 (i32.const 0) (i32.const 64)) (call 4 (i32.const 0)))
          (else (call 2 (i32.const 0) (i32.const 64)) (call 1 (i32.const 64) (i32.const 32))))
        (i32.const 0)))"#;

    #[test]
    fn the_counter_is_its_text() {
        assert_eq!(hex::encode(wat::parse_str(COUNTER_TEXT).unwrap()), hex::encode(COUNTER));
    }
}
