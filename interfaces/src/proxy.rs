//! The vault proxy: 49 bytes of EVM code in front of every vault. Spec: intents.md §3.1.
//!
//! Empty calldata returns at once, so that a transfer with the stipend of 2300 gas reaches the vault. Anything else
//! is delegated to the implementation with all gas, and its output or revert data is passed on. There is no
//! storage, no administrator and no other implementation: the address is part of the code.
//!
//! Each byte of it costs 200 gas when a vault is deployed, so the two zeros that a plain transfer returns with are
//! those that the delegated call takes for its output area.
//!
//! Runtime (stack on the right, top first; `n` = size of the calldata, `r` = size of the returned data):
//! ```text
//! 00  5f         PUSH0             0
//! 01  5f         PUSH0             0 0          returns nothing, or takes no output area
//! 02  36         CALLDATASIZE      n 0 0
//! 03  15         ISZERO            n==0 0 0
//! 04  60 2f      PUSH1 2f          2f n==0 0 0
//! 06  57         JUMPI             0 0          to 2f if the calldata is empty: a plain transfer, 23 gas
//! 07  36         CALLDATASIZE      n 0 0
//! 08  5f         PUSH0             0 n 0 0
//! 09  5f         PUSH0             0 0 n 0 0
//! 0a  37         CALLDATACOPY      0 0          memory[0..n] = calldata
//! 0b  36         CALLDATASIZE      n 0 0
//! 0c  5f         PUSH0             0 n 0 0
//! 0d  73 <20>    PUSH20 vault      vault 0 n 0 0
//! 22  5a         GAS               gas vault 0 n 0 0
//! 23  f4         DELEGATECALL      ok
//! 24  3d         RETURNDATASIZE    r ok
//! 25  5f         PUSH0             0 r ok
//! 26  5f         PUSH0             0 0 r ok
//! 27  3e         RETURNDATACOPY    ok           memory[0..r] = returned data
//! 28  5f         PUSH0             0 ok
//! 29  3d         RETURNDATASIZE    r 0 ok
//! 2a  91         SWAP2             ok 0 r
//! 2b  60 2f      PUSH1 2f          2f ok 0 r
//! 2d  57         JUMPI             0 r          to 2f if the vault succeeded
//! 2e  fd         REVERT
//! 2f  5b         JUMPDEST          0 r
//! 30  f3         RETURN
//! ```
//! Init code, 9 bytes in front of the runtime:
//! ```text
//! 00  60 31      PUSH1 31          49           size of the runtime
//! 02  80         DUP1              49 49
//! 03  60 09      PUSH1 09          9 49 49      where it begins
//! 05  5f         PUSH0             0 9 49 49
//! 06  39         CODECOPY          49
//! 07  5f         PUSH0             0 49
//! 08  f3         RETURN
//! ```
//! `PUSH0` needs Shanghai, which every chain that runs Stylus has.

use alloy_primitives::{Address, B256};

use crate::hash::keccak;
use crate::in_code;

/// Bytes of a deployed proxy.
pub const RUNTIME_SIZE: usize = 49;

/// Bytes that deploy a proxy.
pub const INIT_CODE_SIZE: usize = PRELUDE_SIZE + RUNTIME_SIZE;

const PRELUDE_SIZE: usize = 9;
const ADDRESS: core::ops::Range<usize> = 23..43;

/// Everything in front of the address, filled up with zeros, as [`in_code`] takes it.
#[rustfmt::skip]
const HEAD: B256 = B256::new([
    0x60, RUNTIME_SIZE as u8, 0x80, 0x60, PRELUDE_SIZE as u8, 0x5f, 0x39, 0x5f, 0xf3,
    0x5f, 0x5f, 0x36, 0x15, 0x60, 0x2f, 0x57, 0x36, 0x5f, 0x5f, 0x37, 0x36, 0x5f, 0x73,
    0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/// Everything behind the address, filled up alike.
#[rustfmt::skip]
const TAIL: B256 = B256::new([
    0x5a, 0xf4, 0x3d, 0x5f, 0x5f, 0x3e, 0x5f, 0x3d, 0x91, 0x60, 0x2f, 0x57, 0xfd, 0x5b, 0xf3,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/// Code of the proxy over `implementation`, once it is deployed.
pub fn runtime(implementation: Address) -> [u8; RUNTIME_SIZE] {
    let mut code = [0; RUNTIME_SIZE];
    code.copy_from_slice(&init_code(implementation)[PRELUDE_SIZE..]);
    code
}

/// Code that deploys the proxy over `implementation`.
pub fn init_code(implementation: Address) -> [u8; INIT_CODE_SIZE] {
    let mut code = [0; INIT_CODE_SIZE];
    code[..ADDRESS.start].copy_from_slice(&in_code!(HEAD)[..ADDRESS.start]);
    code[ADDRESS].copy_from_slice(implementation.as_slice());
    code[ADDRESS.end..].copy_from_slice(&in_code!(TAIL)[..INIT_CODE_SIZE - ADDRESS.end]);
    code
}

/// What the address of a vault depends on besides its Portal and its intent.
pub fn init_code_hash(implementation: Address) -> B256 {
    keccak(&init_code(implementation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const IMPLEMENTATION: Address = Address::repeat_byte(0xab);

    #[derive(Debug, PartialEq, Eq)]
    enum Outcome {
        Returned { data: Vec<u8>, gas: u64 },
        Reverted(Vec<u8>),
    }

    /// Runs the few opcodes that the proxy is made of, by the Yellow Paper. Memory costs nothing here.
    ///
    /// - `callee`: what a delegated call to an address with some calldata gives.
    fn run(
        code: &[u8],
        calldata: &[u8],
        callee: impl Fn(Address, &[u8]) -> Result<Vec<u8>, Vec<u8>>,
    ) -> Outcome {
        let (mut stack, mut memory, mut returned) = (Vec::<usize>::new(), Vec::new(), Vec::new());
        let (mut pc, mut gas, mut address) = (0, 0, Address::ZERO);
        fn copy(memory: &mut Vec<u8>, to: usize, data: &[u8]) {
            memory.resize(memory.len().max(to + data.len()), 0);
            memory[to..to + data.len()].copy_from_slice(data);
        }
        loop {
            let opcode = code[pc];
            pc += 1;
            let mut pop = || stack.pop().expect("an operand");
            match opcode {
                0x15 => {
                    let word = pop();
                    stack.push((word == 0).into());
                }
                0x36 => stack.push(calldata.len()),
                0x3d => stack.push(returned.len()),
                0x5a => stack.push(usize::MAX),
                0x5b => {}
                0x5f => stack.push(0),
                0x60 => {
                    stack.push(code[pc].into());
                    pc += 1;
                }
                0x73 => {
                    // an address does not fit this stack, so it is kept aside
                    address = Address::from_slice(&code[pc..pc + 20]);
                    stack.push(usize::MAX - 1);
                    pc += 20;
                }
                0x80 => stack.push(*stack.last().expect("an operand")),
                0x91 => {
                    let top = stack.len() - 1;
                    stack.swap(top, top - 2);
                }
                0x37 | 0x39 | 0x3e => {
                    let (to, from, size) = (pop(), pop(), pop());
                    let source = match opcode {
                        0x37 => calldata,
                        0x39 => code,
                        _ => &returned,
                    };
                    copy(&mut memory, to, &source[from..from + size]);
                }
                0x57 => {
                    let (to, condition) = (pop(), pop());
                    if condition != 0 {
                        assert_eq!(code[to], 0x5b, "a jump to {to:#x}");
                        pc = to;
                    }
                }
                0xf4 => {
                    let (all_gas, target) = (pop(), pop());
                    assert_eq!((all_gas, target), (usize::MAX, usize::MAX - 1));
                    let (offset, size) = (pop(), pop());
                    assert_eq!((pop(), pop()), (0, 0), "no output area");
                    let outcome = callee(address, &memory[offset..offset + size]);
                    stack.push(outcome.is_ok().into());
                    returned = outcome.unwrap_or_else(|data| data);
                }
                0xf3 | 0xfd => {
                    let (offset, size) = (pop(), pop());
                    assert!(stack.is_empty(), "operands left over");
                    let data = memory[offset..offset + size].to_vec();
                    return if opcode == 0xf3 {
                        Outcome::Returned { data, gas }
                    } else {
                        Outcome::Reverted(data)
                    };
                }
                other => panic!("opcode {other:#x} is not in the proxy"),
            }
            gas += match opcode {
                0x5b => 1,
                0x36 | 0x3d | 0x5a | 0x5f => 2,
                0x57 => 10,
                _ => 3,
            };
        }
    }

    fn returned(outcome: Outcome) -> Vec<u8> {
        match outcome {
            Outcome::Returned { data, .. } => data,
            Outcome::Reverted(data) => panic!("reverted with {data:?}"),
        }
    }

    #[test]
    fn the_init_code_deploys_the_runtime() {
        let deployed = run(&init_code(IMPLEMENTATION), &[], |_, _| panic!("a call"));
        assert_eq!(returned(deployed), runtime(IMPLEMENTATION));
        assert_eq!(init_code_hash(IMPLEMENTATION), keccak(&init_code(IMPLEMENTATION)));
    }

    #[test]
    fn a_plain_transfer_returns_at_once() {
        let outcome = run(&runtime(IMPLEMENTATION), &[], |_, _| panic!("a call"));
        assert_eq!(outcome, Outcome::Returned { data: Vec::new(), gas: 23 });
    }

    #[test]
    fn a_call_is_delegated_with_all_its_data_and_its_output_is_returned() {
        for calldata in [&[0x07][..], &[1, 2, 3, 4], &[9; 1000]] {
            for output in [Vec::new(), Vec::from([5; 3]), Vec::from([6; 500])] {
                let outcome = run(&runtime(IMPLEMENTATION), calldata, |target, data| {
                    assert_eq!((target, data), (IMPLEMENTATION, calldata));
                    Ok(output.clone())
                });
                assert_eq!(returned(outcome), output);
            }
        }
    }

    #[test]
    fn revert_data_of_the_implementation_is_passed_on() {
        for data in [Vec::new(), Vec::from([5; 3]), Vec::from([6; 500])] {
            let outcome = run(&runtime(IMPLEMENTATION), &[1, 2, 3], |_, _| Err(data.clone()));
            assert_eq!(outcome, Outcome::Reverted(data));
        }
    }

    #[test]
    fn the_runtime_is_smaller_than_fifty_bytes() {
        const { assert!(RUNTIME_SIZE < 50) };
        assert_eq!(runtime(IMPLEMENTATION)[14..34], IMPLEMENTATION.0);
    }
}
