//! The application of the demo: a Solidity contract that uses our router, `tests/solidity/Courier.sol`.

use alloy::primitives::{Address, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor;
use interfaces::Domain;
use interfaces::metalayer::ReadOperation;

use super::{DemoError, During};
use crate::chain::{Chain, Tx};

alloy::sol! {
    /// A static call on another chain, as in `interfaces`.
    #[derive(Debug, PartialEq, Eq)]
    struct Read {
        uint32 domain;
        address target;
        bytes callData;
    }

    /// The courier, as far as the demo uses it.
    #[derive(Debug, PartialEq, Eq)]
    interface ICourier {
        event NoteReceived(uint32 indexed origin, bytes note, bytes[] results);

        constructor(address router);
        function setPeer(uint32 domain, address peer) external;
        function quote(uint32 destination, bytes note, Read[] reads, uint256 gasLimit) external view returns (uint256 fee);
        function send(uint32 destination, bytes note, Read[] reads, uint256 gasLimit) external payable returns (bytes32 messageId);
        function arrived(uint32 destination, bytes32 messageId) external view returns (bool arrived);
    }
}

/// What is to be read, as the courier takes it.
pub(super) fn reads(operations: &[ReadOperation]) -> Vec<Read> {
    let read = |ReadOperation { domain, target, callData }: &ReadOperation| Read {
        domain: *domain,
        target: *target,
        callData: callData.clone(),
    };
    operations.iter().map(read).collect()
}

/// Deploys a courier that uses `router`.
///
/// - `code`: its creation code.
pub(super) async fn deploy(
    chain: &Chain,
    owner: &PrivateKeySigner,
    code: &[u8],
    router: Address,
) -> Result<Address, DemoError> {
    let step = "deploy the courier";
    let args = ICourier::constructorCall { router }.abi_encode();
    let tx = Tx::create([code, &args].concat());
    let receipt = chain.send(step, owner, tx).await.during(step)?;
    receipt.contract_address.ok_or("no contract address in the receipt").during(step)
}

/// Makes the courier believe its peer on another chain.
pub(super) async fn enroll(
    chain: &Chain,
    owner: &PrivateKeySigner,
    courier: Address,
    (domain, peer): (Domain, Address),
) -> Result<(), DemoError> {
    let step = "tell the courier its peer";
    let tx = Tx::call(courier, &ICourier::setPeerCall { domain: domain.0, peer });
    chain.send(step, owner, tx).await.during(step)?;
    Ok(())
}

/// Gas of the courier's `handle`, with room for the results of its reads.
pub(super) const NOTE_GAS: U256 = U256::from_limbs([200_000, 0, 0, 0]);
