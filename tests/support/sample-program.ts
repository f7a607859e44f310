import { runTree } from "../../src/cli/run.ts";
import { root } from "./sample-tree.ts";

process.exitCode = await runTree(root, process.argv.slice(2), {
  prepare: (base) => ({
    ...base,
    dataDir: "/nowhere",
    interrupt: new AbortController().signal,
    openWeb: () => Promise.reject(new Error("the sample has no daemon")),
    openEngine: () => Promise.reject(new Error("the sample has no engine")),
  }),
  lookUp: (kind, { globals }) => {
    if (kind === "agent") throw new Error("the store cannot be read");
    return kind === "project" ? ["shop", "blog"] : [`${globals.project ?? "any"}-1`, "shop-2"];
  },
});
