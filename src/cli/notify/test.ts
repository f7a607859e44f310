import { tryingSinks } from "../../engine/notify/notify.ts";
import { exitCodes } from "../../error.ts";
import { command } from "../command.ts";

export const test = command({
  meta: { name: "test", description: "Send a notification by each way that is configured" },
  details: "Nothing is stored. The exit code is 5 when a way failed.",
  args: {},
  example: "ao notify test",
  async run({ output, openEngine }) {
    const tried = await tryingSinks(await openEngine());
    if (output.isJson) output.json({ sinks: tried });
    else for (const one of tried) output.line(`${one.sink} ${one.error ?? one.state}`);
    return tried.every(({ state }) => state === "sent") ? 0 : exitCodes.unavailable;
  },
});
