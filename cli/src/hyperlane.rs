//! Deploys the core of Hyperlane from the creation code that its npm package ships.
//! Spec: messaging.md §2.4, §2.6, §8.

use alloy::primitives::{Address, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolValue;
use interfaces::Domain;
use interfaces::hyperlane::{
    DomainGasConfig, GasParam, IInterchainGasPaymaster, IMailbox, IMerkleTreeHook,
    IStaticThresholdAddressSetFactory as IMultisigFactory, IStorageGasOracle, RemoteGasDataConfig,
};

use crate::artifacts::{ArtifactError, Artifacts};
use crate::chain::{Chain, ChainError, Tx};
use crate::fact::{Fact, FactError, check_all};

/// One token of the destination costs one token of the origin: the scale of exchange rates. messaging.md 2.4
pub const EXCHANGE_RATE_ONE: u128 = 10_000_000_000;

/// Why the core was not deployed.
#[derive(Debug, thiserror::Error)]
pub enum HyperlaneError {
    /// What was deployed answers otherwise than it was told to.
    #[error(transparent)]
    Fact(#[from] FactError),
    /// The transaction that creates a contract tells no address.
    #[error("the creation of {0} has no contract address in its receipt")]
    NoAddress(String),
    /// The creation code is missing.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The chain refused.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A set of validators and how many of them must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    /// In the order in which their signatures must stand.
    pub validators: Vec<Address>,
    /// More than half of them.
    pub threshold: u8,
}

/// What gas costs on a destination, for the paymaster of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteGas {
    /// The destination.
    pub domain: Domain,
    /// Destination's native token in the origin's, times [`EXCHANGE_RATE_ONE`].
    pub exchange_rate: u128,
    /// Wei of the destination for a unit of gas.
    pub gas_price: u128,
    /// Gas of a delivery beside the recipient's own.
    pub overhead: u64,
}

/// The core of Hyperlane on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// The chain's domain.
    pub domain: Domain,
    /// Sends and delivers messages.
    pub mailbox: Address,
    /// Required hook: every message becomes a leaf that validators can sign.
    pub merkle_tree_hook: Address,
    /// Default hook: takes the fee.
    pub interchain_gas_paymaster: Address,
    /// Tells the paymaster what gas costs elsewhere.
    pub gas_oracle: Address,
    /// Makes multisig modules.
    pub multisig_factory: Address,
    /// Where validators say where their checkpoints are.
    pub validator_announce: Address,
    /// Module of recipients that name none.
    pub default_ism: Address,
    /// Block of the first transaction of the deployment: where indexing starts.
    pub from_block: u64,
}

/// Deploys the core on a chain, wires it and reads it back.
///
/// The merkle tree is the *required* hook, so that no sender can leave it out: a message outside the tree can never be
/// signed. The default module starts as a NoopIsm, because the Mailbox wants one before the real one can be made, and
/// is replaced here before anybody knows the Mailbox; it must be as strong as the strongest lane, since a recipient
/// whose own module cannot be read falls back on it.
///
/// - `owner`: signs everything, and owns Mailbox, paymaster and oracle.
/// - `remote`: gas on the other chain.
/// - `default_validators`: of the other chain, its strongest lane.
/// # Source
/// messaging.md §8.3, steps 2 to 13 without proxies
pub async fn deploy_core(
    chain: &Chain,
    owner: &PrivateKeySigner,
    artifacts: &Artifacts,
    domain: Domain,
    remote: RemoteGas,
    default_validators: &ValidatorSet,
) -> Result<Core, HyperlaneError> {
    let from_block = chain.block_number().await?;
    let create =
        async |factory: &str, args: Vec<u8>| create(chain, owner, artifacts, factory, args).await;
    let mailbox = create("contracts/Mailbox", domain.0.abi_encode()).await?;
    let with_mailbox = || mailbox.abi_encode();
    let merkle_tree_hook = create("contracts/hooks/MerkleTreeHook", with_mailbox()).await?;
    let interchain_gas_paymaster =
        create("contracts/hooks/igp/InterchainGasPaymaster", Vec::new()).await?;
    let gas_oracle = create("contracts/hooks/igp/StorageGasOracle", Vec::new()).await?;
    let noop_ism = create("contracts/isms/NoopIsm", Vec::new()).await?;
    let multisig_factory = create(
        "contracts/isms/multisig/StaticMultisigIsm.sol/StaticMessageIdMultisigIsmFactory",
        Vec::new(),
    )
    .await?;
    let validator_announce =
        create("contracts/isms/multisig/ValidatorAnnounce", with_mailbox()).await?;

    let send = async |what: &str, tx: Tx| chain.send(what, owner, tx).await;
    let initialize_paymaster = IInterchainGasPaymaster::initializeCall {
        owner: owner.address(),
        beneficiary: owner.address(),
    };
    send("initialize the paymaster", Tx::call(interchain_gas_paymaster, &initialize_paymaster))
        .await?;
    let initialize_mailbox = IMailbox::initializeCall {
        owner: owner.address(),
        defaultIsm: noop_ism,
        defaultHook: interchain_gas_paymaster,
        requiredHook: merkle_tree_hook,
    };
    send("initialize the Mailbox", Tx::call(mailbox, &initialize_mailbox)).await?;
    let set_gas = set_gas_prices(&[remote]);
    send("tell the oracle the remote gas price", Tx::call(gas_oracle, &set_gas)).await?;
    let set_overhead = set_overheads(gas_oracle, &[remote]);
    send("tell the paymaster the overhead", Tx::call(interchain_gas_paymaster, &set_overhead))
        .await?;
    let default_ism = deploy_multisig(chain, owner, multisig_factory, default_validators).await?;
    let set_default = IMailbox::setDefaultIsmCall { module: default_ism };
    send("replace the Mailbox's default module", Tx::call(mailbox, &set_default)).await?;

    let core = Core {
        domain,
        mailbox,
        merkle_tree_hook,
        interchain_gas_paymaster,
        gas_oracle,
        multisig_factory,
        validator_announce,
        default_ism,
        from_block,
    };
    check_core(chain, owner.address(), &core).await?;
    Ok(core)
}

/// Makes the multisig module of a validator set; a set that has one already gets the same.
/// # Source
/// messaging.md §3.5
pub async fn deploy_multisig(
    chain: &Chain,
    payer: &PrivateKeySigner,
    factory: Address,
    set: &ValidatorSet,
) -> Result<Address, HyperlaneError> {
    let ValidatorSet { validators, threshold } = set.clone();
    let predict = IMultisigFactory::getAddressCall { values: validators.clone(), threshold };
    let address = chain.call(factory, &predict).await?;
    if chain.code(address).await?.is_empty() {
        let deploy = IMultisigFactory::deployCall { values: validators, threshold };
        chain.send("make a multisig module", payer, Tx::call(factory, &deploy)).await?;
    }
    Ok(address)
}

/// Creates a contract and returns its address.
///
/// - `args`: ABI-encoded constructor arguments.
pub async fn create(
    chain: &Chain,
    deployer: &PrivateKeySigner,
    artifacts: &Artifacts,
    factory: &str,
    args: Vec<u8>,
) -> Result<Address, HyperlaneError> {
    let name = factory.rsplit('/').next().unwrap_or(factory);
    let init_code: Bytes = [artifacts.hyperlane(factory)?, args].concat().into();
    let receipt = chain.send(&format!("deploy {name}"), deployer, Tx::create(init_code)).await?;
    receipt.contract_address.ok_or_else(|| HyperlaneError::NoAddress(name.to_owned()))
}

/// Tells an oracle what gas costs elsewhere.
pub fn set_gas_prices(remotes: &[RemoteGas]) -> IStorageGasOracle::setRemoteGasDataConfigsCall {
    let config = |remote: &RemoteGas| RemoteGasDataConfig {
        remoteDomain: remote.domain.0,
        tokenExchangeRate: remote.exchange_rate,
        gasPrice: remote.gas_price,
    };
    IStorageGasOracle::setRemoteGasDataConfigsCall { configs: remotes.iter().map(config).collect() }
}

/// Tells a paymaster which oracle knows the other chains, and the overheads there.
pub fn set_overheads(
    oracle: Address,
    remotes: &[RemoteGas],
) -> IInterchainGasPaymaster::setDestinationGasConfigsCall {
    let config = |remote: &RemoteGas| GasParam {
        remoteDomain: remote.domain.0,
        config: DomainGasConfig {
            gasOracle: oracle,
            gasOverhead: U256::from(remote.overhead).to(),
        },
    };
    IInterchainGasPaymaster::setDestinationGasConfigsCall {
        configs: remotes.iter().map(config).collect(),
    }
}

/// What a Mailbox has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxSettings {
    /// The chain's domain.
    pub domain: Domain,
    /// Module of recipients that name none.
    pub default_ism: Address,
    /// Hook of senders that name none.
    pub default_hook: Address,
    /// Hook of every message.
    pub required_hook: Address,
}

impl MailboxSettings {
    /// Everything of it, as the Mailbox must answer it.
    pub fn facts(&self, mailbox: Address) -> Vec<Fact> {
        use IMailbox as M;
        vec![
            local_domain(mailbox, self.domain),
            Fact::answer("Mailbox.defaultIsm", mailbox, &M::defaultIsmCall {}, &self.default_ism),
            Fact::answer(
                "Mailbox.defaultHook",
                mailbox,
                &M::defaultHookCall {},
                &self.default_hook,
            ),
            required_hook(mailbox, self.required_hook),
        ]
    }
}

/// Domain of a Mailbox.
pub fn local_domain(mailbox: Address, domain: Domain) -> Fact {
    Fact::answer("Mailbox.localDomain", mailbox, &IMailbox::localDomainCall {}, &domain.0)
}

/// Required hook of a Mailbox.
pub fn required_hook(mailbox: Address, hook: Address) -> Fact {
    Fact::answer("Mailbox.requiredHook", mailbox, &IMailbox::requiredHookCall {}, &hook)
}

/// An implementation's initialiser is open to anyone until it was called: read back whose it became.
async fn check_core(chain: &Chain, owner: Address, core: &Core) -> Result<(), HyperlaneError> {
    let Core { mailbox, merkle_tree_hook: tree, interchain_gas_paymaster: igp, .. } = *core;
    let settings = MailboxSettings {
        domain: core.domain,
        default_ism: core.default_ism,
        default_hook: igp,
        required_hook: tree,
    };
    let mut facts = settings.facts(mailbox);
    facts.push(Fact::owned("Mailbox", mailbox, owner));
    facts.push(Fact::owned("InterchainGasPaymaster", igp, owner));
    facts.push(Fact::answer("MerkleTreeHook.count", tree, &IMerkleTreeHook::countCall {}, &0));
    Ok(check_all(chain, &facts).await?)
}
