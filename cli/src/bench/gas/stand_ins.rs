//! The contracts of others, reduced to what the measured operation sees of them: a few bytes of EVM code each.

use alloy::primitives::Address;

use crate::deployment::init_code;

/// Fee of [`fee_taker`], wei.
pub(super) const FEE: u64 = 1;

/// Takes every call and does nothing: a recipient, beside which a delivery is measured.
pub(super) fn sink() -> Vec<u8> {
    init_code(&[0x00]) // STOP
}

/// A router that carries nothing: it answers every call, a quote as a dispatch, with [`FEE`], and keeps the value.
pub(super) fn fee_taker() -> Vec<u8> {
    #[rustfmt::skip]
    let code = [
        0x60, FEE as u8, // PUSH1 fee   fee
        0x5f,            // PUSH0       fee 0
        0x52,            // MSTORE      -        memory[0..32] = fee
        0x60, 0x20,      // PUSH1 32    32
        0x5f,            // PUSH0       32 0
        0xf3,            // RETURN
    ];
    init_code(&code)
}

/// A router that only forwards: it names its security module when it is asked for it, with four bytes of calldata, and
/// passes every delivery on to `recipient` as it is. It checks nothing and remembers nothing.
pub(super) fn forwarder(module: Address, recipient: Address) -> Vec<u8> {
    const NAME_MODULE: u8 = 0x28;
    #[rustfmt::skip]
    let code = [
        &[
            0x36,              // CALLDATASIZE     n
            0x60, 0x04,        // PUSH1 4          n 4
            0x14,              // EQ               n==4
            0x60, NAME_MODULE, // PUSH1 name       n==4 name
            0x57,              // JUMPI            -
            0x36,              // CALLDATASIZE     n
            0x5f,              // PUSH0            n 0
            0x5f,              // PUSH0            n 0 0
            0x37,              // CALLDATACOPY     -          memory[0..n] = calldata
            0x5f,              // PUSH0            0          no output wanted
            0x5f,              // PUSH0            0 0
            0x36,              // CALLDATASIZE     0 0 n
            0x5f,              // PUSH0            0 0 n 0
            0x34,              // CALLVALUE        0 0 n 0 value
            0x73,              // PUSH20 recipient 0 0 n 0 value recipient
        ][..],
        recipient.as_slice(),
        &[
            0x5a,              // GAS              0 0 n 0 value recipient gas
            0xf1,              // CALL             ok
            0x00,              // STOP
            0x5b,              // JUMPDEST         -          name
            0x73,              // PUSH20 module    module
        ],
        module.as_slice(),
        &[
            0x5f,              // PUSH0            module 0
            0x52,              // MSTORE           -          memory[0..32] = module
            0x60, 0x20,        // PUSH1 32         32
            0x5f,              // PUSH0            32 0
            0xf3,              // RETURN
        ],
    ]
    .concat();
    init_code(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forwarder_jumps_to_its_jumpdest() {
        let code = forwarder(Address::repeat_byte(1), Address::repeat_byte(2));
        let code = &code[init_code(&[]).len()..];
        assert_eq!(code[usize::from(code[5])], 0x5b);
    }
}
