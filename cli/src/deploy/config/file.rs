//! The file as it is written, and its way to a configuration: everything that is wrong is collected.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use alloy::primitives::{Address, B256};
use interfaces::{ChainId, Domain};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use super::problem::{Located, MOST_PROVERS, MOST_VALIDATORS, Problem};
use super::{ChainConfig, Config, GasPrice, Hyperlane, KeySource, exchange_rate};
use crate::hyperlane::ValidatorSet;
use crate::metalayer::MIN_GAS_LIMIT;
use crate::modules::Attestors;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default = "default_salt")]
    salt: String,
    owner: Spanned<Address>,
    deployer: Spanned<DeployerTable>,
    #[serde(default)]
    prover: ProverTable,
    #[serde(default)]
    cache: CacheTable,
    reads: Option<ReadsTable>,
    #[serde(default)]
    chains: Vec<ChainTable>,
}

fn default_salt() -> String {
    "metalayer".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeployerTable {
    env: Option<String>,
    file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ProverTable {
    min_gas_limit: Option<Spanned<u64>>,
    extra_provers: Option<Spanned<Vec<ProverAddress>>>,
    extra_domains: Vec<ExtraDomain>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CacheTable {
    max_bid_wei: u128,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadsTable {
    attestors: Vec<Address>,
    threshold: Spanned<u8>,
    urls: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtraDomain {
    domain: Spanned<u32>,
    chain_id: Spanned<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainTable {
    name: Spanned<String>,
    chain_id: Spanned<u64>,
    rpc: Option<String>,
    rpc_env: Option<String>,
    domain: Spanned<u32>,
    owner: Option<Spanned<Address>>,
    #[serde(default)]
    native_erc20: Address,
    hyperlane: Hyperlane,
    gas: Spanned<GasPrice>,
    instant: LaneTable,
    finalized: LaneTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LaneTable {
    validators: Spanned<Vec<Address>>,
    threshold: Spanned<u8>,
}

/// 32 bytes, or the 20 of an EVM address.
struct ProverAddress(B256);

impl<'de> Deserialize<'de> for ProverAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let address = Address::from_str(&text).map(|address| address.into_word());
        let word = address.or_else(|_| B256::from_str(&text));
        word.map(Self)
            .map_err(|_| D::Error::custom(format!("{text:?} has neither 20 nor 32 bytes")))
    }
}

/// Collects what is wrong.
pub(super) struct Problems<'a> {
    pub(super) text: &'a str,
    pub(super) found: Vec<Located>,
}

impl Problems<'_> {
    fn add<T>(&mut self, at: &Spanned<T>, key: impl Into<String>, problem: Problem) {
        self.add_at(at.span().start, key, problem);
    }

    fn add_at(&mut self, byte: usize, key: impl Into<String>, problem: Problem) {
        let before = self.text.get(..byte).unwrap_or_default();
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        self.found.push(Located { line, key: key.into(), problem });
    }
}

impl File {
    /// The configuration; of no use when there are problems.
    pub(super) fn check(self, path: &Path, problems: &mut Problems<'_>) -> Config {
        if self.chains.len() < 2 {
            problems.add_at(0, "chains", Problem::TooFewChains);
        }
        let mut seen = Seen::default();
        for (place, chain) in self.chains.iter().enumerate() {
            let key = |name: &str| format!("chains[{place}].{name}");
            seen.name(&chain.name, key("name"), problems);
            seen.domain(&chain.domain, key("domain"), problems);
            seen.chain_id(&chain.chain_id, key("chain_id"), problems);
        }
        let mut extra_domains = Vec::new();
        for (place, extra) in self.prover.extra_domains.iter().enumerate() {
            let key = |name: &str| format!("prover.extra_domains[{place}].{name}");
            seen.domain(&extra.domain, key("domain"), problems);
            seen.chain_id(&extra.chain_id, key("chain_id"), problems);
            extra_domains
                .push((Domain(*extra.domain.get_ref()), ChainId(*extra.chain_id.get_ref())));
        }
        check_owner(&self.owner, "owner", problems);
        check_prices(&self.chains, problems);
        let owner = *self.owner.get_ref();
        let chains = self.chains.into_iter().enumerate();
        let chains = chains.map(|(place, chain)| chain.check(place, owner, problems)).collect();
        Config {
            salt: self.salt,
            deployer: deployer(self.deployer, path, problems),
            min_gas_limit: min_gas_limit(self.prover.min_gas_limit, problems),
            extra_provers: extra_provers(self.prover.extra_provers, problems),
            extra_domains,
            max_cache_bid: self.cache.max_bid_wei,
            reads: self.reads.map(|reads| reads.check(problems)),
            chains,
        }
    }
}

#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    domains: BTreeSet<u32>,
    chain_ids: BTreeSet<u64>,
}

impl Seen {
    fn name(&mut self, name: &Spanned<String>, key: String, problems: &mut Problems<'_>) {
        let text = name.get_ref();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || !text.chars().all(is_name) {
            problems.add(name, key, Problem::BadName(text.clone()));
        } else if !self.names.insert(text.to_lowercase()) {
            problems.add(name, key, Problem::DuplicateName(text.clone()));
        }
    }

    fn domain(&mut self, domain: &Spanned<u32>, key: String, problems: &mut Problems<'_>) {
        let number = *domain.get_ref();
        if number == 0 {
            problems.add(domain, key, Problem::ZeroDomain);
        } else if !self.domains.insert(number) {
            problems.add(domain, key, Problem::DuplicateDomain(number));
        }
    }

    fn chain_id(&mut self, id: &Spanned<u64>, key: String, problems: &mut Problems<'_>) {
        let number = *id.get_ref();
        if number == 0 {
            problems.add(id, key, Problem::ZeroChainId);
        } else if !self.chain_ids.insert(number) {
            problems.add(id, key, Problem::DuplicateChainId(number));
        }
    }
}

impl ChainTable {
    fn check(self, place: usize, owner: Address, problems: &mut Problems<'_>) -> ChainConfig {
        let key = |name: &str| format!("chains[{place}].{name}");
        if let Some(owner) = &self.owner {
            check_owner(owner, &key("owner"), problems);
        }
        for validator in self.finalized.validators.get_ref() {
            if self.instant.validators.get_ref().contains(validator) {
                let problem = Problem::SharedSigner(*validator);
                problems.add(&self.finalized.validators, key("finalized.validators"), problem);
            }
        }
        let rpc = match (self.rpc, self.rpc_env) {
            (Some(rpc), None) => rpc,
            (None, Some(name)) => std::env::var(&name).unwrap_or_else(|_| {
                problems.add(&self.name, key("rpc_env"), Problem::NoVariable(name));
                String::new()
            }),
            _ => {
                problems.add(&self.name, key("rpc"), Problem::RpcSource);
                String::new()
            }
        };
        ChainConfig {
            id: ChainId(*self.chain_id.get_ref()),
            rpc,
            domain: Domain(*self.domain.get_ref()),
            owner: self.owner.map_or(owner, Spanned::into_inner),
            native_erc20: self.native_erc20,
            hyperlane: self.hyperlane,
            gas: *self.gas.get_ref(),
            instant: self.instant.check(&key("instant"), problems),
            finalized: self.finalized.check(&key("finalized"), problems),
            name: self.name.into_inner(),
        }
    }
}

impl LaneTable {
    fn check(self, key: &str, problems: &mut Problems<'_>) -> ValidatorSet {
        let at = self.validators.span().start;
        let validators = self.validators.into_inner();
        check_signers(&validators, at, &format!("{key}.validators"), problems);
        check_threshold(&self.threshold, &validators, key, problems);
        ValidatorSet { validators, threshold: self.threshold.into_inner() }
    }
}

impl ReadsTable {
    fn check(self, problems: &mut Problems<'_>) -> Attestors {
        let at = self.threshold.span().start;
        check_signers(&self.attestors, at, "reads.attestors", problems);
        check_threshold(&self.threshold, &self.attestors, "reads", problems);
        if self.urls.get_ref().is_empty() {
            problems.add(&self.urls, "reads.urls", Problem::NoUrl);
        }
        Attestors {
            set: ValidatorSet {
                validators: self.attestors,
                threshold: self.threshold.into_inner(),
            },
            urls: self.urls.into_inner(),
        }
    }
}

fn check_owner(owner: &Spanned<Address>, key: &str, problems: &mut Problems<'_>) {
    if owner.get_ref().is_zero() {
        problems.add(owner, key, Problem::ZeroOwner);
    }
}

fn check_signers(signers: &[Address], at: usize, key: &str, problems: &mut Problems<'_>) {
    if signers.len() > MOST_VALIDATORS {
        problems.add_at(at, key, Problem::TooManySigners(signers.len()));
    }
    for (place, signer) in signers.iter().enumerate() {
        if signer.is_zero() {
            problems.add_at(at, key, Problem::ZeroSigner);
        } else if signers.iter().take(place).any(|other| other == signer) {
            problems.add_at(at, key, Problem::DuplicateSigner(*signer));
        }
    }
}

/// More than half, always. messaging.md 7.3
fn check_threshold(
    threshold: &Spanned<u8>,
    signers: &[Address],
    key: &str,
    problems: &mut Problems<'_>,
) {
    let (needed, count) = (usize::from(*threshold.get_ref()), signers.len());
    if needed * 2 <= count || needed > count {
        let problem = Problem::Threshold { threshold: *threshold.get_ref(), count };
        problems.add(threshold, format!("{key}.threshold"), problem);
    }
}

fn check_prices(chains: &[ChainTable], problems: &mut Problems<'_>) {
    for (place, chain) in chains.iter().enumerate() {
        let gas = chain.gas.get_ref();
        let fits = |other: &ChainTable| exchange_rate(gas, other.gas.get_ref()).is_some();
        if gas.price_wei == 0 || !chains.iter().all(fits) {
            problems.add(&chain.gas, format!("chains[{place}].gas"), Problem::Price);
        }
    }
}

fn deployer(table: Spanned<DeployerTable>, path: &Path, problems: &mut Problems<'_>) -> KeySource {
    let at = table.span().start;
    match table.into_inner() {
        DeployerTable { env: Some(name), file: None } => KeySource::Env(name),
        DeployerTable { env: None, file: Some(file) } => {
            KeySource::File(path.parent().unwrap_or(Path::new("")).join(file))
        }
        _ => {
            problems.add_at(at, "deployer", Problem::KeySource);
            KeySource::Env(String::new())
        }
    }
}

fn min_gas_limit(given: Option<Spanned<u64>>, problems: &mut Problems<'_>) -> u64 {
    let Some(given) = given else { return MIN_GAS_LIMIT };
    let limit = *given.get_ref();
    if limit < MIN_GAS_LIMIT {
        problems.add(&given, "prover.min_gas_limit", Problem::MinGasLimit(limit));
    }
    limit
}

fn extra_provers(
    provers: Option<Spanned<Vec<ProverAddress>>>,
    problems: &mut Problems<'_>,
) -> Vec<B256> {
    let Some(provers) = provers else { return Vec::new() };
    let count = provers.get_ref().len() + 1;
    if count > MOST_PROVERS {
        problems.add(&provers, "prover.extra_provers", Problem::TooManyProvers(count));
    }
    provers.into_inner().into_iter().map(|ProverAddress(prover)| prover).collect()
}
