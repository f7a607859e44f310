import { setTrust, type TrustState, trustState } from "../../engine/project.ts";
import { AoError } from "../../error.ts";
import { command } from "../command.ts";

export const trust = command({
  meta: { name: "trust", description: "Show and trust the commands of a repository's own file" },
  details:
    "`.ao/config.toml` in a repository can run commands (setup, teardown, agents) and set env. " +
    "Those keys do nothing until you have seen them here; a change of them asks again.",
  args: {
    id: { type: "positional", description: "Project id", complete: "project" },
    yes: { type: "boolean", alias: "y", description: "Trust what is shown without asking" },
    revoke: { type: "boolean", description: "Trust nothing any more" },
  },
  example: "ao project trust shop",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const state = trustState(engine, args.id);
    if (args.revoke) {
      setTrust(engine, args.id, null);
      return output.result({ ...state, isTrusted: false }, () => `${args.id}: nothing is trusted`);
    }
    if (state.hash === null) {
      const where = `${state.place} sets no command`;
      throw new AoError("not_found", where, `ao project show ${args.id}`);
    }
    output.note(render(state));
    const question = `Let ${args.id} run these?`;
    const isYes = args.yes || (await output.confirm(question, `ao project trust ${args.id} --yes`));
    if (!isYes) throw new AoError("failed", `the commands of ${args.id} stay without effect`);
    setTrust(engine, args.id, state.hash);
    output.result({ ...state, isTrusted: true }, () => `${args.id}: its commands are trusted`);
  },
});

function render({ place, commands }: TrustState): string {
  const { setup = [], teardown = [], env = {}, agents = {} } = commands;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const defined = Object.entries(agents).map(([name, one]) => `${name}: ${JSON.stringify(one)}`);
  const sections = { setup, teardown, env: variables, agents: defined };
  const lines = Object.entries(sections).flatMap(([key, values]) =>
    values.length > 0 ? [`${key}:`, ...values.map((text) => `  ${text}`)] : [],
  );
  return [place, ...lines].join("\n");
}
