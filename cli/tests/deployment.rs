//! The one-shot deployment, on a chain.

use alloy::primitives::{Address, Bytes, U256, keccak256};
use alloy::signers::local::PrivateKeySigner;
use devnode::{Config, Node};
use metalayer::artifacts::Program;
use metalayer::chain::{Chain, ChainError, Tx};
use metalayer::deployment::{
    ACTIVATION_VALUE, ARB_WASM, CONSTRUCTOR, DeploymentError, IArbWasm, activate, deploy,
    init_code, one_shot_init_code, program_address,
};
use metalayer::nodes::faucet;

/// Returns its calldata; reverts with it when it is 36 bytes long and its last byte is not zero. `variant` changes the
/// code and so its hash.
fn echo(variant: u32) -> Program {
    let wat = format!(
        r#"(module
            (import "vm_hooks" "read_args" (func $read_args (param i32)))
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param $len i32) (result i32)
                (drop (i32.const {variant}))
                (call $read_args (i32.const 0))
                (call $write_result (i32.const 0) (local.get $len))
                (if (result i32) (i32.eq (local.get $len) (i32.const 36))
                    (then (i32.ne (i32.load8_u (i32.const 35)) (i32.const 0)))
                    (else (i32.const 0)))))"#
    );
    program(&wat::parse_str(wat).unwrap())
}

fn program(wasm: &[u8]) -> Program {
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    let mut compressed = brotli::CompressorReader::new(wasm, 4096, 11, 22);
    std::io::copy(&mut compressed, &mut code).unwrap();
    Program { name: "test program".into(), code: code.into() }
}

async fn chain() -> (Node, Chain, PrivateKeySigner) {
    let node = Node::start(Config::default()).await.unwrap();
    let chain = Chain::connect("A", &node.url()).await.unwrap();
    (node, chain, faucet())
}

fn args(last: u8) -> [u8; 32] {
    U256::from(last).to_be_bytes()
}

#[tokio::test]
async fn a_program_is_created_activated_and_constructed_in_one_transaction() {
    // given a deployer, whose next program's address is known
    let (_node, chain, deployer) = chain().await;
    let nonce = chain.next_nonce(deployer.address()).await.unwrap();
    let address = program_address(deployer.address(), nonce);
    // when it deploys
    let program = echo(1);
    let deployed = deploy(&chain, &deployer, nonce, &program, Some(&args(0))).await.unwrap();
    // then the program is there and runs, and its deployer sent one transaction
    assert_eq!(deployed.address, address);
    assert_eq!(chain.code(address).await.unwrap(), program.code);
    let version =
        chain.call(ARB_WASM, &IArbWasm::programVersionCall { program: address }).await.unwrap();
    assert!(version > 0);
    assert_eq!(chain.next_nonce(deployer.address()).await.unwrap(), nonce + 1);
    let ping = Tx::call(address, &IArbWasm::programVersionCall { program: Address::ZERO });
    let answer = chain.dry_run("ping", deployer.address(), &ping).await.unwrap().unwrap();
    assert_eq!(answer.len(), 36);
}

#[tokio::test]
async fn what_activation_does_not_cost_comes_back() {
    let (_node, chain, deployer) = chain().await;
    let nonce = chain.next_nonce(deployer.address()).await.unwrap();
    let before = chain.balance(deployer.address()).await.unwrap();
    let deployed = deploy(&chain, &deployer, nonce, &echo(2), Some(&args(0))).await.unwrap();
    // the account that the transaction created keeps nothing, neither code nor coins
    let one_shot = deployer.address().create(nonce);
    assert_eq!(chain.balance(one_shot).await.unwrap(), U256::ZERO);
    assert!(chain.code(one_shot).await.unwrap().is_empty());
    assert_eq!(chain.balance(deployed.address).await.unwrap(), U256::ZERO);
    // the deployer paid for gas and a data fee, which is far less than it brought
    let receipt = &deployed.receipt;
    let gas = U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price);
    let data_fee = before - gas - chain.balance(deployer.address()).await.unwrap();
    assert!(
        data_fee > U256::ZERO && data_fee < U256::from(ACTIVATION_VALUE) / U256::from(10),
        "{data_fee}"
    );
}

#[tokio::test]
async fn a_second_copy_of_an_active_program_is_deployed_too() {
    let (_node, chain, deployer) = chain().await;
    let nonce = chain.next_nonce(deployer.address()).await.unwrap();
    let first = deploy(&chain, &deployer, nonce, &echo(3), Some(&args(0))).await.unwrap();
    let before = chain.balance(deployer.address()).await.unwrap();
    let second = deploy(&chain, &deployer, nonce + 1, &echo(3), Some(&args(0))).await.unwrap();
    assert_ne!(first.address, second.address);
    assert_eq!(chain.code(second.address).await.unwrap(), echo(3).code);
    // an active program pays no data fee
    let receipt = &second.receipt;
    let gas = U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price);
    assert_eq!(chain.balance(deployer.address()).await.unwrap(), before - gas);
}

#[tokio::test]
async fn a_constructor_that_refuses_undoes_all_of_it_and_says_why() {
    let (_node, chain, deployer) = chain().await;
    let nonce = chain.next_nonce(deployer.address()).await.unwrap();
    let error = deploy(&chain, &deployer, nonce, &echo(4), Some(&args(9))).await.unwrap_err();
    let DeploymentError::Chain(ChainError::Reverted { revert, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!(revert.0, Bytes::from([&CONSTRUCTOR[..], &args(9)].concat()));
    // also when the transaction is really sent: nothing is left of the program
    let init_code = one_shot_init_code(&echo(4), Some(&args(9))).unwrap();
    let tx = Tx::create(init_code).value(U256::from(ACTIVATION_VALUE)).nonce(nonce);
    let sent = chain.send_refused("deploy", &deployer, tx).await.unwrap();
    assert_eq!(sent, revert);
    assert!(chain.code(program_address(deployer.address(), nonce)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_program_without_a_constructor_is_not_called() {
    let (_node, chain, deployer) = chain().await;
    let nonce = chain.next_nonce(deployer.address()).await.unwrap();
    // an unreachable program: any call would fail
    let wat = r#"(module (memory (export "memory") 1 1)
        (func (export "user_entrypoint") (param i32) (result i32) unreachable))"#;
    let program = program(&wat::parse_str(wat).unwrap());
    let deployed = deploy(&chain, &deployer, nonce, &program, None).await.unwrap();
    assert_eq!(keccak256(chain.code(deployed.address).await.unwrap()), keccak256(&program.code));
}

#[tokio::test]
async fn code_that_is_no_program_is_refused() {
    let (_node, chain, deployer) = chain().await;
    let nonce = chain.next_nonce(deployer.address()).await.unwrap();
    let garbage = program(b"not WASM at all");
    deploy(&chain, &deployer, nonce, &garbage, None).await.unwrap_err();
    assert_eq!(chain.next_nonce(deployer.address()).await.unwrap(), nonce);
}

#[tokio::test]
async fn a_program_that_another_contract_created_is_activated_once() {
    let (_node, chain, payer) = chain().await;
    let created = chain.send("create", &payer, Tx::create(init_code(&echo(5).code))).await.unwrap();
    let address: Address = created.contract_address.unwrap();
    assert!(activate(&chain, &payer, &echo(5), address).await.unwrap().is_some());
    assert!(activate(&chain, &payer, &echo(5), address).await.unwrap().is_none());
    // and never one that is not what it should be
    let error = activate(&chain, &payer, &echo(6), address).await.unwrap_err();
    assert!(matches!(error, DeploymentError::OtherCode { .. }), "{error}");
}
