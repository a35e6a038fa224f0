//! The launcher: whom it obeys, and how often.

use alloy::primitives::Bytes;
use metalayer::deployment::evm_one_shot_init_code;
use metalayer::launcher::Launcher;
use metalayer::nodes::role;

use super::world::{World, deployer, give};

#[tokio::test]
async fn a_launcher_obeys_its_deployer_alone_and_each_salt_once() {
    // given the launcher of the deployer, created by somebody else
    let world = World::new().await;
    let (chain, mallory) = (&world.nodes.a, role("mallory"));
    give(chain, mallory.address(), 100).await;
    let launcher = Launcher::new(deployer().address(), "test");
    chain.send("create", &mallory, launcher.create()).await.unwrap();
    assert_eq!(chain.code(launcher.address()).await.unwrap(), launcher.code());
    // when mallory launches what the deployer was about to launch
    let one_shot = evm_one_shot_init_code("five", &FIVE, &[]).unwrap();
    let tx = launcher.launch("five", &one_shot);
    let refused = chain.send_refused("launch", &mallory, tx.clone()).await.unwrap();
    // then it is refused, and the deployer finds the place free
    assert!(refused.0.is_empty());
    chain.send("launch", &deployer(), tx.clone()).await.unwrap();
    let five = launcher.contract("five");
    assert_eq!(chain.code(five).await.unwrap(), FIVE[9..]);
    // and the same salt serves once, whatever is launched
    let refused = chain.send_refused("launch", &deployer(), tx).await.unwrap();
    assert!(refused.0.is_empty());
    // and what a refused creation says comes through
    let failing = evm_one_shot_init_code("bad", &REVERTS, &[]).unwrap();
    let tx = launcher.launch("bad", &failing);
    let refused = chain.send_refused("launch", &deployer(), tx).await.unwrap();
    assert_eq!(refused.0, Bytes::from([0x2a]));
}

/// Init code of a contract whose code is the one byte 5: PUSH1 5, PUSH0, MSTORE8, PUSH1 1, PUSH0, RETURN, 5.
const FIVE: [u8; 10] = [0x60, 0x05, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xf3, 0x00, 0x05];
/// Init code that reverts with the byte 0x2a.
const REVERTS: [u8; 8] = [0x60, 0x2a, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xfd];
