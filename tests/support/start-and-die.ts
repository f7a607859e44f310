// Starts an agent from the launch spec that is named, then dies without a word.
import { readLaunchSpec } from "../../src/runtime/launch.ts";
import { ptyRuntime } from "../../src/runtime/pty/pty.ts";
import { tmuxRuntime } from "../../src/runtime/tmux/tmux.ts";

const spec = readLaunchSpec(process.argv[2] ?? "");
const runtime = spec.runtime === "pty" ? ptyRuntime() : tmuxRuntime();
process.stdout.write(JSON.stringify(await runtime.create(spec)));
process.kill(process.pid, "SIGKILL");
