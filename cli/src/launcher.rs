//! Puts contracts at addresses that depend on their deployer, a salt and a name alone: the same on every chain.
//! Spec: stylus-vm.md §9.7 (the CREATE2 factory), §10.4.
//!
//! A constructor's arguments differ from chain to chain, so an address that hashes the init code does too; the
//! deployer's nonces differ as soon as one transaction fails. Hence a [`Launcher`]: a small EVM contract that the
//! CREATE2 factory of every Arbitrum chain creates, and that obeys one account.
//!
//! ```text
//! deployer ── salt ‖ init code ──► launcher ── CREATE2(salt) ──► nest ── CREATE, nonce 1 ──► one-shot account
//!                                                                                            └ CREATE, nonce 1 ► contract
//! ```
//!
//! The nest is a fixed program of 21 bytes that creates what it is called with, so its address hashes the salt and
//! nothing of the contract; the one-shot account ([`crate::deployment`]) creates, activates and constructs the
//! contract. All of it is one transaction.
//!
//! # Why nobody can come in between
//! - **Taking the launcher's address**: it hashes the launcher's code, in which the deployer stands. Whoever creates it
//!   first has created exactly it.
//! - **Taking a contract's address**: the launcher refuses every caller but the deployer, and it alone can create at
//!   the addresses of the nests. A nest creates for anyone, but its first creation happens in the transaction that
//!   makes it, and later ones have other addresses.
//! - **Constructing first**: there is no moment between creation and constructor.
//! - **Being `tx.origin`**, which the prover takes for its deployer: the launcher's caller is the deployer, and an
//!   account without code calls in its own transactions only. (One that delegates to code, EIP-7702, is refused.)
//! - **Deploying twice**: a nest's address is taken after the first time, so the same transaction sent again reverts.
//!
//! What equal addresses do *not* say: that the code behind them is equal. The deployer chooses what it launches on each
//! chain, also on chains that do not exist yet. Routers that are not enrolled, and domains that are not configured,
//! are not believed, wherever they are; compare the code hashes in the deployment files all the same.

use alloy::primitives::{Address, B256, Bytes, address, keccak256};
use alloy::sol_types::SolEvent;

use crate::chain::Tx;
use crate::deployment::init_code;

alloy::sol! {
    /// What the launcher tells.
    #[derive(Debug)]
    interface ILauncher {
        /// Something was launched under this salt.
        event Launched(bytes32 indexed salt);
    }
}

/// The factory that creates what it is called with, at an address of salt and init code. stylus-vm.md 9.7
pub const CREATE2_FACTORY: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");

/// Length of a nest's code.
const NEST_LEN: usize = 0x15;
/// Length of the code that creates a nest.
const NEST_INIT_LEN: usize = NEST_LEN + 8;
/// Length of a launcher's code.
const LAUNCHER_LEN: usize = 0x8f;

/// The launcher of one deployer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launcher {
    deployer: Address,
    salt: B256,
}

impl Launcher {
    /// - `deployer`: the only account it obeys.
    /// - `salt`: tells deployments of this deployer apart.
    pub fn new(deployer: Address, salt: &str) -> Self {
        Self { deployer, salt: keccak256(salt) }
    }

    /// Where it is, on every chain with the factory.
    pub fn address(&self) -> Address {
        CREATE2_FACTORY.create2(B256::ZERO, keccak256(self.init_code()))
    }

    /// What its account holds.
    pub fn code(&self) -> Bytes {
        launcher(self.deployer).into()
    }

    /// The transaction that creates it; anyone may send it.
    pub fn create(&self) -> Tx {
        let call = [B256::ZERO.as_slice(), &self.init_code()].concat();
        Tx::raw(CREATE2_FACTORY, call).creates(self.address())
    }

    /// Where a contract of this name is.
    pub fn contract(&self, name: &str) -> Address {
        let nest = self.address().create2(self.salt_of(name), keccak256(nest_init()));
        // An account's own nonce starts at 1, so its first creation has nonce 1. EIP-161
        nest.create(1).create(1)
    }

    /// The transaction that puts a contract of this name at [`Self::contract`].
    ///
    /// - `one_shot`: [`one_shot_init_code`](crate::deployment::one_shot_init_code) of a program, or
    ///   [`evm_one_shot_init_code`](crate::deployment::evm_one_shot_init_code).
    pub fn launch(&self, name: &str, one_shot: &[u8]) -> Tx {
        let call = [self.salt_of(name).as_slice(), one_shot].concat();
        Tx::raw(self.address(), call).creates(self.contract(name))
    }

    /// Salt of a name, as the event of its launch tells it.
    pub fn salt_of(&self, name: &str) -> B256 {
        keccak256([self.salt, keccak256(name)].concat())
    }

    fn init_code(&self) -> Vec<u8> {
        init_code(&launcher(self.deployer))
    }
}

/// Creates what it is called with, with the value it is called with; passes a failure's data on.
#[rustfmt::skip]
const NEST: [u8; NEST_LEN] = [
    /* 00 */ 0x36,       // CALLDATASIZE    n
    /* 01 */ 0x5f,       // PUSH0           n 0
    /* 02 */ 0x5f,       // PUSH0           n 0 0
    /* 03 */ 0x37,       // CALLDATACOPY    -         memory = init code
    /* 04 */ 0x36,       // CALLDATASIZE    n
    /* 05 */ 0x5f,       // PUSH0           n 0
    /* 06 */ 0x34,       // CALLVALUE       n 0 value
    /* 07 */ 0xf0,       // CREATE          created
    /* 08 */ 0x15,       // ISZERO          failed
    /* 09 */ 0x60, 0x0d, // PUSH1 fail      failed fail
    /* 0b */ 0x57,       // JUMPI           -
    /* 0c */ 0x00,       // STOP
    /* 0d */ 0x5b,       // JUMPDEST                  fail
    /* 0e */ 0x3d,       // RETURNDATASIZE  n
    /* 0f */ 0x5f,       // PUSH0           n 0
    /* 10 */ 0x5f,       // PUSH0           n 0 0
    /* 11 */ 0x3e,       // RETURNDATACOPY  -
    /* 12 */ 0x3d,       // RETURNDATASIZE  n
    /* 13 */ 0x5f,       // PUSH0           n 0
    /* 14 */ 0xfd,       // REVERT
];

/// Leaves a nest in the account: pushes its code as one word and returns the end of it.
const fn nest_init() -> [u8; NEST_INIT_LEN] {
    let mut code = [0; NEST_INIT_LEN];
    code[0] = 0x5f + NEST_LEN as u8; //                   PUSH21 nest         nest
    put(&mut code, 1, &NEST);
    let at = 1 + NEST_LEN;
    code[at] = 0x5f; //                                   PUSH0               nest 0
    code[at + 1] = 0x52; //                               MSTORE              -
    code[at + 2] = 0x60; //                               PUSH1 len           len
    code[at + 3] = NEST_LEN as u8;
    code[at + 4] = 0x60; //                               PUSH1 at            len at
    code[at + 5] = 32 - NEST_LEN as u8;
    code[at + 6] = 0xf3; //                               RETURN
    code
}

/// Labels of the launcher's code.
const OURS: u8 = 0x1d;
const FAIL: u8 = 0x87;

/// The code of a launcher: obeys `deployer`, called with a salt and init code.
///
/// The stack stands behind each opcode, its top to the right.
#[rustfmt::skip]
const fn launcher(deployer: Address) -> [u8; LAUNCHER_LEN] {
    let mut code = [0; LAUNCHER_LEN];
    // nobody but the deployer
    put(&mut code, 0x00, &[
        /* 00 */ 0x33,                  // CALLER            caller
        /* 01 */ 0x73,                  // PUSH20 deployer   caller deployer
    ]);
    put(&mut code, 0x02, &deployer.0.0);
    put(&mut code, 0x16, &[
        /* 16 */ 0x14,                  // EQ                same
        /* 17 */ 0x60, OURS,            // PUSH1 ours        same ours
        /* 19 */ 0x57,                  // JUMPI             -
        /* 1a */ 0x5f, 0x5f, 0xfd,      // PUSH0 PUSH0 REVERT

        // make the nest: its init code is the end of memory[0..32]
        /* 1d */ 0x5b,                  // JUMPDEST          -                ours
        /* 1e */ 0x5f + NEST_INIT_LEN as u8, // PUSH29       init
    ]);
    put(&mut code, 0x1f, &nest_init());
    put(&mut code, 0x3c, &[
        /* 3c */ 0x5f,                  // PUSH0             init 0
        /* 3d */ 0x52,                  // MSTORE            -
        /* 3e */ 0x5f,                  // PUSH0             0
        /* 3f */ 0x35,                  // CALLDATALOAD      salt
        /* 40 */ 0x60, NEST_INIT_LEN as u8, // PUSH1 len     salt len
        /* 42 */ 0x60, 32 - NEST_INIT_LEN as u8, // PUSH1 at salt len at
        /* 44 */ 0x5f,                  // PUSH0             salt len at 0    no value
        /* 45 */ 0xf5,                  // CREATE2           nest
        /* 46 */ 0x80,                  // DUP1              nest nest
        /* 47 */ 0x15,                  // ISZERO            nest taken
        /* 48 */ 0x60, FAIL,            // PUSH1 fail        nest taken fail
        /* 4a */ 0x57,                  // JUMPI             nest

        // call it with what stands behind the salt, with all the value
        /* 4b */ 0x60, 0x20,            // PUSH1 32          nest 32
        /* 4d */ 0x36,                  // CALLDATASIZE      nest 32 size
        /* 4e */ 0x03,                  // SUB               nest n
        /* 4f */ 0x80,                  // DUP1              nest n n
        /* 50 */ 0x60, 0x20,            // PUSH1 32          nest n n 32
        /* 52 */ 0x5f,                  // PUSH0             nest n n 32 0
        /* 53 */ 0x37,                  // CALLDATACOPY      nest n
        /* 54 */ 0x5f,                  // PUSH0             nest n 0         no output wanted
        /* 55 */ 0x5f,                  // PUSH0             nest n 0 0
        /* 56 */ 0x82,                  // DUP3              nest n 0 0 n
        /* 57 */ 0x5f,                  // PUSH0             nest n 0 0 n 0
        /* 58 */ 0x34,                  // CALLVALUE         nest n 0 0 n 0 value
        /* 59 */ 0x86,                  // DUP7              nest n 0 0 n 0 value nest
        /* 5a */ 0x5a,                  // GAS               nest n 0 0 n 0 value nest gas
        /* 5b */ 0xf1,                  // CALL              nest n ok
        /* 5c */ 0x15,                  // ISZERO            nest n failed
        /* 5d */ 0x60, FAIL,            // PUSH1 fail        nest n failed fail
        /* 5f */ 0x57,                  // JUMPI             nest n

        // tell: Launched(salt)
        /* 60 */ 0x5f,                  // PUSH0             nest n 0
        /* 61 */ 0x35,                  // CALLDATALOAD      nest n salt
        /* 62 */ 0x7f,                  // PUSH32 topic      nest n salt topic
    ]);
    put(&mut code, 0x63, &ILauncher::Launched::SIGNATURE_HASH.0);
    put(&mut code, 0x83, &[
        /* 83 */ 0x5f,                  // PUSH0             nest n salt topic 0
        /* 84 */ 0x5f,                  // PUSH0             nest n salt topic 0 0
        /* 85 */ 0xa2,                  // LOG2              nest n
        /* 86 */ 0x00,                  // STOP

        // revert with what the last call returned
        /* 87 */ 0x5b,                  // JUMPDEST                           fail
        /* 88 */ 0x3d,                  // RETURNDATASIZE    n
        /* 89 */ 0x5f,                  // PUSH0             n 0
        /* 8a */ 0x5f,                  // PUSH0             n 0 0
        /* 8b */ 0x3e,                  // RETURNDATACOPY    -
        /* 8c */ 0x3d,                  // RETURNDATASIZE    n
        /* 8d */ 0x5f,                  // PUSH0             n 0
        /* 8e */ 0xfd,                  // REVERT
    ]);
    code
}

const fn put(code: &mut [u8], at: usize, piece: &[u8]) {
    let (_, behind) = code.split_at_mut(at);
    let (here, _) = behind.split_at_mut(piece.len());
    here.copy_from_slice(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_jump_of_launcher_and_nest_leads_to_a_jumpdest() {
        let code = launcher(Address::repeat_byte(0x11));
        for (push, label) in [(0x17, OURS), (0x48, FAIL), (0x5d, FAIL)] {
            assert_eq!((code[push], code[push + 1], code[push + 2]), (0x60, label, 0x57));
            assert_eq!(code[usize::from(label)], 0x5b, "no JUMPDEST at {label:#x}");
        }
        assert_eq!((NEST[0x09], NEST[0x0b], NEST[usize::from(NEST[0x0a])]), (0x60, 0x57, 0x5b));
    }

    #[test]
    fn addresses_depend_on_deployer_salt_and_name() {
        let launcher = |deployer, salt| Launcher::new(Address::repeat_byte(deployer), salt);
        let (one, other) = (launcher(1, "a"), launcher(2, "a"));
        assert_ne!(one.address(), other.address());
        assert_eq!(one.address(), launcher(1, "b").address());
        let contracts = [
            one.contract("x"),
            one.contract("y"),
            launcher(1, "b").contract("x"),
            other.contract("x"),
        ];
        for (place, contract) in contracts.iter().enumerate() {
            assert!(!contracts[..place].contains(contract));
        }
    }
}
