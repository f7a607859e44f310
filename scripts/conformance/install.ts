import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { run } from "../run.ts";
import type { Program } from "./catalogue.ts";

/** The registry could not be reached, which says nothing about `ao`. */
export class RegistryUnreachable extends Error {}

/** Longest time for one program: the largest has 400 MB. */
const installMs = 10 * 60_000;

const networkCodes = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ERR_SOCKET_TIMEOUT",
];

/**
 * Installs a program at its pinned version, in a temporary folder that the next run finds again.
 * Returns the folder of its executables. Throws `RegistryUnreachable`, or an error with what npm
 * said.
 */
export async function install(program: Program): Promise<string> {
  const folder = programsFolder();
  const name = `${program.package.replaceAll(/[@/]/g, "_")}_${program.version}`;
  const place = join(folder, name);
  const binaries = join(place, "node_modules", ".bin");
  if (existsSync(join(binaries, program.binary))) return binaries;
  const draft = mkdtempSync(join(folder, `draft-${name}-`));
  try {
    await npmInstall(program, draft);
    rmSync(place, { recursive: true, force: true });
    renameSync(draft, place);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return binaries;
}

async function npmInstall(program: Program, draft: string): Promise<void> {
  const wanted = `${program.package}@${program.version}`;
  const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts=false"];
  const retries = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"];
  // A newer npm runs the install scripts of named packages only.
  const allowScripts = { [program.package]: true };
  writeFileSync(join(draft, "package.json"), JSON.stringify({ private: true, allowScripts }));
  const argv = ["npm", "install", "--prefix", draft, ...flags, ...retries, wanted];
  const { exitCode, stdout, stderr } = await run(argv, { env: process.env, limitMs: installMs });
  if (exitCode === 0 && existsSync(join(draft, "node_modules", ".bin", program.binary))) return;
  const said = `${stdout}\n${stderr}`.trim();
  const lines = said.split("\n");
  const isNetwork = (line: string) => networkCodes.some((code) => line.includes(code));
  const cause = lines.find(isNetwork);
  if (cause !== undefined) throw new RegistryUnreachable(cause.replace(/^npm error /, ""));
  throw new Error(`npm install ${wanted} failed (${exitCode}): ${said.slice(-2_000)}`);
}

function programsFolder(): string {
  const folder = join(tmpdir(), `ao-conformance-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== userInfo().uid || (mode & 0o022) !== 0) {
    throw new Error(`folder ${folder} is not this user's own`);
  }
  return folder;
}
