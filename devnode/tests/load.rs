//! What nobody should send: the chain answers or refuses, goes on, and its state is what it was.
#![allow(missing_docs)]

mod support;

use std::time::Duration;

use alloy::primitives::{Bytes, U256, address, hex};
use alloy::rpc::types::TransactionRequest;
use devnode::Config;
use serde_json::{Value, json};
use support::{Chain, chain, chain_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Resident memory that a flood may add: far more than it needs, far less than it could be made to take.
const MEMORY_LIMIT: u64 = 1 << 30;
/// How long to wait for anything: no test here may depend on a fast machine, only on an end.
const PATIENCE: Duration = Duration::from_secs(240);

/// Number, hash and state digest of the newest block.
async fn head(chain: &Chain) -> [Value; 3] {
    let block = chain.request("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    ["number", "hash", "stateRoot"].map(|member| block[member].clone())
}

/// Bytes of memory that the process has in use.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1_024
}

fn host(chain: &Chain) -> String {
    chain.node.url().trim_start_matches("http://").to_owned()
}

/// Sends bytes as a request's body, as they are; returns status and body of the answer.
async fn post(chain: &Chain, content_type: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: node\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(host(chain)).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let send = async {
            writer.write_all(head.as_bytes()).await?;
            // The server may refuse, and hang up, before it has read all of it.
            writer.write_all(body).await
        };
        let mut answer = Vec::new();
        let (_refused_early, received) = tokio::join!(send, reader.read_to_end(&mut answer));
        // A connection reset after the answer has come is no loss.
        if answer.is_empty() {
            received.unwrap();
        }
        answer
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await.expect("an answer, or a refusal");
    let text = String::from_utf8_lossy(&answer);
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let body = body.map(|end| answer[end + 4..].to_vec()).unwrap_or_default();
    (status.unwrap_or_else(|| panic!("no HTTP answer: {text}")), body)
}

/// Numbers that look random and are the same in every run (xorshift64*), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn bytes(&mut self, limit: usize) -> Vec<u8> {
        (0..self.below(limit)).map(|_| self.next() as u8).collect()
    }
}

/// Any JSON value, and numbers that no type of ours holds.
fn any_json(random: &mut Random, depth: u32) -> String {
    let digits = |random: &mut Random, limit| {
        (0..random.below(limit) + 1)
            .map(|_| random.one_of(b"123456789") as char)
            .collect::<String>()
    };
    match random.below(if depth == 0 { 10 } else { 14 }) {
        0 => "null".into(),
        1 => random.one_of(&["true", "false"]).into(),
        2 => (random.next() as i64).to_string(),
        3 => digits(random, 400),
        4 => format!("-{}e{}", digits(random, 20), digits(random, 5)),
        5 => json!(hex::encode_prefixed(random.bytes(100))).to_string(),
        6 => json!(format!("0x{}", digits(random, 80))).to_string(),
        7 => json!(String::from_utf8_lossy(&random.bytes(60))).to_string(),
        8 => json!(devnode::DEV_ACCOUNT).to_string(),
        9 => json!(random.one_of(&["latest", "pending", "earliest", "0x", "", "0x0"])).to_string(),
        10 | 11 => {
            let items: Vec<_> = (0..random.below(8)).map(|_| any_json(random, depth - 1)).collect();
            format!("[{}]", items.join(","))
        }
        _ => {
            let member = |random: &mut Random| {
                format!("{:?}:{}", random.one_of(MEMBERS), any_json(random, depth - 1))
            };
            let members: Vec<_> = (0..random.below(8)).map(|_| member(random)).collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

/// Names of members that some method looks for, and one that none does.
const MEMBERS: &[&str] = &[
    "accessList",
    "address",
    "authorizationList",
    "balance",
    "blockHash",
    "chainId",
    "code",
    "data",
    "from",
    "fromBlock",
    "gas",
    "gasPrice",
    "input",
    "maxFeePerGas",
    "nonce",
    "nobody",
    "stateDiff",
    "to",
    "toBlock",
    "topics",
    "type",
    "value",
];

/// Methods that read or simulate: none of them may change the chain, whatever it is given.
const READS: &[&str] = &[
    "eth_call",
    "eth_estimateGas",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_getCode",
    "eth_getLogs",
    "eth_getStorageAt",
    "eth_getTransactionByBlockNumberAndIndex",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_feeHistory",
    "eth_newFilter",
    "eth_getFilterChanges",
    "eth_uninstallFilter",
    "eth_sendRawTransaction",
    "eth_subscribe",
    "net_version",
    "web3_sha3",
    "debug_traceTransaction",
    "no_such_method",
];

/// A request of a method that exists, with parameters that fit nothing.
fn wrong_request(random: &mut Random) -> String {
    let method = random.one_of(READS);
    let (id, params) = (any_json(random, 1), any_json(random, 4));
    let params = if random.below(4) > 0 { format!("[{params}]") } else { params };
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
}

/// Bytes that are no request, or nearly one.
fn malformed(random: &mut Random) -> Vec<u8> {
    match random.below(12) {
        0..=3 => wrong_request(random).into_bytes(),
        4 => any_json(random, 5).into_bytes(),
        5 => random.bytes(600),
        // cut off anywhere
        6 | 7 => {
            let mut bytes = wrong_request(random).into_bytes();
            bytes.truncate(random.below(bytes.len()));
            bytes
        }
        // one byte replaced
        8 | 9 => {
            let mut bytes = wrong_request(random).into_bytes();
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
            bytes
        }
        // a batch of requests and of anything
        10 => {
            let entry = |random: &mut Random| match random.below(2) {
                0 => wrong_request(random),
                _ => any_json(random, 3),
            };
            let entries: Vec<_> = (0..random.below(12)).map(|_| entry(random)).collect();
            format!("[{}]", entries.join(",")).into_bytes()
        }
        // nested deeper than a parser should follow
        _ => {
            let depth = random.below(5_000);
            let close = "]".repeat(random.below(2) * depth);
            request("eth_call", &format!("{}{close}", "[".repeat(depth)))
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_malformed_requests_changes_nothing() {
    let chain = std::sync::Arc::new(chain().await);
    chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await;
    let (before, memory) = (head(&chain).await, resident());
    let clients: Vec<_> = (1..=8)
        .map(|seed| {
            let chain = chain.clone();
            tokio::spawn(async move {
                let mut random = Random(seed);
                for _ in 0..250 {
                    let body = malformed(&mut random);
                    let types =
                        ["application/json", "application/json", "text/plain", "\u{7f}", ""];
                    let (status, answer) = post(&chain, random.one_of(&types), &body).await;
                    let sent = String::from_utf8_lossy(&body);
                    // HTTP refuses with a status of its own; a notification has no answer; all else is JSON.
                    if status == 200 {
                        let answer: Result<Value, _> = serde_json::from_slice(&answer);
                        let is_empty = answer.as_ref().is_err_and(|error| error.is_eof());
                        assert!(answer.is_ok() || is_empty, "{answer:?} to {sent}");
                    } else {
                        assert!((400..500).contains(&status), "{status} to {sent}");
                    }
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(head(&chain).await, before);
    let grown = resident().saturating_sub(memory);
    assert!(grown < MEMORY_LIMIT, "{grown} bytes more");
    // and it still does what it is for
    assert!(chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_and_cut_messages_over_a_web_socket_change_nothing() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    let chain = chain().await;
    let before = head(&chain).await;
    for message in [
        Message::Binary(vec![0xff; 10_000].into()),
        Message::Text("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":[".into()),
        Message::Text("[".repeat(100_000).into()),
        Message::Text("".into()),
    ] {
        let (mut socket, _) = tokio_tungstenite::connect_async(chain.node.ws_url()).await.unwrap();
        socket.send(message).await.unwrap();
        let answer = tokio::time::timeout(PATIENCE, socket.next()).await.expect("an answer");
        // An error, or the end of the connection.
        if let Some(Ok(Message::Text(text))) = answer {
            let answer: Value = serde_json::from_str(&text).unwrap();
            assert!(answer["error"]["code"].is_i64(), "{answer}");
        }
    }
    assert_eq!(head(&chain).await, before);
}

/// JSON text of a request with these parameters.
fn request(method: &str, params: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_big_is_refused_before_it_is_read() {
    let chain = chain().await;
    let memory = resident();
    let body = vec![b' '; 64 << 20];
    let (status, _) = post(&chain, "application/json", &body).await;
    assert_eq!(status, 413);
    assert!(resident().saturating_sub(memory) < MEMORY_LIMIT);
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_parameters_take_bounded_memory() {
    let chain = chain().await;
    let before = head(&chain).await;
    let memory = resident();
    let many = |item: &str| {
        let count = (15 << 20) / (item.len() + 1);
        format!("[{}]", vec![item; count].join(","))
    };
    for params in [
        many("{\"a\":0}"),
        many("[]"),
        many("0"),
        format!("[{}]", many("{}")),
        format!("[\"0x{}\"]", "ab".repeat(7 << 20)),
        format!("[{}1]", "9".repeat(15 << 20)),
        format!("[\"{}\"]", "\\u0000".repeat(2 << 20)),
    ] {
        for method in ["eth_call", "eth_sendRawTransaction", "eth_getLogs"] {
            let (status, answer) =
                post(&chain, "application/json", &request(method, &params)).await;
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(status, 200);
            assert!(answer["error"]["code"].is_i64(), "{method} {}…: {answer}", &params[..20]);
        }
        let grown = resident().saturating_sub(memory);
        assert!(grown < MEMORY_LIMIT, "{grown} bytes more after {}…", &params[..20]);
    }
    assert_eq!(head(&chain).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_10_000_requests_is_answered_and_a_bigger_one_refused() {
    let chain = chain().await;
    let batch = |count: usize| {
        let one = r#"{"jsonrpc":"2.0","id":7,"method":"eth_blockNumber","params":[]}"#;
        format!("[{}]", vec![one; count].join(",")).into_bytes()
    };
    let (status, answer) = post(&chain, "application/json", &batch(10_000)).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status, answer.as_array().unwrap().len()), (200, 10_000));
    assert!(answer.as_array().unwrap().iter().all(|answer| answer["result"] == "0x0"));
    let (status, answer) = post(&chain, "application/json", &batch(10_001)).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(status, 200);
    assert!(answer["error"]["data"].as_str().unwrap().contains("10000"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_slow_clients_keep_nobody_waiting() {
    let chain = chain().await;
    let memory = resident();
    let mut slow = Vec::new();
    for place in 0..1_000 {
        let mut stream = TcpStream::connect(host(&chain)).await.unwrap();
        // some say nothing, some begin a head, some begin a body
        let begin: &[u8] = match place % 3 {
            0 => b"",
            1 => b"POST / HTTP/1.1\r\nHost: node\r\nContent-Ty",
            _ => b"POST / HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"js",
        };
        stream.write_all(begin).await.unwrap();
        slow.push(stream);
    }
    let receipt = tokio::time::timeout(
        PATIENCE,
        chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT).value(U256::from(1))),
    );
    assert!(receipt.await.expect("an answer beside slow clients").status());
    assert!(resident().saturating_sub(memory) < MEMORY_LIMIT);
    // and each of them is still served when it goes on
    let mut last = slow.swap_remove(2);
    let rest = r#"onrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#;
    let padding = " ".repeat(100 - 4 - rest.len());
    last.write_all(format!("{rest}{padding}").as_bytes()).await.unwrap();
    let mut answer = [0; 15];
    tokio::time::timeout(PATIENCE, last.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_at_once_are_all_answered() {
    let chain = std::sync::Arc::new(chain().await);
    let clients: Vec<_> = (0..1_000)
        .map(|_| {
            let chain = chain.clone();
            tokio::spawn(async move {
                post(&chain, "application/json", &request("eth_chainId", "[]")).await
            })
        })
        .collect();
    for client in clients {
        let (status, answer) = client.await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!((status, &answer["result"]), (200, &json!("0x64aba")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_takes_too_long_ends_in_an_error_that_says_so() {
    // given a timeout that no loop of 50 million gas can keep, and code set without an estimate
    let config = Config { evm_timeout: Duration::from_millis(1), ..Config::default() };
    let chain = chain_with(config).await;
    let endless = address!("00000000000000000000000000000000000bEEF1");
    // JUMPDEST PUSH0 JUMP
    let code: Bytes = hex!("5b5f56").into();
    chain.request("anvil_setCode", json!([endless, code])).await.unwrap();
    let before = head(&chain).await;
    for method in ["eth_call", "eth_estimateGas"] {
        let call = json!([{"to": endless}, "latest"]);
        let error = chain.request(method, call).await.unwrap_err();
        assert!(error.contains("execution aborted (timeout = 1ms)"), "{method}: {error}");
    }
    assert_eq!(head(&chain).await, before);
}
