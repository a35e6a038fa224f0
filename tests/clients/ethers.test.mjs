// The chain as ethers sees it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ethers } from "ethers";
import * as $ from "./support.mjs";

let provider, alice, token;

before(async () => {
  provider = new ethers.JsonRpcProvider($.RPC_URL, undefined, { pollingInterval: 50, cacheTimeout: -1 });
  alice = new ethers.Wallet($.ALICE_KEY, provider);
  const factory = new ethers.ContractFactory($.token.abi, $.token.bytecode, alice);
  token = await factory.deploy("Token", "TKN", 1_000_000n, $.ALICE);
  await token.waitForDeployment();
});
after(() => provider.destroy());

/**
 * The last answer that `provider` got to each method, by its name. ethers makes filters and subscriptions in the
 * background, and a chain may answer requests in any order, so only the answer to that very request tells that the
 * chain has done it.
 */
function answersOf(provider) {
  const answers = {};
  const send = provider.send.bind(provider);
  provider.send = (method, params) => (answers[method] = send(method, params));
  return answers;
}

test("the network is known by its chain id", async () => {
  assert.equal((await provider.getNetwork()).chainId, BigInt($.CHAIN_ID));
});

test("fees are the base fee without a tip", async () => {
  const fees = await provider.getFeeData();
  assert.equal(fees.gasPrice, 100_000_000n);
  const block = await provider.getBlock("latest");
  assert.equal(block.baseFeePerGas, 100_000_000n);
});

test("a transfer moves its value and costs 21,000 gas", async () => {
  const to = ethers.Wallet.createRandom().address;
  const sent = await alice.sendTransaction({ to, value: 5n });
  const receipt = await sent.wait();
  assert.equal(receipt.status, 1);
  assert.equal(receipt.gasUsed, 21_000n);
  assert.equal(await provider.getBalance(to), 5n);
  assert.equal((await provider.getTransaction(sent.hash)).value, 5n);
});

test("an estimate is what the transaction needs", async () => {
  const estimate = await token.transfer.estimateGas($.BOB, 1n);
  const receipt = await (await token.transfer($.BOB, 1n)).wait();
  assert.ok(estimate >= receipt.gasUsed, `${estimate} < ${receipt.gasUsed}`);
  assert.ok(estimate <= (receipt.gasUsed * 11n) / 10n, `${estimate} is too much for ${receipt.gasUsed}`);
});

test("events are found by query, in the receipt and by a listener", async () => {
  const answers = answersOf(provider);
  const heard = new Promise((resolve) => token.once("Transfer", (from, to, amount) => resolve({ from, to, amount })));
  await $.until(() => answers.eth_newFilter);
  const receipt = await (await token.transfer($.BOB, 42n)).wait();
  assert.equal(receipt.logs.length, 1);
  const found = await token.queryFilter(token.filters.Transfer($.ALICE, $.BOB), receipt.blockNumber, receipt.blockNumber);
  assert.deepEqual(found.map((event) => event.args.value ?? event.args[2]), [42n]);
  assert.deepEqual(await heard, { from: $.ALICE, to: $.BOB, amount: 42n });
});

test("a revert carries its reason, in a call and in an estimate", async () => {
  const bob = new ethers.Wallet($.BOB_KEY, provider);
  const stranger = token.connect(bob);
  await assert.rejects(stranger.transferFrom.staticCall($.ALICE, $.BOB, 1n), (error) => {
    assert.equal(error.code, "CALL_EXCEPTION");
    assert.equal(error.reason, "ERC20: insufficient allowance");
    return true;
  });
  await assert.rejects(stranger.transferFrom.estimateGas($.ALICE, $.BOB, 1n), { code: "CALL_EXCEPTION" });
});

test("the past stays readable", async () => {
  const before = await provider.getBlockNumber();
  const had = await token.balanceOf($.BOB);
  await (await token.transfer($.BOB, 7n)).wait();
  assert.equal(await token.balanceOf($.BOB), had + 7n);
  assert.equal(await token.balanceOf($.BOB, { blockTag: before }), had);
});

test("the node signs for its accounts", async () => {
  const signer = await provider.getSigner($.BOB);
  const receipt = await (await signer.sendTransaction({ to: $.ALICE, value: 1n })).wait();
  assert.equal(receipt.from, $.BOB);
  assert.equal(ethers.verifyMessage("hello", await signer.signMessage("hello")), $.BOB);
  const [domain, types, value] = [{ name: "Test", chainId: $.CHAIN_ID }, { Thing: [{ name: "n", type: "uint256" }] }, { n: 3 }];
  const signature = await signer.signTypedData(domain, types, value);
  assert.equal(ethers.verifyTypedData(domain, types, value, signature), $.BOB);
});

test("a program is deployed, activated and asked", async () => {
  const arbWasm = new ethers.Contract($.ARB_WASM, $.ARB_WASM_ABI, alice);
  // The first 64 bytes after the code make it another program for every run of this test on one chain.
  const sent = await alice.sendTransaction({ data: $.initCode($.programCode() + ethers.hexlify(ethers.randomBytes(8)).slice(2)) });
  const program = (await sent.wait()).contractAddress;
  await assert.rejects(arbWasm.programVersion(program), (error) => {
    assert.equal(error.revert?.name, "ProgramNotActivated");
    return true;
  });
  const { error } = await $.rpc("eth_call", { to: program, data: "0x760f2a0b" }, "latest");
  assert.match(error.message, /ProgramNotActivated.*cargo stylus activate/s);
  const receipt = await (await arbWasm.activateProgram(program, { value: ethers.parseEther("0.01") })).wait();
  assert.equal(receipt.status, 1);
  assert.equal(await arbWasm.programVersion(program), 2n);
});

test("new blocks arrive over WebSocket", async () => {
  const socket = new ethers.WebSocketProvider($.WS_URL);
  const answers = answersOf(socket);
  try {
    const seen = new Promise((resolve) => socket.on("block", resolve));
    await $.until(() => answers.eth_subscribe);
    await provider.send("evm_mine", []);
    assert.ok((await seen) > 0);
    await socket.off("block");
    assert.equal(await $.until(() => answers.eth_unsubscribe), true);
  } finally {
    await socket.destroy();
  }
});

test("a nonce gap waits, and closes", async () => {
  const nonce = await alice.getNonce();
  const later = await alice.sendTransaction({ to: $.BOB, value: 1n, nonce: nonce + 1, gasLimit: 21_000n });
  assert.equal(await provider.getTransactionReceipt(later.hash), null);
  await (await alice.sendTransaction({ to: $.BOB, value: 1n, nonce })).wait();
  assert.equal((await later.wait()).status, 1);
});

test("what cannot be is refused in words that ethers knows", async () => {
  await assert.rejects(alice.sendTransaction({ to: $.BOB, nonce: 0, gasLimit: 21_000n }), { code: "NONCE_EXPIRED" });
  const poor = ethers.Wallet.createRandom().connect(provider);
  await assert.rejects(poor.sendTransaction({ to: $.BOB, value: 1n, gasLimit: 21_000n }), { code: "INSUFFICIENT_FUNDS" });
});
