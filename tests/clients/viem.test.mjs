// The chain as viem sees it.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  createPublicClient, createTestClient, createWalletClient, defineChain, http, parseAbi, parseEther, publicActions,
  webSocket,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import * as $ from "./support.mjs";

const chain = defineChain({
  id: $.CHAIN_ID,
  name: "devnode",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [$.RPC_URL] } },
});
const transport = http($.RPC_URL);
const client = createPublicClient({ chain, transport, pollingInterval: 50 });
const control = createTestClient({ chain, transport, mode: "anvil" });
const account = privateKeyToAccount($.BOB_KEY);
const bob = createWalletClient({ chain, transport, account }).extend(publicActions);
let token;

before(async () => {
  const hash = await bob.deployContract({ abi: $.token.abi, bytecode: $.token.bytecode, args: ["Token", "TKN", 1000n, $.BOB] });
  token = { abi: $.token.abi, address: (await client.waitForTransactionReceipt({ hash })).contractAddress };
});

test("a write that was simulated does what was foreseen", async () => {
  const { request, result } = await client.simulateContract({
    ...token, functionName: "transfer", args: [$.ALICE, 3n], account,
  });
  assert.equal(result, true);
  const receipt = await client.waitForTransactionReceipt({ hash: await bob.writeContract(request) });
  assert.equal(receipt.status, "success");
  assert.equal(await client.readContract({ ...token, functionName: "balanceOf", args: [$.ALICE] }), 3n);
  const events = await client.getContractEvents({ ...token, eventName: "Transfer", fromBlock: receipt.blockNumber });
  assert.equal(events.at(0).args.value, 3n);
});

test("a refused simulation names the reason", async () => {
  await assert.rejects(
    client.simulateContract({ ...token, functionName: "transfer", args: [$.ALICE, 10n ** 30n], account }),
    /ERC20: transfer amount exceeds balance/,
  );
});

test("fees are estimated from the history", async () => {
  const fees = await client.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas >= 100_000_000n);
  const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [20] });
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
});

test("time travels and comes back", async () => {
  const id = await control.snapshot();
  const { timestamp } = await client.getBlock();
  await control.increaseTime({ seconds: 3600 });
  await control.mine({ blocks: 2 });
  assert.ok((await client.getBlock()).timestamp >= timestamp + 3600n);
  await control.revert({ id });
  assert.equal((await client.getBlock()).timestamp, timestamp);
});

test("accounts are set and impersonated", async () => {
  const { address } = privateKeyToAccount(generatePrivateKey());
  await control.setBalance({ address, value: parseEther("2") });
  await control.impersonateAccount({ address });
  const asked = createWalletClient({ chain, transport, account: address });
  const hash = await asked.sendTransaction({ to: $.ALICE, value: 1n });
  assert.equal((await client.waitForTransactionReceipt({ hash })).status, "success");
  await control.stopImpersonatingAccount({ address });
  await assert.rejects(asked.sendTransaction({ to: $.ALICE, value: 1n }));
});

test("blocks are made on request when mining by itself is off", async () => {
  await control.setAutomine(false);
  try {
    const hash = await bob.sendTransaction({ to: $.ALICE, value: 1n });
    assert.equal((await control.getTxpoolStatus()).pending, 1);
    await assert.rejects(client.getTransactionReceipt({ hash }), /could not be found/);
    await control.mine({ blocks: 1 });
    assert.equal((await client.getTransactionReceipt({ hash })).status, "success");
  } finally {
    await control.setAutomine(true);
  }
});

test("calls pretend another state", async () => {
  const { address } = privateKeyToAccount(generatePrivateKey());
  // A contract that answers its own balance: SELFBALANCE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN.
  const { data } = await client.call({
    to: address,
    stateOverride: [{ address, balance: 77n, code: "0x475f5260205ff3" }],
  });
  assert.equal(BigInt(data), 77n);
});

test("logs and heads arrive over WebSocket", async () => {
  const socket = createPublicClient({ chain, transport: webSocket($.WS_URL) });
  let stop;
  const seen = new Promise((resolve, reject) => {
    stop = socket.watchContractEvent({ ...token, eventName: "Transfer", onLogs: resolve, onError: reject });
  });
  // viem subscribes in the background, and says so nowhere else.
  const client = await socket.transport.getRpcClient();
  await $.until(() => client.subscriptions.size);
  await bob.writeContract({ ...token, functionName: "transfer", args: [$.ALICE, 9n] });
  assert.equal((await seen).at(0).args.value, 9n);
  stop();
  client.close();
});

test("requests in a batch are answered each", async () => {
  const batched = createPublicClient({ chain, transport: http($.RPC_URL, { batch: true }) });
  const [id, number, gas] = await Promise.all([batched.getChainId(), batched.getBlockNumber(), batched.getGasPrice()]);
  assert.equal(id, $.CHAIN_ID);
  assert.ok(number > 0n);
  assert.equal(gas, 100_000_000n);
});

test("an account delegates its code and acts by it", async () => {
  const owner = privateKeyToAccount(generatePrivateKey());
  await control.setBalance({ address: owner.address, value: parseEther("1") });
  const wallet = createWalletClient({ chain, transport, account: owner });
  const authorization = await wallet.signAuthorization({ contractAddress: token.address, executor: "self" });
  const hash = await wallet.sendTransaction({ to: owner.address, authorizationList: [authorization], data: "0x18160ddd" });
  assert.equal((await client.waitForTransactionReceipt({ hash })).status, "success");
  assert.equal(await client.getCode({ address: owner.address }), "0xef0100" + token.address.slice(2).toLowerCase());
});

test("ArbSys knows the chain's own number", async () => {
  const number = await client.readContract({
    address: "0x0000000000000000000000000000000000000064",
    abi: parseAbi(["function arbBlockNumber() view returns (uint256)"]),
    functionName: "arbBlockNumber",
  });
  assert.equal(number, await client.getBlockNumber({ cacheTime: 0 }));
});
