import { runDaemon } from "../engine/daemon.ts";
import { messageOf } from "../error.ts";
import { command } from "./command.ts";

export const daemon = command({
  meta: { name: "daemon", description: "Keep the background loops alive, in the foreground" },
  details:
    "No command needs it: it only makes things happen promptly while nobody types. One runs per " +
    "data directory; SIGTERM or ctrl-C ends it, and no agent with it.",
  example: "ao daemon",
  async run({ output, openEngine, openWeb, interrupt, dataDir }) {
    const engine = await openEngine();
    await runDaemon(engine, {
      signal: interrupt,
      openFace: openWeb,
      onReady: (url) =>
        output.note(`the daemon of ${dataDir} runs as process ${process.pid}, at ${url}`),
      onError: (error) => output.warn(messageOf(error)),
    });
  },
});
