// Compiles the contracts of this directory to runtime code: `node compile.js <directory of the npm package solc 0.8.30>`.
const fs = require("fs");
const path = require("path");
// The one C function that the compiler exports for standard JSON; its JavaScript wrapper needs more packages.
const compiler = require(path.join(path.resolve(process.argv[2]), "soljson.js"));
const compile = compiler.cwrap("solidity_compile", "string", ["string", "number", "number"]);
for (const name of ["StylusDeployer", "CacheManager"]) {
  const file = `${name}.sol`;
  const input = {
    language: "Solidity",
    sources: { [file]: { content: fs.readFileSync(path.join(__dirname, file), "utf8") } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: "cancun",
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: { "*": { "*": ["evm.deployedBytecode.object"] } },
    },
  };
  const output = JSON.parse(compile(JSON.stringify(input), 0, 0));
  for (const message of output.errors ?? []) console.error(message.formattedMessage);
  const code = output.contracts[file][name].evm.deployedBytecode.object;
  fs.writeFileSync(path.join(__dirname, `${name}.hex`), code + "\n");
  console.log(name, code.length / 2, "bytes");
}
