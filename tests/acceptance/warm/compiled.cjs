// The CDK CLI is one file of 16 MB, and half of what a deploy computes here is V8 compiling that. Preloaded into the CLI,
// this has V8 keep what it compiled for the next one. V8 itself refuses what another Node has left, or another CLI.
const fs = require("fs");
const Module = require("module");
const path = require("path");
const vm = require("vm");

const CLI = path.join("node_modules", "aws-cdk", "lib", "index.js");
const DYNAMIC_IMPORTS = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER; // Node 20 has it from 20.12 on
const compile = Module.prototype._compile;

Module.prototype._compile = function (content, filename, ...rest) {
  if (!filename.endsWith(CLI) || DYNAMIC_IMPORTS === undefined) return compile.call(this, content, filename, ...rest);
  const root = path.dirname(path.dirname(filename));
  const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  const kept = path.join(path.dirname(root), ".cache", `aws-cdk-${version}-node-${process.versions.node}`);
  const script = new vm.Script(Module.wrap(content), {
    filename,
    cachedData: read(kept),
    importModuleDynamically: DYNAMIC_IMPORTS,
  });
  // Only now is there more than the outermost function: the rest is compiled when it is first called.
  if (script.cachedDataRejected !== false && process.argv[2] === "deploy")
    process.once("exit", () => write(kept, script.createCachedData()));
  const run = script.runInThisContext();
  return run.call(this.exports, this.exports, Module.createRequire(filename), this, filename, path.dirname(filename));
};

function read(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

// Others read it, and write it, at the same time; where it can't be kept, the next CLI takes longer.
function write(file, data) {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.${process.pid}`, data);
    fs.renameSync(`${file}.${process.pid}`, file);
  } catch {}
}
