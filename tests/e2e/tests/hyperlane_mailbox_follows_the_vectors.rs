//! Hyperlane's own Mailbox, as its npm package ships it, refuses messages on this chain as the vectors say.

use alloy::primitives::Bytes;
use alloy::sol_types::{Revert, SolError, SolValue};
use e2e::chain::Chain;
use e2e::programs;
use e2e::vectors::{self, bytes, list, text};
use interfaces::codec::HyperlaneMessage;
use interfaces::hyperlane::IMailbox;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_refused_as_in_the_vectors() {
    let vectors = vectors::messaging();
    let cases = list(&vectors["mailboxProcess"]["cases"]);
    assert_eq!(cases.len(), 7, "a case was added or lost");
    let chain = Chain::a().await;
    let (dev, relayer) = (chain.dev(), chain.account("relayer"));
    // Hooks and recipient only need code; this one accepts every call.
    let anything = chain.mock("RecordingRouter", &[]).await;
    for case in cases {
        let name = text(&case["name"]);
        // given a Mailbox of that domain
        let domain: u32 = case["localDomain"].as_u64().map_or(412_347, |domain| domain as u32);
        assert_ne!(u64::from(domain), chain.id(), "domains are no chain ids");
        let mailbox = programs::hyperlane(&chain, "contracts/Mailbox", domain.abi_encode()).await;
        let verdict = case["ism"].as_str() != Some("false");
        let initialize = IMailbox::initializeCall {
            owner: dev.address(),
            defaultIsm: chain.mock("FixedIsm", &verdict.abi_encode()).await,
            defaultHook: anything,
            requiredHook: anything,
        };
        chain.must(&dev, mailbox, &initialize).await;
        let mut message = bytes(&case["message"]).to_vec();
        if case["deliveredBefore"] == true {
            message[57..77].copy_from_slice(anything.as_slice());
        }
        let process =
            IMailbox::processCall { metadata: Bytes::new(), message: message.clone().into() };
        if case["deliveredBefore"] == true {
            chain.must(&relayer, mailbox, &process).await;
            let delivered =
                IMailbox::deliveredCall { messageId: HyperlaneMessage::id_of(&message) };
            assert!(
                chain.view(mailbox, &delivered).await,
                "{name}: NUMBER is positive on this chain"
            );
        }
        // when the message is processed
        let reverted = chain.send(&relayer, mailbox, &process).await.expect_err(name);
        // then it is refused for its reason
        let expected = match text(&case["revert"]["kind"]) {
            "string" => Revert::from(text(&case["revert"]["message"])).abi_encode(),
            "empty" => Vec::new(),
            other => panic!("{name}: no such kind: {other}"),
        };
        assert_eq!(reverted, expected, "{name}");
    }
}
