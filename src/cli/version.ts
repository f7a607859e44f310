import { commit, version as number } from "../version.ts";
import { command } from "./command.ts";

export const version = command({
  meta: { name: "version", description: "Print the version and the commit it was built from" },
  example: "ao version --json",
  run: ({ output }) => output.result({ version: number, commit }, () => `ao ${number} (${commit})`),
});
