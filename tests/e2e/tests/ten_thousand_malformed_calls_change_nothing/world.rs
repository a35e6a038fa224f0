//! The programs, and what can be asked of the chain they are on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use alloy::primitives::{Address, Bytes, U256, address, hex};
use alloy::sol_types::SolConstructor;
use e2e::chain::Chain;
use e2e::network::{DOMAIN_B, Network, b32, deployer};
use e2e::programs;
use e2e::reads::add_reads;
use interfaces::hash;
use interfaces::intents::{IInbox, IIntentSource};
use metalayer::artifacts::{Artifacts, Program};
use metalayer::chain::Tx;
use metalayer::deployment::{self, init_code};
use metalayer::modules::Reads;
use serde_json::{Value, json};

use super::{Case, failure};
use crate::validators_are_rotated_in_our_own_module::install;

/// Code of the error of a call that reverted.
pub(super) const REVERTED: i64 = 3;

/// Signatures that the multisig module wants.
pub(super) const THRESHOLD: u8 = 2;

/// An account without code that is called instead.
const NOBODY: Address = address!("00000000000000000000000000000000000000e0");

/// ArbOS keeps its state at this address, among it what gas costs.
const ARBOS_STATE: Address = address!("a4b05fffffffffffffffffffffffffffffffffff");

/// Keeps the hashes of blocks (EIP-2935).
const BLOCK_HASHES: Address = address!("0000f90827f1c53a10cb7a02335b175320002935");

/// All programs on one chain, and the chain they are wired to.
pub(super) struct World {
    pub(super) network: Network,
    pub(super) reads: Reads,
    pub(super) multisig: Address,
    /// The halves of the Portal, each on its own.
    pub(super) inbox: Address,
    pub(super) intent_source: Address,
    /// An application.
    pub(super) recipient: Address,
    /// A vault with its proxy deployed, and the hash of its intent.
    pub(super) vault: (Address, [u8; 32]),
    trapping: Address,
}

/// How a simulated call ended.
pub(super) struct Outcome {
    pub(super) succeeded: bool,
    pub(super) data: Bytes,
    pub(super) code: i64,
    pub(super) message: String,
}

impl World {
    /// `None` on an external chain: no other node tells a trap, or has a state root of this kind.
    pub(super) async fn build() -> Option<Self> {
        let network = Network::start().await;
        let a = &network.a;
        if !a.chain.is_embedded() {
            return None;
        }
        let chain = &a.chain;
        let reads = add_reads(a).await;
        let validators: Vec<_> =
            (1..=3).map(|n| network.b.chain.account(&format!("validator {n} of ours"))).collect();
        let multisig = install(&network, &validators, THRESHOLD).await;
        let recipient = chain.mock("Recipient", &[]).await;
        let code = |name| {
            let program = Artifacts::locate().program(name).expect("the contracts are built");
            Bytes::from(init_code(&program.code))
        };
        let arguments = IInbox::constructorCall { executorInitCode: code("executor") };
        let inbox = programs::deploy(chain, "inbox", &arguments.abi_encode()).await;
        let arguments = IIntentSource::constructorCall {
            vaultInitCode: code("vault"),
            nativeErc20: Address::ZERO,
        };
        let source = programs::deploy(chain, "intent-source", &arguments.abi_encode()).await;
        let trapping = trapping(chain).await;
        let mut world = Self {
            reads,
            multisig,
            inbox: inbox.expect("an Inbox is deployed"),
            intent_source: source.expect("an IntentSource is deployed"),
            recipient,
            vault: (Address::ZERO, [0; 32]),
            trapping,
            network,
        };
        world.vault = world.deployed_vault().await;
        Some(world)
    }

    /// A vault is deployed by the first refund, here of nothing.
    async fn deployed_vault(&self) -> (Address, [u8; 32]) {
        let a = &self.network.a;
        let reward = interfaces::intents::Reward {
            deadline: 1,
            creator: self.recipient,
            prover: a.ours.prover,
            nativeAmount: U256::ZERO,
            tokens: Vec::new(),
        };
        let (destination, route) = (10, alloy::primitives::B256::repeat_byte(0x11));
        let intent = hash::intent_hash(interfaces::ChainId(destination), route, reward.hash());
        let refund = IIntentSource::refundCall { destination, routeHash: route, reward };
        a.chain.must(&a.chain.account("anybody"), a.ours.portal, &refund).await;
        let vault = programs::vault(a.ours.portal, intent);
        assert!(!a.chain.code(vault).await.is_empty(), "the vault is deployed");
        (vault, intent.0)
    }

    /// The router on the other chain, which messages come from.
    pub(super) fn remote_router(&self) -> [u8; 32] {
        b32(self.network.b.ours.router).0
    }

    /// The node says of a program that traps what it says of none of ours.
    pub(super) async fn a_trap_is_told_apart(&self) {
        let sender = deployer(&self.network.a.chain).address();
        let trap = Case {
            name: "a trap".into(),
            contract: "",
            kind: "",
            from: sender,
            to: self.trapping,
            data: vec![1, 2, 3, 4],
            value: 0,
            expected: Bytes::new(),
        };
        let failures = self.failures(sender, &[&trap]).await;
        let [told] = &failures[..] else { panic!("a trap is a failure: {failures:?}") };
        assert!(told.contains("unreachable"), "{told}");
    }

    /// Makes calls of one sender, in one block on the newest state; why they were not refused as they must be.
    pub(super) async fn failures(&self, from: Address, cases: &[&Case]) -> Vec<String> {
        let calls = cases.iter().map(|case| {
            let (to, data) = (case.to, Bytes::copy_from_slice(&case.data));
            json!({"from": from, "to": to, "data": data, "value": U256::from(case.value)})
        });
        let (root, outcomes) = self.simulate(from, calls.collect()).await;
        let nothing = vec![json!({"from": from, "to": NOBODY}); cases.len()];
        let (untouched, _) = self.simulate(from, nothing).await;
        let mut failures: Vec<_> = cases
            .iter()
            .zip(outcomes)
            .filter_map(|(case, outcome)| failure(case, &outcome))
            .collect();
        if root != untouched {
            let (first, last) = (&cases[0].name, &cases[cases.len() - 1].name);
            failures.push(format!("the state changes between `{first}` and `{last}`"));
        }
        failures
    }

    async fn simulate(&self, from: Address, calls: Vec<Value>) -> (Value, Vec<Outcome>) {
        let rich = json!({ from.to_string(): {"balance": U256::from(u128::MAX)} });
        let block = json!({"stateOverrides": rich, "calls": calls});
        let request = json!([{"blockStateCalls": [block]}]);
        let mut answer = self.network.a.chain.request("eth_simulateV1", request).await;
        let Value::Array(outcomes) = answer[0]["calls"].take() else { panic!("{answer}") };
        (answer[0]["stateRoot"].take(), outcomes.iter().map(Outcome::read).collect())
    }

    /// Lets these accounts send, contracts too, and pay for it.
    pub(super) async fn endow(&self, accounts: impl Iterator<Item = Address>) {
        let chain = &self.network.a.chain;
        for account in accounts.collect::<BTreeSet<_>>() {
            let balance = U256::from(10u128.pow(20));
            chain.request("anvil_impersonateAccount", json!([account])).await;
            chain.request("anvil_setBalance", json!([account, balance])).await;
        }
    }

    /// Sends a call as a transaction; whether it reverted.
    pub(super) async fn send(&self, case: &Case) -> bool {
        let chain = &self.network.a.chain;
        let tx = json!({
            "from": case.from,
            "to": case.to,
            "data": Bytes::copy_from_slice(&case.data),
            "value": U256::from(case.value),
            "gas": "0x1312d00",
        });
        let hash = chain.request("eth_sendTransaction", json!([tx])).await;
        let receipt = chain.request("eth_getTransactionReceipt", json!([hash])).await;
        receipt["status"] == "0x0"
    }

    /// The whole state of the chain.
    pub(super) async fn dump(&self) -> Dump {
        let chain = &self.network.a.chain;
        let dump = chain.request("anvil_dumpState", json!([])).await;
        let dump = hex::decode(dump.as_str().expect("bytes")).expect("hex");
        // A line, and a hash of what follows it.
        let line = dump.iter().position(|byte| *byte == b'\n').expect("a line");
        let mut json = Vec::new();
        let mut packed = brotli::Decompressor::new(&dump[line + 33..], 4096);
        packed.read_to_end(&mut json).expect("brotli");
        let json: Value = serde_json::from_slice(&json).expect("JSON");
        Dump::read(&json["state"])
    }

    /// Domain of the other chain.
    pub(super) fn origin(&self) -> u32 {
        DOMAIN_B.0
    }
}

impl Outcome {
    fn read(json: &Value) -> Self {
        let error = &json["error"];
        Self {
            succeeded: json["status"] == "0x1",
            data: serde_json::from_value(json["returnData"].clone()).expect("bytes"),
            code: error["code"].as_i64().unwrap_or_default(),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

/// Every account, and every slot of it, as the chain has them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dump {
    accounts: BTreeMap<Address, Value>,
    slots: BTreeMap<(Address, String), Value>,
}

impl Dump {
    fn read(state: &Value) -> Self {
        let list = |json: &Value| json.as_array().expect("a list").clone();
        // What it was at each version; the last one counts. Nothing was ever kept of some that were looked at.
        let newest = |json: &Value| Some(list(json).last()?[1].clone());
        let address = |json: &Value| serde_json::from_value(json.clone()).expect("an address");
        Self {
            accounts: list(&state["accounts"])
                .iter()
                .filter_map(|entry| Some((address(&entry[0]), newest(&entry[1])?)))
                .collect(),
            slots: list(&state["slots"])
                .iter()
                .filter_map(|entry| {
                    Some(((address(&entry[0]), entry[1].to_string()), newest(&entry[2])?))
                })
                .collect(),
        }
    }

    /// Senders have paid and counted, somebody has been paid; no code and no slot has changed but the chain's own.
    pub(super) fn check_only_fees_moved(&self, after: &Self, from: impl Iterator<Item = Address>) {
        assert!(self.accounts.len() > 40 && self.slots.len() > 100, "a whole state");
        let senders: BTreeSet<_> = from.collect();
        let places: BTreeSet<_> = self.slots.keys().chain(after.slots.keys()).collect();
        for place in places {
            let is_the_chains = [ARBOS_STATE, BLOCK_HASHES].contains(&place.0);
            let same = self.slots.get(place) == after.slots.get(place);
            assert!(same || is_the_chains, "slot {} of {} changes", place.1, place.0);
        }
        for (account, now) in &after.accounts {
            let before = self.accounts.get(account);
            if before == Some(now) {
                continue;
            }
            let before = before.unwrap_or_else(|| panic!("{account} comes to life"));
            assert!(now["code_hash"].is_string(), "as a dump names it");
            assert_eq!(before["code_hash"], now["code_hash"], "{account}");
            if !senders.contains(account) {
                assert_eq!(before["nonce"], now["nonce"], "{account}");
                assert!(FEE_COLLECTORS.contains(account), "{account} is paid");
            }
        }
    }
}

/// Who may be paid by transactions that revert: the network, which on a dev chain is the zero address, and the pool of
/// the parent chain's fees.
const FEE_COLLECTORS: [Address; 2] =
    [Address::ZERO, address!("a4b00000000000000000000000000000000000f6")];

/// A program that does nothing but `unreachable`.
async fn trapping(chain: &Chain) -> Address {
    // (module (memory (export "memory") 1 1)
    //   (func (export "user_entrypoint") (param i32) (result i32) unreachable))
    let wasm = hex!(
        "0061736d01000000" "010601" "60017f017f" "03020100" "050401010101"
        "071c02" "066d656d6f72790200" "0f757365725f656e747279706f696e740000" "0a05010300000b"
    );
    let mut code = hex!("eff00000").to_vec();
    let mut writer = brotli::CompressorWriter::new(&mut code, 4096, 11, 22);
    writer.write_all(&wasm).expect("it is in memory");
    drop(writer);
    let program = Program { name: "trapping".into(), code: code.into() };
    let created =
        chain.transact(&chain.dev(), Tx::create(init_code(&program.code)), U256::ZERO).await;
    let address = created.expect("it is created").contract.expect("a creation");
    deployment::activate(chain.link(), &chain.dev(), &program, address)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    address
}
