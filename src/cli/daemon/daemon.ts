import { runDaemon } from "../../engine/daemon.ts";
import { logFileOf, supervisorOf } from "../../engine/supervisor/choose.ts";
import { trimLog } from "../../engine/supervisor/log-file.ts";
import { messageOf } from "../../error.ts";
import { takeNotifier } from "../../process/notify.ts";
import { command } from "../command.ts";
import type { Output } from "../output.ts";

export const daemon = command({
  meta: { name: "daemon", description: "Keep the background loops alive, in the foreground" },
  details:
    "No command needs it: it only makes things happen promptly while nobody types. One runs per " +
    "data directory; SIGTERM or ctrl-C ends it, and no agent with it. `ao daemon install` has " +
    "systemd or launchd keep it running.",
  example: "ao daemon",
  subCommands: {
    install: () => import("./install.ts").then((m) => m.install),
    uninstall: () => import("./uninstall.ts").then((m) => m.uninstall),
    status: () => import("./status.ts").then((m) => m.status),
    logs: () => import("./logs.ts").then((m) => m.logs),
  },
  async run({ output, openEngine, openWeb, interrupt, dataDir }) {
    const notifier = takeNotifier(process.env);
    const engine = await openEngine();
    // Of all supervisors, launchd alone lets a log grow for ever, and names the job it started.
    if (process.platform === "darwin" && process.env["XPC_SERVICE_NAME"]) {
      const { unitName } = supervisorOf(engine);
      if (process.env["XPC_SERVICE_NAME"] === unitName) trimLog(logFileOf(dataDir));
    }
    await runDaemon(engine, {
      signal: interrupt,
      notifier,
      openFace: openWeb,
      onReady: (url) =>
        output.note(`the daemon of ${dataDir} runs as process ${process.pid}, at ${url}`),
      onError: warner(output),
    });
  },
});

const repeatMs = 600_000;
const mostTexts = 100;

/** Tells the same failure once in a while only: a pass may fail the same way every second. */
function warner(output: Output): (error: unknown) => void {
  const toldAt = new Map<string, number>();
  return (error) => {
    const text = messageOf(error);
    const now = performance.now();
    if (now - (toldAt.get(text) ?? Number.NEGATIVE_INFINITY) < repeatMs) return;
    if (toldAt.size >= mostTexts) toldAt.clear();
    toldAt.set(text, now);
    output.warn(text);
  };
}
