//! How fast a chain is, over HTTP on the loopback interface: `cargo run -p devnode --example speed`.
//! Figures for orientation; nothing is asserted.

use std::time::Instant;

use alloy::consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy::eips::Encodable2718;
use alloy::primitives::{Address, Bytes, TxKind, U256, address};
use alloy::providers::{Provider, ProviderBuilder};
use alloy::rpc::types::TransactionRequest;
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use devnode::{Config, Node};

const ROUNDS: u64 = 2_000;
const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let node = Node::start(Config::default()).await?;
    let rpc = ProviderBuilder::new().connect_http(node.url().parse()?);
    rpc.get_chain_id().await?;
    println!("start until the first answer: {:?}", started.elapsed());

    let signer = PrivateKeySigner::from_bytes(&devnode::DEV_PRIVATE_KEY)?;
    let mut nonce = rpc.get_transaction_count(devnode::DEV_ACCOUNT).await?;
    let mut sign = |to: TxKind,
                    value: u64,
                    gas_limit: u64,
                    input: Bytes|
     -> Result<Bytes, Box<dyn std::error::Error>> {
        let tx = TxEip1559 {
            chain_id: 412_346,
            nonce,
            gas_limit,
            max_fee_per_gas: 100_000_000,
            max_priority_fee_per_gas: 0,
            to,
            value: U256::from(value),
            input,
            access_list: Default::default(),
        };
        nonce += 1;
        let signature = signer.sign_hash_sync(&tx.signature_hash())?;
        Ok(TxEnvelope::from(tx.into_signed(signature)).encoded_2718().into())
    };

    let transfers: Vec<Bytes> = (0..ROUNDS)
        .map(|_| sign(devnode::DEV_ACCOUNT.into(), 1, 21_000, Bytes::new()))
        .collect::<Result<_, _>>()?;
    let started = Instant::now();
    for raw in &transfers {
        let _hash: String = rpc.client().request("eth_sendRawTransaction", (raw,)).await?;
    }
    report("transfers, one connection, one after the other", started);

    let started = Instant::now();
    for _ in 0..ROUNDS {
        rpc.get_balance(devnode::DEV_ACCOUNT).await?;
    }
    report("eth_getBalance", started);

    // A program that stores its argument: any file given instead is deployed and called without arguments.
    let code = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => devnode::stylus::container::compress(&wat::parse_str(COUNTER)?)?,
    };
    let mut init = vec![0x7f];
    init.extend(U256::from(code.len()).to_be_bytes::<32>());
    init.extend([0x80, 0x60, 0x2b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, 0x00]);
    init.extend(&code);
    let program = devnode::DEV_ACCOUNT.create(6 + ROUNDS);
    let activation = [&[0x58, 0xc7, 0x80, 0xc2][..], program.into_word().as_slice()].concat();
    for raw in [
        sign(TxKind::Create, 0, 20_000_000, init.into())?,
        sign(ARB_WASM.into(), 10_000_000_000_000_000, 30_000_000, activation.into())?,
    ] {
        let started = Instant::now();
        let hash = rpc.client().request("eth_sendRawTransaction", (raw,)).await?;
        let receipt = rpc.get_transaction_receipt(hash).await?.ok_or("no receipt")?;
        println!(
            "deploy or activate: status {}, gas {}, {:?}",
            receipt.status(),
            receipt.gas_used,
            started.elapsed()
        );
    }
    let calls: Vec<Bytes> = (0..ROUNDS)
        .map(|i| sign(program.into(), 0, 1_000_000, U256::from(i + 1).to_be_bytes_vec().into()))
        .collect::<Result<_, _>>()?;
    let started = Instant::now();
    for raw in &calls {
        let _hash: String = rpc.client().request("eth_sendRawTransaction", (raw,)).await?;
    }
    report("Stylus transactions, one connection", started);
    let started = Instant::now();
    for _ in 0..ROUNDS {
        let _maybe_reverted = rpc.call(TransactionRequest::default().to(program)).await;
    }
    report("Stylus eth_call", started);
    let memory = std::fs::read_to_string("/proc/self/status")?;
    println!("{}", memory.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default());
    Ok(())
}

fn report(what: &str, started: Instant) {
    let per_second = ROUNDS as f64 / started.elapsed().as_secs_f64();
    println!("{what}: {per_second:.0} a second");
}

const COUNTER: &str = r#"(module
  (import "vm_hooks" "read_args" (func $read_args (param i32)))
  (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
  (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
  (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
  (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
  (memory (export "memory") 1 1)
  (func (export "user_entrypoint") (param $len i32) (result i32)
    (call $read_args (i32.const 64))
    (if (local.get $len)
      (then (call $cache (i32.const 0) (i32.const 64)) (call $flush (i32.const 0)))
      (else (call $load (i32.const 0) (i32.const 64)) (call $write_result (i32.const 64) (i32.const 32))))
    (i32.const 0)))"#;
