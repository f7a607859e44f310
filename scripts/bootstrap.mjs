// The one script for Node: it installs what `package-lock.json` pins, Bun among it, unless that is
// what `node_modules` holds already. Everything else runs on Bun.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const bun = "node_modules/bun/bin/bun.exe";

process.chdir(new URL("..", import.meta.url).pathname);
if (!isCurrent()) {
  process.stderr.write("installing what package-lock.json pins\n");
  run("npm", ["ci", "--no-fund", "--no-audit"]);
}
// npm may be set not to run install scripts; the program comes with one.
if (!isBunReady()) run(process.execPath, ["node_modules/bun/install.js"]);

function isCurrent() {
  const wanted = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  if (!wanted || !installed) return false;
  const isWanted = ([path, { version, optional }]) =>
    path === "" || installed[path]?.version === version || (optional && !installed[path]);
  const isKnown = (path) => path in wanted;
  return Object.entries(wanted).every(isWanted) && Object.keys(installed).every(isKnown);
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isBunReady() {
  const { stdout } = spawnSync(bun, ["--version"], { encoding: "utf8" });
  return stdout?.trim() === packagesOf("package-lock.json")["node_modules/bun"].version;
}

function run(program, words) {
  const { status, error } = spawnSync(program, words, { stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  process.stderr.write(`error: ${program} ${words.join(" ")} failed${error ? `: ${error}` : ""}\n`);
  process.exit(1);
}
