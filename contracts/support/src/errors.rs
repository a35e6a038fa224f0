//! The enum of a contract's revert reasons.

/// Declares the errors of a contract: an enum with one variant for each `sol!` error in scope, and `Callee` for what
/// other contracts revert with; `?` and `.into()` make it of any of them, and `Vec<u8>::from` is its revert data.
///
/// The fields are named, in their order, because every one must be a single word. Unlike the SDK's derive, which
/// brings a whole encoder for each error, all share one: that is a quarter of a contract with many errors.
#[macro_export]
macro_rules! errors {
    (
        $(#[$outer:meta])*
        pub enum $name:ident { $( $(#[$inner:meta])* $error:ident($($field:ident),*), )* }
    ) => {
        $(#[$outer])*
        #[derive(Debug, PartialEq, Eq)]
        pub enum $name {
            $( $(#[$inner])* $error($error), )*
            /// What a callee reverted with; empty where Solidity's own checks revert.
            Callee($crate::Revert),
        }

        $(
            impl From<$error> for $name {
                fn from(error: $error) -> Self {
                    Self::$error(error)
                }
            }
        )*

        impl From<$crate::Revert> for $name {
            fn from(revert: $crate::Revert) -> Self {
                Self::Callee(revert)
            }
        }

        impl From<$name> for alloc::vec::Vec<u8> {
            fn from(error: $name) -> Self {
                match error {
                    $(
                        $name::$error($error { $($field),* }) => $crate::abi::words(
                            <$error as $crate::SolError>::SELECTOR,
                            &[$($crate::Word::word($field)),*],
                        ),
                    )*
                    $name::Callee(revert) => revert.0,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use alloy_primitives::{Address, B256, U256};
    use alloy_sol_types::SolError;
    use interfaces::{
        intents::IMetaProver::{ChainIdMismatch, RefundFailed, ZeroPortal},
        metalayer::IMetalayerRouter::{InvalidFinality, InvalidRecipient, LoopbackDomain},
    };

    use crate::Revert;

    errors! {
        /// Errors with words of every kind.
        pub enum Error {
            /// No word.
            ZeroPortal(),
            /// Three numbers of 64 bits.
            ChainIdMismatch(domain, expected, actual),
            /// An address and a number.
            RefundFailed(recipient, amount),
            /// Bytes.
            InvalidRecipient(recipient),
            /// 32 bits.
            LoopbackDomain(domain),
            /// Eight bits.
            InvalidFinality(finality),
        }
    }

    fn assert_same<E: SolError + Clone + Into<Error>>(error: E) {
        assert_eq!(Vec::<u8>::from(error.clone().into()), error.abi_encode());
    }

    #[test]
    fn revert_data_equals_alloys_encoding() {
        assert_same(ZeroPortal {});
        assert_same(ChainIdMismatch { domain: u64::MAX, expected: 1, actual: 2 });
        assert_same(RefundFailed { recipient: Address::repeat_byte(7), amount: U256::MAX });
        assert_same(InvalidRecipient { recipient: B256::repeat_byte(8) });
        assert_same(LoopbackDomain { domain: u32::MAX });
        assert_same(InvalidFinality { finality: u8::MAX });
    }

    #[test]
    fn what_a_callee_said_is_passed_up_as_it_is() {
        assert_eq!(Vec::<u8>::from(Error::from(Revert(vec![1, 2, 3]))), vec![1, 2, 3]);
    }
}
