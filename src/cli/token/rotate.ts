import { rotateToken, tokenPath } from "../../engine/api-token.ts";
import { command } from "../command.ts";

export const rotate = command({
  meta: { name: "rotate", description: "Make a new token; the old one is void at once" },
  details:
    "A running daemon takes the new one without a restart. Programs have to read the file again, " +
    "and browsers to log in again: `ao web`.",
  args: {},
  example: "ao token rotate",
  async run({ output, openEngine, dataDir }) {
    await openEngine();
    rotateToken(dataDir);
    output.result({ path: tokenPath(dataDir) }, () => `a new token is in ${tokenPath(dataDir)}`);
  },
});
