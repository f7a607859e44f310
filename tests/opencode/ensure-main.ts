import { openStore } from "../../src/store/store.ts";
import { sampleSession } from "./sample-store.ts";

/**
 * Run as a process: `ensure-main.ts <data dir> <url>`, the password in the environment. Each line
 * of standard input is `ensure <session>` or `recreate <session> <stale>`; each answer is one line.
 */
const [dataDir = "", url = ""] = process.argv.slice(2);
const store = openStore(dataDir);
const server = { url, password: process.env["SAMPLE_PASSWORD"] ?? "" };
process.stdout.write("ready\n");
for await (const line of console) {
  const [verb, id = "", stale = ""] = line.split(" ");
  if (id === "") continue;
  const session = sampleSession(store, server, id, { timeoutMs: 30_000 });
  const answer = await (verb === "recreate" ? session.recreate(stale) : session.ensure());
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
store.close();
