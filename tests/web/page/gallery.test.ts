import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Browser, Page } from "playwright-core";

import { slowMs } from "../../support/ao.ts";
import { violationsIn } from "../../support/axe.ts";
import { browserProgram, launchBrowser, openPage, picture } from "../../support/browser.ts";
import { crowd } from "./canned-data.ts";
import { busy, CannedServer, nothing } from "./canned-server.ts";

if (browserProgram === undefined) {
  process.stderr.write("skip: no Chromium on this machine, so no page is looked at\n");
}

/** Every page, with what shows that it is there. */
const views: Record<string, { hash: string; shows: string }> = {
  board: { hash: "#/", shows: "Needs you" },
  session: { hash: "#/session/shop-1", shows: "Do you want to proceed?" },
  ended: { hash: "#/session/shop-10", shows: "cold start 41 ms" },
  diff: { hash: "#/session/shop-1/diff", shows: "renamed from old.md" },
  pull: { hash: "#/session/shop-6/pr", shows: "why not a map?" },
  "session-events": { hash: "#/session/shop-1/events", shows: "session_created" },
  pulls: { hash: "#/prs", shows: "Drop the legacy tax rules" },
  inbox: { hash: "#/inbox", shows: "shop-1 asks for approval" },
  events: { hash: "#/events", shows: "session_created" },
  project: { hash: "#/projects/shop", shows: "Settings of shop" },
};

const looks = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  {
    name: "phone",
    colorScheme: "light",
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  },
] as const;

describe.skipIf(browserProgram === undefined)("every page", () => {
  let browser: Browser;
  let server: CannedServer;

  beforeAll(async () => {
    server = new CannedServer(busy);
    browser = await launchBrowser();
  }, slowMs);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test.each(looks)(
    "is clean, fits and is usable by all in $name",
    async ({ name, ...look }) => {
      const context = await browser.newContext({ ...look, reducedMotion: "reduce" });
      const { page, complaints } = await openPage(context);
      const found: string[] = [];
      await page.goto(server.url);
      // Most is the same in every look.
      const rules = { light: undefined, dark: ["color-contrast"], phone: ["target-size"] }[name];
      for (const [view, { hash, shows }] of Object.entries(views)) {
        await show(page, hash, shows);
        await picture(page, `${view}-${name}`);
        found.push(...(await violationsIn(page, rules)).map((text) => `${view}: ${text}`));
        if (await overflows(page)) found.push(`${view}: is wider than the window`);
      }
      await context.close();
      expect(found).toEqual([]);
      expect(complaints).toEqual([]);
    },
    slowMs,
  );

  test(
    "shows dialogs, and what to type where nothing is",
    async () => {
      const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
      const { page, complaints } = await openPage(context);
      const found: string[] = [];
      await page.goto(server.url);
      const dialogs = { n: "New session", "?": "Keyboard" };
      await page.getByRole("heading", { name: "Needs you" }).waitFor();
      for (const [key, title] of Object.entries(dialogs)) {
        await page.keyboard.press(key);
        await page.getByRole("dialog", { name: title }).waitFor();
        await picture(page, `dialog-${title.toLowerCase().replace(" ", "-")}`);
        found.push(...(await violationsIn(page)));
        // The next key comes at once.
        await page.keyboard.press("Escape");
      }
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await page.goto(`${server.url}/#/prs`);
      await page.getByRole("button", { name: "Merge pull request 231" }).click();
      await page.getByText("At 4f3c2d1eaaaa, as shown.").waitFor();
      await picture(page, "dialog-merge");
      await page.keyboard.press("Escape");
      server.world = nothing;
      server.reset();
      for (const hash of ["#/", "#/prs", "#/inbox", "#/events", "#/projects"]) {
        await page.goto(`${server.url}/${hash}`);
        await page.locator(".empty").waitFor();
        await picture(page, `empty-${hash.slice(2) || "board"}`);
        found.push(...(await violationsIn(page)));
      }
      expect(await page.locator(".empty code").innerText()).toBe("ao project add ~/src/shop");
      server.world = busy;
      await context.close();
      expect(found).toEqual([]);
      expect(complaints).toEqual([]);
    },
    slowMs,
  );

  test("shows a crowd, and never takes a title for markup", async () => {
    server.world = { ...busy, sessions: crowd };
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const { page, complaints } = await openPage(context);
    await page.goto(server.url);
    await page.locator("[data-session=shop-40]").waitFor();
    await picture(page, "crowd");
    expect(await page.locator("[data-session]").count()).toBe(40);
    expect(await page.locator(".card script, .card img").count()).toBe(0);
    server.world = busy;
    await context.close();
    expect(complaints).toEqual([]);
  });
});

async function show(page: Page, hash: string, text: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.getByText(text).first().waitFor({ state: "attached" });
}

/** A page that scrolls sideways on a phone hides what it is for. */
function overflows(page: Page): Promise<boolean> {
  return page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
}
