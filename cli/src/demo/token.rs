//! The ERC-20 of the demo: OpenZeppelin's preset, as its npm package ships it.

use alloy::primitives::{Address, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor;

use super::{DemoError, During};
use crate::artifacts::Artifacts;
use crate::chain::{Chain, ChainError, Tx};

alloy::sol! {
    /// ERC20PresetMinterPauser of OpenZeppelin 4.9, as far as the demo uses it.
    interface IToken {
        constructor(string name, string symbol);
        function mint(address to, uint256 amount) external;
        function balanceOf(address account) external view returns (uint256 balance);
        function approve(address spender, uint256 amount) external returns (bool ok);
        function transfer(address to, uint256 amount) external returns (bool ok);
    }
}

/// Deploys the token; its deployer may mint.
pub(super) async fn deploy(
    chain: &Chain,
    owner: &PrivateKeySigner,
    artifacts: &Artifacts,
    symbol: &str,
) -> Result<Address, DemoError> {
    let step = format!("deploy the ERC-20 {symbol}");
    let code = artifacts.openzeppelin("ERC20PresetMinterPauser").during(&step)?;
    let args =
        IToken::constructorCall { name: format!("Demo {symbol}"), symbol: symbol.to_owned() };
    let tx = Tx::create([code, args.abi_encode()].concat());
    let receipt = chain.send(&step, owner, tx).await.during(&step)?;
    receipt.contract_address.ok_or("no contract address in the receipt").during(&step)
}

/// Balance of an account.
pub(super) async fn balance(
    chain: &Chain,
    token: Address,
    account: Address,
) -> Result<U256, ChainError> {
    chain.call(token, &IToken::balanceOfCall { account }).await
}
