//! Deploys Stylus programs: create, activate and construct in one transaction that nobody can come between.
//! Spec: stylus-vm.md §2, §8.8, §10.4.
//!
//! A Stylus program that was created and not yet constructed belongs to whoever calls its constructor first. So the
//! three steps are one creation transaction: its init code, [`one_shot_init_code`], creates the program, activates
//! it and constructs it, or reverts all of it. The program's address is the first child of the account the
//! transaction creates, [`program_address`]: it depends on the deployer and its nonce alone, so it is known before,
//! equal on every chain where the deployer is at the same nonce, and can be given to contracts deployed earlier.

use alloy::primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;

use crate::artifacts::Program;
use crate::chain::{Chain, ChainError, Tx};

alloy::sol! {
    /// The precompile that manages Stylus programs, as far as deploying needs it.
    /// # Source
    /// stylus-vm.md §8.8, §2.9
    #[derive(Debug)]
    interface IArbWasm {
        error ProgramNotWasm();
        error ProgramNotActivated();
        error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);

        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        function programVersion(address program) external view returns (uint16 version);
    }
}

alloy::sol! {
    /// The precompile that keeps programs ready.
    /// # Source
    /// stylus-vm.md §5.3, §8.9
    #[derive(Debug)]
    interface IArbWasmCache {
        function isCacheManager(address manager) external view returns (bool isManager);
        function allCacheManagers() external view returns (address[] managers);
        function codehashIsCached(bytes32 codehash) external view returns (bool isCached);
        function cacheProgram(address program) external;
    }
}

/// Address of ArbWasm.
pub const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");

/// Address of ArbWasmCache.
pub const ARB_WASM_CACHE: Address = address!("0x0000000000000000000000000000000000000072");

/// Selector of every Stylus constructor. stylus-vm.md 10.3
pub const CONSTRUCTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];

/// Most bytes of code an account may hold. stylus-vm.md 1.2
pub const CODE_LIMIT: usize = 24_576;

/// Most bytes of init code a creation may bring. stylus-vm.md 1.2
pub const INIT_CODE_LIMIT: usize = 2 * CODE_LIMIT;

/// Wei brought for the data fee of one activation, about 0.0001 ETH on a fresh chain (stylus-vm.md 2.5) and more
/// after others; what is not used comes back in the same transaction.
pub const ACTIVATION_VALUE: u64 = 10_000_000_000_000_000;

/// Why a program was not deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// The code is longer than an account may hold.
    #[error("{name}: {size} bytes of code, an account holds at most {CODE_LIMIT}")]
    CodeTooLarge {
        /// Which program.
        name: String,
        /// Its size.
        size: usize,
    },
    /// The code with its constructor's arguments is longer than a transaction may bring.
    #[error("{name}: {size} bytes of init code, a transaction brings at most {INIT_CODE_LIMIT}")]
    InitCodeTooLarge {
        /// Which program.
        name: String,
        /// Size of the whole init code.
        size: usize,
    },
    /// The account at the predicted address does not hold the program.
    #[error("{name}: {address} on {chain} does not hold the program that was deployed there")]
    OtherCode {
        /// Which program.
        name: String,
        /// Name of the chain.
        chain: String,
        /// Where it should be.
        address: Address,
    },
    /// The chain refused.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Init code that leaves `code` in the account: 43 bytes, then the code.
/// # Source
/// stylus-vm.md §10.4
pub fn init_code(code: &[u8]) -> Vec<u8> {
    let mut init_code = Vec::with_capacity(43 + code.len());
    init_code.push(0x7f); //                                        PUSH32 length
    init_code.extend(U256::from(code.len()).to_be_bytes::<32>());
    init_code.extend([
        0x80, //       DUP1           length length
        0x60, 0x2b, // PUSH1 43       length length 43
        0x60, 0x00, // PUSH1 0        length length 43 0
        0x39, //       CODECOPY       length                memory = code
        0x60, 0x00, // PUSH1 0        length 0
        0xf3, //       RETURN
        0x00, //       version byte of the prelude
    ]);
    init_code.extend(code);
    init_code
}

/// Length of the program that [`one_shot_init_code`] puts before its payload.
const ONE_SHOT_LEN: usize = 0x77;

/// Init code that creates, activates and constructs a program, then leaves an account without code.
///
/// Layout: 119 bytes of EVM code, the program's own init code, the constructor's calldata.
/// - It creates the program with no value; a failure reverts with what the creation returned.
/// - It calls `ArbWasm.activateProgram` with all the value it was sent. `ProgramUpToDate()` is no failure: the record
///   belongs to the code's hash, so a second copy of a program is active from its birth.
/// - It calls the program with the constructor's calldata, if there is any; a failure reverts with the program's data.
/// - It sends what is left of its value back to the sender of the transaction (`tx.origin`, which is right behind a
///   factory too).
///
/// - `code`: code of the program, `EFF00000…`.
/// - `constructor_args`: ABI-encoded arguments; `None` for a program without a constructor.
pub fn one_shot_init_code(
    program: &Program,
    constructor_args: Option<&[u8]>,
) -> Result<Bytes, DeploymentError> {
    let size = program.code.len();
    if size > CODE_LIMIT {
        return Err(DeploymentError::CodeTooLarge { name: program.name.clone(), size });
    }
    let construct = match constructor_args {
        Some(args) => [&CONSTRUCTOR, args].concat(),
        None => Vec::new(),
    };
    with_payload(one_shot, &program.name, &init_code(&program.code), &construct)
}

/// The same for an EVM contract, which needs no activation: creates it and calls it once, in one transaction.
///
/// - `name`: for errors.
/// - `child`: its init code with the constructor's arguments.
/// - `call`: calldata of the one call, such as `initialize`; empty for none. The contract meets the account that
///   created it as the caller, also in its constructor.
pub fn evm_one_shot_init_code(
    name: &str,
    child: &[u8],
    call: &[u8],
) -> Result<Bytes, DeploymentError> {
    with_payload(evm_one_shot, name, child, call)
}

fn with_payload(
    one_shot: fn(u16, u16) -> [u8; ONE_SHOT_LEN],
    name: &str,
    child: &[u8],
    call: &[u8],
) -> Result<Bytes, DeploymentError> {
    let size = ONE_SHOT_LEN + child.len() + call.len();
    if size > INIT_CODE_LIMIT {
        return Err(DeploymentError::InitCodeTooLarge { name: name.to_owned(), size });
    }
    // The limit just checked is below 2^16: the lengths fit their PUSH2.
    let one_shot = one_shot(child.len() as u16, call.len() as u16);
    Ok([&one_shot[..], child, call].concat().into())
}

/// The one-shot deployment that jumps over the activation.
const fn evm_one_shot(child_len: u16, call_len: u16) -> [u8; ONE_SHOT_LEN] {
    let mut code = one_shot(child_len, call_len);
    code[ACTIVATE] = 0x60; //                             PUSH1 construct     p construct
    code[ACTIVATE + 1] = CALL_CONSTRUCTOR;
    code[ACTIVATE + 2] = 0x56; //                         JUMP                p
    code
}

/// Where in the one-shot deployment the activation starts.
const ACTIVATE: usize = 0x13;
/// Where it calls the constructor.
const CALL_CONSTRUCTOR: u8 = 0x43;

/// The EVM code of the one-shot deployment, for a payload of these two lengths.
///
/// The stack stands behind each opcode, its top to the right; `p` is the program's address.
#[rustfmt::skip]
const fn one_shot(child_len: u16, construct_len: u16) -> [u8; ONE_SHOT_LEN] {
    let child = child_len.to_be_bytes();
    let construct = construct_len.to_be_bytes();
    let child_at = (ONE_SHOT_LEN as u16).to_be_bytes();
    let construct_at = (ONE_SHOT_LEN as u16).wrapping_add(child_len).to_be_bytes();
    const REFUND: u8 = 0x61;
    const FAIL: u8 = 0x6f;
    [
        // create the program
        /* 00 */ 0x61, child[0], child[1],              // PUSH2 child_len     len
        /* 03 */ 0x61, child_at[0], child_at[1],        // PUSH2 child_at      len at
        /* 06 */ 0x5f,                                  // PUSH0               len at 0
        /* 07 */ 0x39,                                  // CODECOPY            -          memory = child's init code
        /* 08 */ 0x61, child[0], child[1],              // PUSH2 child_len     len
        /* 0b */ 0x5f,                                  // PUSH0               len 0
        /* 0c */ 0x5f,                                  // PUSH0               len 0 0
        /* 0d */ 0xf0,                                  // CREATE              p
        /* 0e */ 0x80,                                  // DUP1                p p
        /* 0f */ 0x15,                                  // ISZERO              p p==0
        /* 10 */ 0x60, FAIL,                            // PUSH1 fail          p p==0 fail
        /* 12 */ 0x57,                                  // JUMPI               p

        // activate it: memory[0..36] = activateProgram(p)
        /* 13 */ 0x63, 0x58, 0xc7, 0x80, 0xc2,          // PUSH4 selector      p sel
        /* 18 */ 0x60, 0xe0,                            // PUSH1 224           p sel 224
        /* 1a */ 0x1b,                                  // SHL                 p sel<<224
        /* 1b */ 0x5f,                                  // PUSH0               p sel<<224 0
        /* 1c */ 0x52,                                  // MSTORE              p
        /* 1d */ 0x80,                                  // DUP1                p p
        /* 1e */ 0x60, 0x04,                            // PUSH1 4             p p 4
        /* 20 */ 0x52,                                  // MSTORE              p
        /* 21 */ 0x5f,                                  // PUSH0               p 0        no output wanted
        /* 22 */ 0x5f,                                  // PUSH0               p 0 0
        /* 23 */ 0x60, 0x24,                            // PUSH1 36            p 0 0 36
        /* 25 */ 0x5f,                                  // PUSH0               p 0 0 36 0
        /* 26 */ 0x47,                                  // SELFBALANCE         p 0 0 36 0 value
        /* 27 */ 0x60, 0x71,                            // PUSH1 ArbWasm       p 0 0 36 0 value 0x71
        /* 29 */ 0x5a,                                  // GAS                 p 0 0 36 0 value 0x71 gas
        /* 2a */ 0xf1,                                  // CALL                p ok
        /* 2b */ 0x60, CALL_CONSTRUCTOR,                // PUSH1 construct     p ok construct
        /* 2d */ 0x57,                                  // JUMPI               p

        // refused: only ProgramUpToDate() may pass. The call's own selector is still in memory, so a refusal
        // with less than four bytes cannot be taken for it.
        /* 2e */ 0x3d,                                  // RETURNDATASIZE      p n
        /* 2f */ 0x5f,                                  // PUSH0               p n 0
        /* 30 */ 0x5f,                                  // PUSH0               p n 0 0
        /* 31 */ 0x3e,                                  // RETURNDATACOPY      p
        /* 32 */ 0x5f,                                  // PUSH0               p 0
        /* 33 */ 0x51,                                  // MLOAD               p word
        /* 34 */ 0x60, 0xe0,                            // PUSH1 224           p word 224
        /* 36 */ 0x1c,                                  // SHR                 p error
        /* 37 */ 0x63, 0xcc, 0x94, 0x4b, 0xf2,          // PUSH4 up-to-date    p error utd
        /* 3c */ 0x14,                                  // EQ                  p same
        /* 3d */ 0x60, CALL_CONSTRUCTOR,                // PUSH1 construct     p same construct
        /* 3f */ 0x57,                                  // JUMPI               p
        /* 40 */ 0x60, FAIL,                            // PUSH1 fail          p fail
        /* 42 */ 0x56,                                  // JUMP                p

        // construct it: memory[0..len] = the constructor's calldata
        /* 43 */ 0x5b,                                  // JUMPDEST            p          construct
        /* 44 */ 0x61, construct[0], construct[1],      // PUSH2 len           p len
        /* 47 */ 0x15,                                  // ISZERO              p len==0
        /* 48 */ 0x60, REFUND,                          // PUSH1 refund        p len==0 refund
        /* 4a */ 0x57,                                  // JUMPI               p
        /* 4b */ 0x61, construct[0], construct[1],      // PUSH2 len           p len
        /* 4e */ 0x61, construct_at[0], construct_at[1],// PUSH2 construct_at  p len at
        /* 51 */ 0x5f,                                  // PUSH0               p len at 0
        /* 52 */ 0x39,                                  // CODECOPY            p
        /* 53 */ 0x5f,                                  // PUSH0               p 0        no output wanted
        /* 54 */ 0x5f,                                  // PUSH0               p 0 0
        /* 55 */ 0x61, construct[0], construct[1],      // PUSH2 len           p 0 0 len
        /* 58 */ 0x5f,                                  // PUSH0               p 0 0 len 0
        /* 59 */ 0x5f,                                  // PUSH0               p 0 0 len 0 0      no value
        /* 5a */ 0x85,                                  // DUP6                p 0 0 len 0 0 p
        /* 5b */ 0x5a,                                  // GAS                 p 0 0 len 0 0 p gas
        /* 5c */ 0xf1,                                  // CALL                p ok
        /* 5d */ 0x15,                                  // ISZERO              p failed
        /* 5e */ 0x60, FAIL,                            // PUSH1 fail          p failed fail
        /* 60 */ 0x57,                                  // JUMPI               p

        // send the rest of the value back
        /* 61 */ 0x5b,                                  // JUMPDEST            p          refund
        /* 62 */ 0x5f,                                  // PUSH0               p 0
        /* 63 */ 0x5f,                                  // PUSH0               p 0 0
        /* 64 */ 0x5f,                                  // PUSH0               p 0 0 0
        /* 65 */ 0x5f,                                  // PUSH0               p 0 0 0 0
        /* 66 */ 0x47,                                  // SELFBALANCE         p 0 0 0 0 rest
        /* 67 */ 0x32,                                  // ORIGIN              p 0 0 0 0 rest sender
        /* 68 */ 0x5a,                                  // GAS                 p 0 0 0 0 rest sender gas
        /* 69 */ 0xf1,                                  // CALL                p ok
        /* 6a */ 0x15,                                  // ISZERO              p failed
        /* 6b */ 0x60, FAIL,                            // PUSH1 fail          p failed fail
        /* 6d */ 0x57,                                  // JUMPI               p
        /* 6e */ 0x00,                                  // STOP                p          an account without code

        // revert with what the last call or creation returned
        /* 6f */ 0x5b,                                  // JUMPDEST                       fail
        /* 70 */ 0x3d,                                  // RETURNDATASIZE      n
        /* 71 */ 0x5f,                                  // PUSH0               n 0
        /* 72 */ 0x5f,                                  // PUSH0               n 0 0
        /* 73 */ 0x3e,                                  // RETURNDATACOPY
        /* 74 */ 0x3d,                                  // RETURNDATASIZE      n
        /* 75 */ 0x5f,                                  // PUSH0               n 0
        /* 76 */ 0xfd,                                  // REVERT
    ]
}

/// Address of the program that the transaction with this deployer and nonce deploys.
pub fn program_address(deployer: Address, nonce: u64) -> Address {
    // An account's own nonce starts at 1, so its first creation has nonce 1. EIP-161
    deployer.create(nonce).create(1)
}

/// A program on a chain.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// Where it is.
    pub address: Address,
    /// The one transaction that created, activated and constructed it.
    pub receipt: TransactionReceipt,
}

/// Deploys a program in one transaction and reads its code back.
///
/// - `nonce`: of the transaction. It decides the address; a deployer whose nonce has moved on is refused by the node,
///   so the program cannot end up elsewhere.
/// - `constructor_args`: as for [`one_shot_init_code`].
pub async fn deploy(
    chain: &Chain,
    deployer: &PrivateKeySigner,
    nonce: u64,
    program: &Program,
    constructor_args: Option<&[u8]>,
) -> Result<Deployed, DeploymentError> {
    let init_code = one_shot_init_code(program, constructor_args)?;
    let address = program_address(deployer.address(), nonce);
    let value = U256::from(ACTIVATION_VALUE);
    let tx = Tx::create(init_code).value(value).nonce(nonce).creates(address);
    let receipt = chain.send(&format!("deploy {}", program.name), deployer, tx).await?;
    check_code(chain, program, address).await?;
    Ok(Deployed { address, receipt })
}

/// Activates a program that another contract created. Anyone may; `None` if its code is active already.
pub async fn activate(
    chain: &Chain,
    payer: &PrivateKeySigner,
    program: &Program,
    address: Address,
) -> Result<Option<TransactionReceipt>, DeploymentError> {
    check_code(chain, program, address).await?;
    let call = IArbWasm::activateProgramCall { program: address };
    let tx = Tx::call(ARB_WASM, &call).value(U256::from(ACTIVATION_VALUE));
    match chain.send(&format!("activate {}", program.name), payer, tx).await {
        Ok(receipt) => Ok(Some(receipt)),
        Err(ChainError::Reverted { revert, .. }) if revert.is::<IArbWasm::ProgramUpToDate>() => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Has the chain keep a program initialised, with all its copies, so that calls do not pay for its start.
///
/// - `owner`: of the chain, or a cache manager; nobody else may.
pub async fn cache(
    chain: &Chain,
    owner: &PrivateKeySigner,
    program: Address,
) -> Result<(), ChainError> {
    let call = IArbWasmCache::cacheProgramCall { program };
    chain.send("cache a program", owner, Tx::call(ARB_WASM_CACHE, &call)).await?;
    Ok(())
}

/// The account at `address` holds exactly the program.
pub async fn check_code(
    chain: &Chain,
    program: &Program,
    address: Address,
) -> Result<(), DeploymentError> {
    let expected: B256 = keccak256(&program.code);
    if keccak256(chain.code(address).await?) == expected {
        return Ok(());
    }
    Err(DeploymentError::OtherCode {
        name: program.name.clone(),
        chain: chain.name().to_owned(),
        address,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(size: usize) -> Program {
        Program { name: "test".into(), code: vec![0xef; size].into() }
    }

    #[test]
    fn every_jump_of_the_one_shot_leads_to_a_jumpdest() {
        let code = one_shot(0x1234, 0x0567);
        // (where the PUSH1 stands, its label)
        for (push, label) in [
            (0x10, 0x6f),
            (0x2b, 0x43),
            (0x3d, 0x43),
            (0x40, 0x6f),
            (0x48, 0x61),
            (0x5e, 0x6f),
            (0x6b, 0x6f),
        ] {
            assert_eq!((code[push], code[push + 1]), (0x60, label), "at {push:#x}");
            assert!(matches!(code[push + 2], 0x56 | 0x57), "no jump at {push:#x}");
            assert_eq!(code[usize::from(label)], 0x5b, "no JUMPDEST at {label:#x}");
        }
    }

    #[test]
    fn an_evm_contract_is_not_activated() {
        let (code, evm) = (one_shot(0x1234, 0x0567), evm_one_shot(0x1234, 0x0567));
        assert_eq!(evm[ACTIVATE..ACTIVATE + 3], [0x60, CALL_CONSTRUCTOR, 0x56]);
        assert_eq!(evm[usize::from(CALL_CONSTRUCTOR)], 0x5b);
        assert_eq!(
            (&evm[..ACTIVATE], &evm[ACTIVATE + 3..]),
            (&code[..ACTIVATE], &code[ACTIVATE + 3..])
        );
    }

    #[test]
    fn the_payload_stands_where_the_one_shot_looks_for_it() {
        let init_code = one_shot_init_code(&program(100), Some(&[7; 32])).unwrap();
        let word = |at: usize| usize::from(u16::from_be_bytes([init_code[at], init_code[at + 1]]));
        let (child_len, child_at) = (word(0x01), word(0x04));
        assert_eq!((child_len, child_at), (43 + 100, ONE_SHOT_LEN));
        assert_eq!(word(0x09), child_len);
        assert_eq!(init_code[child_at..child_at + child_len], super::init_code(&[0xef; 100]));
        let (construct_len, construct_at) = (word(0x45), word(0x4f));
        assert_eq!((word(0x4c), word(0x56)), (construct_len, construct_len));
        assert_eq!(init_code[construct_at..construct_at + 4], CONSTRUCTOR);
        assert_eq!(construct_at + construct_len, init_code.len());
    }

    #[test]
    fn code_that_no_account_could_hold_is_refused_before_it_is_sent() {
        let error = one_shot_init_code(&program(CODE_LIMIT + 1), None).unwrap_err();
        assert!(matches!(error, DeploymentError::CodeTooLarge { size: 24_577, .. }), "{error}");
        let args = vec![0; CODE_LIMIT];
        let error = one_shot_init_code(&program(CODE_LIMIT), Some(&args)).unwrap_err();
        assert!(matches!(error, DeploymentError::InitCodeTooLarge { size: 49_318, .. }), "{error}");
    }
}
