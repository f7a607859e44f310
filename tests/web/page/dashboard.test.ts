import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import type { Browser, Locator, Page } from "playwright-core";

import { Machine, slowMs } from "../../support/ao.ts";
import {
  browserProgram,
  launchBrowser,
  openPage,
  picture,
  startDaemon,
} from "../../support/browser.ts";
import { installFakeAgents } from "../../support/fake-agents.ts";
import { GitHubServer } from "../../support/github-server/server.ts";
import { Tunnel } from "../../support/tunnel.ts";

if (browserProgram === undefined) {
  process.stderr.write("skip: no Chromium on this machine, so the dashboard is not driven\n");
}

describe.skipIf(browserProgram === undefined)("the dashboard of a real daemon", () => {
  let machine: Machine;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let daemon: Awaited<ReturnType<typeof startDaemon>>["daemon"];
  const tunnel = new Tunnel();
  let env: Record<string, string>;
  let server: GitHubServer;

  beforeAll(async () => {
    server = new GitHubServer();
    server.repository("acme/shop");
    machine = await Machine.create();
    await addProject(machine);
    const agents = join(machine.folder, "agents");
    installFakeAgents(agents, ["claude"], "careful works");
    env = { ...server.env, PATH: `${agents}:${machine.env["PATH"]}` };
    Object.assign(machine.env, server.env);
    const [served, launched] = await Promise.all([startDaemon(machine, env), launchBrowser()]);
    daemon = served.daemon;
    tunnel.target = Number(new URL(served.url).port);
    browser = launched;
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(10_000);
    ({ page, complaints } = await openPage(context));
  }, slowMs);

  afterAll(async () => {
    await browser?.close();
    await daemon?.end();
    tunnel[Symbol.dispose]();
    await machine?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  }, slowMs);

  const column = (name: string) => page.getByRole("region", { name: new RegExp(`^${name}`) });
  const card = (where: Locator, id: string) => where.locator(`[data-session="${id}"]`);

  test("logs in by the link of `ao web`, and says what to do while nothing is there", async () => {
    await page.goto(tunnel.url);
    await page.getByRole("heading", { name: "Not signed in" }).waitFor();
    const { url } = await machine.json<{ url: string }>(["web", "--no-open"]);
    await page.goto(url.replace(/^http:\/\/[^/]+/, tunnel.url));
    await page.getByText("No session yet.").waitFor();
    expect(page.url()).toBe(`${tunnel.url}/#/`);
    // Being turned away before the login is told by the browser too.
    expect(complaints.splice(0).filter((text) => !text.includes("401"))).toEqual([]);
  });

  test("spawns a session, which moves over the board as it asks and is allowed", async () => {
    await page.keyboard.press("n");
    await page.getByLabel("Task").fill("delete the old tax rules");
    await page.keyboard.press("Control+Enter");
    const asking = card(column("Needs you"), "shop-1");
    await asking.getByText("needs approval").waitFor();
    expect(await asking.innerText()).toContain("touch /etc/shop");
    expect(await page.title()).toBe("(1) ao");
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await card(column("Needs you"), "shop-1").getByText("idle").waitFor();
  });

  test("types into the terminal only after taking over", async () => {
    await card(column("Needs you"), "shop-1").getByRole("link").first().click();
    const screen = page.locator(".xterm-accessibility-tree");
    await screen.getByText("done: delete the old tax rules").waitFor();
    await page.locator(".xterm-screen").click();
    await page.keyboard.type("too early");
    await page.getByRole("button", { name: "Take over" }).click();
    await page.getByText("You type here").waitFor();
    await page.keyboard.type("look around");
    await page.keyboard.press("Enter");
    await screen.getByText("done: look around").waitFor();
    expect(await screen.innerText()).not.toContain("too early");
    await picture(page, "taken-over");
    await page.keyboard.press("Control+\\");
    await page.getByText("Read only").waitFor();
  });

  test("sends a message, and shows the receipt that the store has", async () => {
    const field = page.getByLabel("Message to shop-1");
    await field.fill("use the outbox table");
    await field.press("Control+Enter");
    const sent = page.getByRole("listitem").filter({ hasText: "use the outbox table" });
    await sent.getByText("confirmed by the agent").waitFor();
    expect(await field.inputValue()).toBe("");
    await page.getByRole("link", { name: "Diff" }).click();
    await page.getByText("work.md").first().waitFor();
  });

  test("reloads on the same view, and goes on through another daemon", async () => {
    await page.reload();
    await page.getByText("work.md").first().waitFor();
    await page.goto(`${tunnel.url}/#/`);
    await card(column("Needs you"), "shop-1").waitFor();
    tunnel.target = undefined;
    expect(await daemon.end()).toBe(0);
    await page.getByText("The daemon does not answer").waitFor();
    // What happens while nobody looks is not missed.
    await machine.ok(["session", "rename", "shop-1", "tax rules"]);
    const served = await startDaemon(machine, env);
    daemon = served.daemon;
    tunnel.target = Number(new URL(served.url).port);
    await card(column("Needs you"), "shop-1").getByText("tax rules").waitFor();
    await page.getByText("The daemon does not answer").waitFor({ state: "hidden" });
    expect(complaints.splice(0).filter((text) => !text.includes("net::ERR"))).toEqual([]);
  });

  test("kills and restores", async () => {
    await page.goto(`${tunnel.url}/#/session/shop-1`);
    await page.getByRole("button", { name: "Kill" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Kill" }).click();
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByText("its conversation goes on").waitFor();
    await page.getByRole("button", { name: "Kill" }).waitFor();
    await page.locator(".xterm-accessibility-tree").getByText("look around").first().waitFor();
    await page.keyboard.press("4");
    await page.getByRole("button", { name: "session_created" }).waitFor();
  });

  test("merges the head that is shown, refuses another, and complains of nothing", async () => {
    await page.goto(`${tunnel.url}/#/`);
    const { worktreePath } = await machine.session("shop-1");
    const commit = () => {
      machine.git(worktreePath, "add", "--all");
      machine.git(worktreePath, "commit", "--quiet", "--allow-empty", "--message", "Drop tax");
      return machine.git(worktreePath, "rev-parse", "HEAD");
    };
    const sha = commit();
    server.nextPr({ sha });
    await machine.ok(["pr", "open", "shop-1"]);
    await card(column("Ready to merge"), "shop-1").getByText("ready to merge").waitFor();
    await page.goto(`${tunnel.url}/#/prs`);
    await page.getByRole("button", { name: "Merge pull request 1" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(`At ${sha.slice(0, 12)}, as shown.`).waitFor();
    const next = commit();
    server.change("acme/shop#1", { sha: next });
    await dialog.getByRole("button", { name: "Merge" }).click();
    await dialog.getByText(`the head of pull request #1 is ${next.slice(0, 12)}`).waitFor();
    await page.keyboard.press("Escape");
    expect(server.pull("acme/shop#1").state).toBe("OPEN");
    await page.getByText(next.slice(0, 7), { exact: true }).waitFor();
    await page.getByRole("button", { name: "Merge pull request 1" }).click();
    await dialog.getByRole("button", { name: "Merge" }).click();
    await page.getByText("No pull request yet.").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("b");
    await page.locator("[data-session=shop-1]").getByText("#1 merged").waitFor();
    expect(complaints.filter((text) => !text.includes("409"))).toEqual([]);
  });
});

/** A project that GitHub knows; what is pushed goes to a folder. */
async function addProject(machine: Machine): Promise<void> {
  const { repository, folder } = machine;
  const bare = join(folder, "origin.git");
  machine.git(repository, "remote", "add", "origin", "https://github.com/acme/shop.git");
  await machine.ok(["project", "add", repository, "--id", "shop"]);
  machine.git(folder, "clone", "--quiet", "--bare", repository, bare);
  machine.git(repository, "remote", "set-url", "origin", bare);
}
