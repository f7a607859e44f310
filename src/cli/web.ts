import { askForLogin, openInBrowser } from "../engine/login-link.ts";
import { command } from "./command.ts";

export const web = command({
  meta: { name: "web", description: "Open the dashboard of the running daemon in a browser" },
  details:
    "The browser is logged in by a single-use code that lives for 30 seconds. On a machine " +
    "without a browser, or with `--no-open`, the address is printed; to use it elsewhere, " +
    "forward the port first: `ssh -L 4870:127.0.0.1:4870 HOST`.",
  args: {
    open: { type: "boolean", default: true, description: "Only print the address" },
  },
  example: "ao web",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const { file, url, expiresAt } = await askForLogin(engine);
    const isOpened = args.open && openInBrowser(engine, file);
    output.result({ url, expiresAt, isOpened }, () => (isOpened ? undefined : url));
    if (isOpened) output.note(`the dashboard is at ${new URL(url).origin}`);
    else output.note("good for one login within 30 seconds");
  },
});
