//! What both nodes can do: transfers, an ERC-20, reads, estimates.

use std::time::Instant;

use alloy::primitives::{Address, TxKind, U256, address};
use alloy::sol_types::{SolCall, SolConstructor};
use serde_json::{Value, json};

use super::client::{Client, batch, request};
use super::process::Process;
use super::wallet::Wallet;
use super::{BenchError, Row, median};
use crate::artifacts::Artifacts;
use crate::nodes::role;

alloy::sol! {
    /// ERC20PresetMinterPauser of OpenZeppelin 4.9, as far as it is measured.
    interface IToken {
        constructor(string name, string symbol);
        function mint(address to, uint256 amount) external;
        function balanceOf(address account) external view returns (uint256 balance);
        function transfer(address to, uint256 amount) external returns (bool ok);
    }
}

/// Connections that ask at once.
const CONNECTIONS: usize = 8;
/// Requests in a batch.
const BATCH: usize = 100;
/// Who receives everything.
const RECEIVER: Address = address!("00000000000000000000000000000000000bEEF1");
/// Gas limit of an ERC-20 transfer, with room.
const TOKEN_GAS: u64 = 100_000;
/// Blocks whose logs are asked for: as many transfers of the token.
const LOG_BLOCKS: u64 = 100;

/// A node, and what was put on it.
struct Side<'a> {
    process: &'a Process,
    client: Client,
    wallet: Wallet,
    crowd: Vec<Wallet>,
    token: Address,
}

impl<'a> Side<'a> {
    fn new(process: &'a Process, artifacts: &Artifacts) -> Result<Self, BenchError> {
        let mut client = process.client()?;
        let mut wallet = Wallet::fund(&mut client, role("bench"))?;
        let crowd = (0..CONNECTIONS)
            .map(|place| Wallet::fund(&mut client, role(&format!("bench {place}"))))
            .collect::<Result<_, _>>()?;
        let args = IToken::constructorCall { name: "Bench".into(), symbol: "B".into() };
        let code = artifacts.openzeppelin("ERC20PresetMinterPauser")?;
        let token = wallet.address().create(wallet.nonce);
        let create = [code, args.abi_encode()].concat();
        wallet.transact(&mut client, TxKind::Create, 0, 8_000_000, create)?;
        let mint = IToken::mintCall { to: wallet.address(), amount: U256::from(u128::MAX) };
        wallet.transact(&mut client, token.into(), 0, 200_000, mint.abi_encode())?;
        // The receiver's first token costs more than all that follow.
        let first = IToken::transferCall { to: RECEIVER, amount: U256::from(1) };
        wallet.transact(&mut client, token.into(), 0, TOKEN_GAS, first.abi_encode())?;
        Ok(Self { process, client, wallet, crowd, token })
    }

    fn transfers(wallet: &mut Wallet, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| wallet.sign(RECEIVER.into(), 1, 21_000, Vec::new())).collect()
    }

    fn one_after_the_other(&mut self, requests: &[Vec<u8>]) -> Result<(), BenchError> {
        requests.iter().try_for_each(|request| self.client.post(request).map(drop))
    }

    /// Time and processor time of something.
    fn timed(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), BenchError>,
    ) -> Result<Taken, BenchError> {
        let cpu = self.process.cpu_seconds();
        let started = Instant::now();
        work(self)?;
        let seconds = started.elapsed().as_secs_f64();
        let cpu = self.process.cpu_seconds().zip(cpu).map(|(after, before)| after - before);
        Ok(Taken { seconds, cpu })
    }

    fn run(&mut self, kind: Kind, count: usize) -> Result<Taken, BenchError> {
        let transfer = IToken::transferCall { to: RECEIVER, amount: U256::from(1) }.abi_encode();
        let repeated = |method: &str, params: Value| vec![request(method, &params); count];
        match kind {
            Kind::Transfers => {
                let signed = Self::transfers(&mut self.wallet, count);
                self.timed(|side| {
                    side.one_after_the_other(&signed)?;
                    side.wallet.settle(&mut side.client)
                })
            }
            Kind::BatchedTransfers => {
                let signed = Self::transfers(&mut self.wallet, count);
                let batches: Vec<_> = signed.chunks(BATCH).map(batch).collect();
                self.timed(|side| {
                    side.one_after_the_other(&batches)?;
                    side.wallet.settle(&mut side.client)
                })
            }
            Kind::ConcurrentTransfers => {
                let each = count.div_ceil(CONNECTIONS);
                let signed: Vec<_> =
                    self.crowd.iter_mut().map(|wallet| Self::transfers(wallet, each)).collect();
                self.timed(|side| side.at_once(&signed))
            }
            Kind::TokenTransfers => {
                let token = self.token.into();
                let signed: Vec<_> = (0..count)
                    .map(|_| self.wallet.sign(token, 0, TOKEN_GAS, transfer.clone()))
                    .collect();
                self.timed(|side| {
                    side.one_after_the_other(&signed)?;
                    side.wallet.settle(&mut side.client)
                })
            }
            Kind::Balance => {
                let requests = repeated("eth_getBalance", json!([RECEIVER, "latest"]));
                self.timed(|side| side.one_after_the_other(&requests))
            }
            Kind::BatchedBalance => {
                let requests = repeated("eth_getBalance", json!([RECEIVER, "latest"]));
                let batches: Vec<_> = requests.chunks(BATCH).map(batch).collect();
                self.timed(|side| side.one_after_the_other(&batches))
            }
            Kind::Call => {
                let data = IToken::balanceOfCall { account: RECEIVER }.abi_encode();
                let call = json!([{"to": self.token, "data": alloy::hex::encode_prefixed(data)}, "latest"]);
                let requests = repeated("eth_call", call);
                self.timed(|side| side.one_after_the_other(&requests))
            }
            Kind::Estimate => {
                let call = json!([{
                    "from": self.wallet.address(),
                    "to": self.token,
                    "data": alloy::hex::encode_prefixed(&transfer),
                }]);
                let requests = repeated("eth_estimateGas", call);
                self.timed(|side| side.one_after_the_other(&requests))
            }
            Kind::Logs => {
                let newest = self.client.ask_number("eth_blockNumber", json!([]))?;
                let from = format!("{:#x}", newest.saturating_sub(LOG_BLOCKS));
                let filter =
                    json!([{"address": self.token, "fromBlock": from, "toBlock": "latest"}]);
                // A hundred logs each: as many requests as the others would take too long.
                let requests = vec![request("eth_getLogs", &filter); count.div_ceil(10)];
                self.timed(|side| side.one_after_the_other(&requests))
            }
        }
    }

    /// Every account over a connection of its own, all at once.
    fn at_once(&mut self, signed: &[Vec<Vec<u8>>]) -> Result<(), BenchError> {
        let process = self.process;
        std::thread::scope(|scope| {
            let senders: Vec<_> = signed
                .iter()
                .zip(&self.crowd)
                .map(|(requests, wallet)| {
                    scope.spawn(move || {
                        let mut client = process.client()?;
                        for request in requests {
                            client.post(request)?;
                        }
                        wallet.settle(&mut client)
                    })
                })
                .collect();
            senders.into_iter().try_for_each(|sender| match sender.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })
    }
}

/// What a round took a node.
struct Taken {
    seconds: f64,
    cpu: Option<f64>,
}

#[derive(Clone, Copy)]
enum Kind {
    Transfers,
    BatchedTransfers,
    ConcurrentTransfers,
    // Before the reads of logs, which look for them in the newest blocks.
    TokenTransfers,
    Logs,
    Balance,
    BatchedBalance,
    Call,
    Estimate,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Transfers,
        Self::BatchedTransfers,
        Self::ConcurrentTransfers,
        Self::TokenTransfers,
        Self::Logs,
        Self::Balance,
        Self::BatchedBalance,
        Self::Call,
        Self::Estimate,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Transfers => "native transfers, one connection",
            Self::BatchedTransfers => "native transfers, batches of 100",
            Self::ConcurrentTransfers => "native transfers, 8 connections",
            Self::TokenTransfers => "ERC-20 transfers, one connection",
            Self::Logs => "eth_getLogs, 100 blocks of ERC-20 transfers",
            Self::Balance => "eth_getBalance, one connection",
            Self::BatchedBalance => "eth_getBalance, batches of 100",
            Self::Call => "eth_call, ERC-20 balanceOf",
            Self::Estimate => "eth_estimateGas, ERC-20 transfer",
        }
    }

    /// Requests that a run makes of `count`.
    fn requests(self, count: usize) -> usize {
        match self {
            Self::Logs => count.div_ceil(10),
            Self::ConcurrentTransfers => count.div_ceil(CONNECTIONS) * CONNECTIONS,
            _ => count,
        }
    }
}

/// Runs every kind on both nodes, in turn.
pub(super) fn measure(
    ours: &Process,
    anvil: Option<&Process>,
    artifacts: &Artifacts,
    rounds: usize,
    count: usize,
) -> Result<Vec<Row>, BenchError> {
    let mut ours = Side::new(ours, artifacts)?;
    let mut anvil = anvil.map(|process| Side::new(process, artifacts)).transpose()?;
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let (mut of_ours, mut of_anvil) = (Vec::new(), Vec::new());
        // The first round fills caches and is not counted.
        for round in 0..=rounds {
            let mut first = Some(&mut ours);
            // Who went second goes first.
            if round % 2 == 0 {
                of_ours.extend(first.take().map(|side| side.run(kind, count)).transpose()?);
            }
            if let Some(side) = &mut anvil {
                of_anvil.push(side.run(kind, count)?);
            }
            of_ours.extend(first.map(|side| side.run(kind, count)).transpose()?);
        }
        let requests = kind.requests(count) as f64;
        let (of_ours, of_anvil) = (&of_ours[1..], of_anvil.get(1..).unwrap_or_default());
        let rate = |taken: &[Taken]| median(taken.iter().map(|t| requests / t.seconds).collect());
        let cpu = |taken: &[Taken]| {
            let all: Option<Vec<_>> =
                taken.iter().map(|taken| taken.cpu.map(|cpu| cpu / requests * 1e6)).collect();
            all.filter(|all| !all.is_empty()).map(median)
        };
        let ratios: Vec<_> = of_ours
            .iter()
            .zip(of_anvil)
            .map(|(ours, anvil)| anvil.seconds / ours.seconds)
            .collect();
        let ratio = (!ratios.is_empty()).then(|| {
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let most = ratios.iter().copied().fold(0.0, f64::max);
            [median(ratios.clone()), least, most]
        });
        rows.push(Row {
            what: kind.name(),
            ours: rate(of_ours),
            anvil: anvil.as_ref().map(|_| rate(of_anvil)),
            ratio,
            ours_cpu_us: cpu(of_ours),
            anvil_cpu_us: cpu(of_anvil),
        });
    }
    Ok(rows)
}
