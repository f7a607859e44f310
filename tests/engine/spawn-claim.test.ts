import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { chooseProject } from "../../src/engine/project.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { findPr } from "../../src/store/observation.ts";
import { findOrphans, readRows, rowOf } from "../support/crash.ts";
import { patience, World } from "../support/engine.ts";
import { GitHubRemote } from "../support/github-remote.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { gitIn } from "../support/repository.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(120_000);

/** A project on GitHub with an agent that only sleeps, and one open pull request. */
async function newScene() {
  const world = new World();
  const server = new GitHubServer();
  const remote = new GitHubRemote(server, world);
  world.program("agent", "#!/bin/sh\nexec sleep 600\n");
  remote.connect();
  await world.must("project", "add", world.root);
  remote.redirect();
  const { sha } = remote.pr({ title: "Outbox" });
  return {
    ...{ world, server, remote, sha },
    ao: (...words: string[]) => world.ao(words, server.env),
    owner: () => findPr(world.engine().store, "github.com/acme/shop#1")?.sessionId,
    async [Symbol.asyncDispose]() {
      world.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("spawn on a pull request starts at its head, and a plain git push updates it", async () => {
  await using scene = await newScene();
  const { world, remote, sha } = scene;
  const commit = "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m more";
  world.program("pusher", `#!/bin/sh\n${commit} && git push --quiet\nexec sleep 600\n`);
  const ran = await scene.ao("spawn", "--claim-pr", "#1", "--command", "pusher", "--json");
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(ran.stdout)).toMatchObject({
    ...{ id: "shop-1", title: "#1 Outbox", branch: "ao/shop-1/pr-1", baseSha: sha },
    prs: [{ number: 1, state: "open" }],
  });
  expect(scene.owner()).toBe("shop-1");
  const head = () => gitIn(remote.path("acme/shop"), "rev-parse", "refs/heads/feature^");
  await waitFor(() => head() === sha, patience);
  const task = readFileSync(join(world.dataDir, "sessions/shop-1/prompt.txt"), "utf8");
  expect(task).toStartWith("Pull request #1 is yours: https://");
  expect(findOrphans(world)).toEqual([]);
});

test("a claim that fails after the spawn leaves nothing, and the donor what it had", async () => {
  await using scene = await newScene();
  const { world, server } = scene;
  const donor = (await scene.ao("spawn", "--quiet", "--command", "agent")).stdout.trim();
  expect((await scene.ao("session", "claim-pr", donor, "1")).exitCode).toBe(0);
  const closing = closesAt(world, server, "see it run");
  const project = chooseProject(closing, "shop", world.root);
  const claim = { reference: "1", takeover: true };
  await expect(
    spawn(closing, { project, prompt: "", agent: "command", command: "agent", claim }),
  ).rejects.toMatchObject({
    ...{ code: "conflict", hint: "ao pr show 1" },
    message: "session shop-2 is not kept: pull request #1 is closed",
  });
  expect(scene.owner()).toBe(donor);
  expect(readRows(world.dataDir).rows.map(({ id }) => id)).toEqual([donor]);
  expect(world.git("config", "--local", "--list")).not.toContain("ao/shop-2");
  expect(world.git("branch", "--list", "ao/shop-2/*")).toBe("");
  expect(world.git("worktree", "list")).not.toContain("shop-2");
});

test("what is refused before a spawn begins takes not even a number", async () => {
  await using scene = await newScene();
  const { world, server } = scene;
  const refused: [string[], number, string][] = [
    [["--no-takeover"], 2, "--no-takeover is of use only with --claim-pr"],
    [["--claim-pr", "1", "--base", "main"], 2, "--base and --claim-pr do not go together"],
    [["--claim-pr", "nine"], 2, "nine names no pull request"],
    [["--claim-pr", "9"], 3, "pull request github.com/acme/shop#9 not found"],
  ];
  for (const [words, exitCode, text] of refused) {
    const ran = await scene.ao("spawn", "--command", "agent", ...words);
    expect({ words, exitCode: ran.exitCode }).toEqual({ words, exitCode });
    expect(ran.stderr).toStartWith(`error: ${text}\nhint: `);
  }
  await scene.ao("spawn", "--claim-pr", "1", "--command", "agent");
  const again = ["spawn", "--claim-pr", "1", "--command", "agent", "--no-takeover"];
  const owned = await scene.ao(...again);
  expect(owned).toMatchObject({ exitCode: 4 });
  expect(owned.stderr).toContain("error: pull request #1 belongs to session shop-1\n");
  server.change("acme/shop#1", { state: "MERGED" });
  expect((await scene.ao(...again)).stderr).toContain("error: pull request #1 is merged\n");
  expect(readRows(world.dataDir).rows.map(({ id }) => id)).toEqual(["shop-1"]);
});

test("claims of two processes at once without leave are won by one", async () => {
  await using scene = await newScene();
  const spawned = () => scene.ao("spawn", "--quiet", "--command", "agent");
  const ids = (await Promise.all([spawned(), spawned()])).map(({ stdout }) => stdout.trim());
  const ran = await Promise.all(
    // The session may stand first or last.
    [
      [ids[0] ?? "", "1"],
      ["#1", ids[1] ?? ""],
    ].map((words) => scene.ao("session", "claim-pr", ...words, "--no-takeover", "--json")),
  );
  expect(ran.map(({ exitCode }) => exitCode).sort()).toEqual([0, 4]);
  const winner = ids[ran.findIndex(({ exitCode }) => exitCode === 0)] ?? "";
  expect(scene.owner()).toBe(winner);
  expect(JSON.parse(ran.find(({ exitCode }) => exitCode === 0)?.stdout ?? "")).toMatchObject({
    ...{ ok: true, sessionId: winner, branchChanged: true, takenOverFrom: [] },
    ...{ branch: `ao/${winner}/pr-1`, pushesTo: "acme/shop:feature" },
    prs: [{ number: 1 }],
  });
  expect(ran.find(({ exitCode }) => exitCode === 4)?.stderr).toContain(
    `error: pull request #1 belongs to session ${winner}\n`,
  );
  // Of a session that is purged no branch stays, and its work comes back on the one it had.
  const { worktreePath } = rowOf(scene.world.dataDir, winner);
  scene.world.write("new.txt", "mine\n", worktreePath);
  expect((await scene.ao("session", "kill", winner, "--purge")).exitCode).toBe(0);
  expect(scene.world.git("branch", "--list", `ao/${winner}/*`)).toBe("");
  expect(scene.world.git("config", "--local", "--list")).not.toContain(winner);
  expect((await scene.ao("session", "restore", winner)).exitCode).toBe(0);
  expect(gitIn(worktreePath, "rev-parse", "--abbrev-ref", "HEAD")).toBe(`ao/${winner}/pr-1`);
  expect(gitIn(worktreePath, "rev-parse", "HEAD")).toBe(scene.sha);
});

/** An engine during one of whose steps somebody closes the pull request. */
function closesAt(world: World, server: GitHubServer, name: string): Engine {
  const { store, self, env } = world.engine();
  return createEngine({
    ...{ store, self, env: { ...env, ...server.env } },
    progress: {
      step: async (step, work) => {
        if (step === name) server.change("acme/shop#1", { state: "CLOSED" });
        return await work();
      },
      output: () => {},
      note: () => {},
    },
  });
}
