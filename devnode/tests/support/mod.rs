//! What the tests share: a node, a wallet, hand-made contracts.
#![allow(dead_code, missing_docs, unreachable_pub)]

use alloy::network::EthereumWallet;
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, Bytes, U256, address};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::signers::local::PrivateKeySigner;
use devnode::{Config, Node};

pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
pub const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");
pub const ARB_OWNER: Address = address!("0000000000000000000000000000000000000070");
pub const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
pub const ARB_DEBUG: Address = address!("00000000000000000000000000000000000000ff");

pub struct Chain {
    pub node: Node,
    pub rpc: DynProvider,
}

pub async fn chain() -> Chain {
    chain_with(Config::default()).await
}

pub async fn chain_with(config: Config) -> Chain {
    let node = Node::start(config).await.unwrap();
    let signer = PrivateKeySigner::from_bytes(&devnode::DEV_PRIVATE_KEY).unwrap();
    let rpc = ProviderBuilder::new()
        .wallet(EthereumWallet::from(signer))
        .connect_http(node.url().parse().unwrap())
        .erased();
    Chain { node, rpc }
}

impl Chain {
    pub async fn send(&self, tx: TransactionRequest) -> TransactionReceipt {
        self.rpc.send_transaction(tx).await.unwrap().get_receipt().await.unwrap()
    }

    /// Sends with this gas limit, without an estimate: for transactions that fail.
    pub async fn send_anyway(&self, tx: TransactionRequest, gas: u64) -> TransactionReceipt {
        self.send(tx.gas_limit(gas)).await
    }

    pub async fn call(&self, to: Address, data: impl Into<Bytes>) -> Result<Output, String> {
        let tx = TransactionRequest::default().to(to).input(data.into().into());
        self.rpc.call(tx).await.map(Output).map_err(|error| error.to_string())
    }

    /// Deploys runtime code.
    pub async fn deploy(&self, runtime: &[u8]) -> Address {
        let tx = TransactionRequest::default().with_deploy_code(init_code(runtime));
        let receipt = self.send(tx).await;
        assert!(receipt.status());
        receipt.contract_address.unwrap()
    }

    /// Deploys and activates a program written in WebAssembly text.
    pub async fn program(&self, wat: &str) -> Address {
        let address = self.inactive_program(wat).await;
        let receipt = self.activate(address).await;
        assert!(receipt.status());
        address
    }

    pub async fn inactive_program(&self, wat: &str) -> Address {
        self.deploy(&program_code(wat)).await
    }

    pub async fn activate(&self, program: Address) -> TransactionReceipt {
        self.send(activation(program)).await
    }

    /// Activates without an estimate: for activations that fail.
    pub async fn activate_anyway(&self, program: Address, gas: u64) -> TransactionReceipt {
        self.send_anyway(activation(program), gas).await
    }

    pub async fn request(
        &self,
        method: &'static str,
        params: serde_json::Value,
    ) -> Result<serde_json::Value, String> {
        self.rpc
            .raw_request(method.into(), params)
            .await
            .map_err(|error: alloy::transports::TransportError| error.to_string())
    }
}

fn activation(program: Address) -> TransactionRequest {
    TransactionRequest::default()
        .to(ARB_WASM)
        .input(activate_call(program).into())
        .value(U256::from(10).pow(U256::from(16)))
}

pub fn activate_call(program: Address) -> Bytes {
    let mut data = vec![0x58, 0xc7, 0x80, 0xc2];
    data.extend(program.into_word());
    data.into()
}

/// Compressed code of a program.
pub fn program_code(wat: &str) -> Vec<u8> {
    let wasm = wat::parse_str(wat).unwrap();
    devnode::stylus::container::compress(&wasm).unwrap()
}

/// Init code that returns what follows it (stylus-vm.md 10.4).
pub fn init_code(runtime: &[u8]) -> Bytes {
    let mut code = vec![0x7f];
    code.extend(U256::from(runtime.len()).to_be_bytes::<32>());
    code.extend([0x80, 0x60, 0x2b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, 0x00]);
    code.extend(runtime);
    code.into()
}

/// What a call returned; compares with anything that is bytes.
#[derive(Debug)]
pub struct Output(pub Bytes);

impl std::ops::Deref for Output {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.0
    }
}

impl<T: AsRef<[u8]>> PartialEq<T> for Output {
    fn eq(&self, other: &T) -> bool {
        self.0.as_ref() == other.as_ref()
    }
}
