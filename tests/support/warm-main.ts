/** Prepares a launch as `ao` does, and stays: `bun warm-main.ts <session folder> <launch id>`. */
import { join } from "node:path";

import { warmUp } from "../../src/runtime/pty/warm.ts";

const [sessionDir = "", launchId = ""] = process.argv.slice(2);
const main = join(import.meta.dir, "..", "..", "src", "main.ts");
warmUp({ sessionDir, launchId, self: [process.execPath, main] });
process.stdout.write("prepared\n");
setInterval(() => {}, 1_000_000);
