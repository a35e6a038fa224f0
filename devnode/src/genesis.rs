//! The state a chain starts from: what the official dev node has after its set-up script.
//! Spec: stylus-vm.md §9.1, §9.7.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, address, b256, bytes};
use revm::bytecode::Bytecode;

use crate::Config;
use crate::arbos::{self, ARBOS_STATE, Map};
use crate::precompiles;
use crate::state::{Account, State, bytecode};

/// The dev account, owner of the chain.
pub const DEV_ACCOUNT: Address = address!("3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E");
/// Its key, which everybody knows: for tests only.
pub const DEV_PRIVATE_KEY: B256 =
    b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659");
/// Where the CREATE2 factory is.
pub const CREATE2_FACTORY: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
/// Where the cache manager is.
pub const CACHE_MANAGER: Address = address!("A6E41fFD769491a42A6e5Ce453259b93983a22EF");
/// Where `cargo stylus deploy` expects the deployer.
pub const STYLUS_DEPLOYER: Address = address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990");

/// Who signed the CREATE2 factory's creation.
const CREATE2_FACTORY_DEPLOYER: Address = address!("3fab184622dc19b6109349b94811493bf2a45362");
/// Transactions that the dev account has sent when the script is done.
const DEV_ACCOUNT_NONCE: u64 = 6;
/// 1,000 ether.
pub const DEV_BALANCE: U256 = U256::from_limbs([0x35c9_adc5_dea0_0000, 0x36, 0, 0]);

/// The deterministic deployment proxy: CREATE2 of the calldata after the first word, which is the salt.
const CREATE2_FACTORY_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// The contract of EIP-2935, which remembers block hashes.
pub(crate) const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// First ArbOS version that has it.
pub(crate) const HISTORY_SINCE: u64 = 40;

/// Our own code at EIP-2935's interface, counting this chain's blocks as `ArbSys.arbBlockNumber` does, with a ring of
/// 393,168 slots (stylus-vm.md 9.2).
///
/// ```text
/// number := staticcall(0x64, a3b1b31d)                  // reverts if that fails
/// if caller = 0xff…fe { sstore((number - 1) % 393168, calldataload(0)); stop }
/// n := calldataload(0)
/// if calldatasize = 32 and n < number and number - n <= 393168 { return sload(n % 393168) }
/// revert
/// ```
const HISTORY_CODE: Bytes = bytes!(
    "3373fffffffffffffffffffffffffffffffffffffffe14605a57602036036082"
    "5763a3b1b31d5f5260205f6004601c60645afa156082575f515f358181101560"
    "82578091036205ffd0106082576205ffd09006545f5260205ff35b63a3b1b31d"
    "5f5260205f6004601c60645afa156082575f515f3590600190036205ffd09006"
    "55005b5f5ffd"
);

/// An account that ArbOS itself puts there.
pub(crate) struct SystemAccount {
    /// Code.
    pub(crate) code: Bytes,
    /// Nonce.
    pub(crate) nonce: u64,
}

/// The accounts that an ArbOS version has by itself (stylus-vm.md 8.1, 9.2).
pub(crate) fn system_accounts(
    arbos_version: u64,
) -> impl Iterator<Item = (Address, SystemAccount)> {
    let history = (arbos_version >= HISTORY_SINCE)
        .then_some((HISTORY, SystemAccount { code: HISTORY_CODE, nonce: 1 }));
    precompiles::addresses(arbos_version, false)
        .map(|address| {
            let code = Bytes::from_static(&precompiles::PRECOMPILE_CODE);
            (address, SystemAccount { code, nonce: 0 })
        })
        .chain(history)
}

/// A funded account whose key everybody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DevAccount {
    /// Address.
    pub address: Address,
    /// Private key.
    pub private_key: B256,
}

/// Funded accounts besides the dev account: the first ones of the mnemonic that every Ethereum dev chain uses
/// (`test test test test test test test test test test test junk`).
pub const DEV_ACCOUNTS: [DevAccount; 10] = [
    DevAccount {
        address: address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
        private_key: b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    },
    DevAccount {
        address: address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        private_key: b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    },
    DevAccount {
        address: address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
        private_key: b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    },
    DevAccount {
        address: address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
        private_key: b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    },
    DevAccount {
        address: address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
        private_key: b256!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    },
    DevAccount {
        address: address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
        private_key: b256!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    },
    DevAccount {
        address: address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
        private_key: b256!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    },
    DevAccount {
        address: address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
        private_key: b256!("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    },
    DevAccount {
        address: address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
        private_key: b256!("dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    },
    DevAccount {
        address: address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
        private_key: b256!("2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"),
    },
];

/// Runtime code of our StylusDeployer, from `genesis/StylusDeployer.sol`.
const STYLUS_DEPLOYER_CODE: &str = include_str!("../genesis/StylusDeployer.hex");
/// Runtime code of our cache manager, from `genesis/CacheManager.sol`.
const CACHE_MANAGER_CODE: &str = include_str!("../genesis/CacheManager.hex");
/// Bytes of machine code that the cache manager sells places for: 512 MiB, about a thousand programs.
const CACHE_SIZE: U256 = U256::from_limbs([512 << 20, 0, 0, 0]);

/// Accounts of `alloc` that a genesis must not touch: ArbOS's own.
pub(crate) fn reserved(config: &Config) -> Option<Address> {
    let is_reserved = |address: &Address| {
        *address == ARBOS_STATE || precompiles::exists(*address, config.arbos_version, true)
    };
    config.alloc.iter().map(|account| account.address).find(is_reserved)
}

/// Writes the genesis state.
pub(crate) fn write(state: &mut State, config: &Config) {
    for (address, balance) in &config.balances {
        state.edit(*address, |account| account.balance = *balance);
    }
    for dev in &config.accounts {
        state.edit(dev.address, |account| account.balance = config.balance);
    }
    state.edit(DEV_ACCOUNT, |account| {
        account.balance = config.balance;
        account.nonce = DEV_ACCOUNT_NONCE;
    });
    state.edit(CREATE2_FACTORY_DEPLOYER, |account| account.nonce = 1);
    put_code(state, CREATE2_FACTORY, CREATE2_FACTORY_CODE);
    put_code(state, STYLUS_DEPLOYER, from_hex(STYLUS_DEPLOYER_CODE));
    put_code(state, CACHE_MANAGER, from_hex(CACHE_MANAGER_CODE));
    // Its settings share one word, the size in the lowest bytes; nothing decays, nothing is paused.
    state.edit_slot(CACHE_MANAGER, U256::ZERO, CACHE_SIZE);
    for (address, account) in system_accounts(config.arbos_version) {
        let code_hash = state.add_code(Bytecode::new_legacy(account.code));
        state.edit(address, |stored| {
            stored.code_hash = code_hash;
            stored.nonce = account.nonce;
        });
    }
    for given in &config.alloc {
        let code_hash = match given.code.is_empty() {
            true => KECCAK256_EMPTY,
            false => state.add_code(bytecode(given.code.clone())),
        };
        state.edit(given.address, |account| {
            *account = Account { balance: given.balance, nonce: given.nonce, code_hash };
        });
        for (slot, value) in &given.storage {
            state.edit_slot(given.address, *slot, *value);
        }
    }
    // A nonce keeps the account from counting as empty.
    state.edit(ARBOS_STATE, |account| account.nonce = 1);
    let mut words = arbos::genesis_words(config.arbos_version, DEV_ACCOUNT);
    words.extend(arbos::set_slots(Map::CacheManagers, &[CACHE_MANAGER]));
    for (slot, value) in words {
        state.edit_slot(ARBOS_STATE, slot, value);
    }
}

fn put_code(state: &mut State, address: Address, code: Bytes) {
    let hash = state.add_code(Bytecode::new_legacy(code));
    state.edit(address, |account| {
        account.code_hash = hash;
        account.nonce = account.nonce.max(1);
    });
}

/// Bytes of a committed hex file; empty if it is damaged, which a test below would notice.
fn from_hex(text: &str) -> Bytes {
    alloy_primitives::hex::decode(text.trim()).map(Bytes::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_codes_are_whole() {
        assert!(!from_hex(STYLUS_DEPLOYER_CODE).is_empty());
        assert!(!from_hex(CACHE_MANAGER_CODE).is_empty());
        assert_eq!(CREATE2_FACTORY_CODE.len(), 69);
    }

    #[test]
    fn the_dev_account_starts_with_a_thousand_ether() {
        assert_eq!(DEV_BALANCE, U256::from(1_000) * U256::from(10).pow(U256::from(18)));
    }
}
