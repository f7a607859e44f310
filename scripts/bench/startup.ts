import { openStore, type Store } from "../../src/store/store.ts";
import type { Ground, Group } from "./ground.ts";
import { type Line, line, type Skipped } from "./line.ts";
import { addSessions, setPassDue } from "./rows.ts";
import { pairedMedians } from "./sample.ts";

const rounds = 40;

/** How long the short commands take, against a program that does nothing. */
export const startup: Group = {
  name: "startup",
  run: async (ground) => [await version(ground), ...(await list(ground)), await hook(ground)],
};

async function version(ground: Ground): Promise<Line> {
  const dataDir = ground.dataDir("none");
  const { measured, baseline } = await pairedMedians(
    rounds,
    () => void ground.run(dataDir, ["--version"]),
    () => void ground.runProgram([ground.empty], dataDir),
  );
  return line({
    name: "version",
    what: "ao --version",
    unit: "ms",
    measured,
    baseline: { what: "empty binary", value: baseline },
    limit: { of: "ratio", most: 1.6 },
  });
}

async function list(ground: Ground): Promise<Line[]> {
  const few = openStore(ground.dataDir("hundred"));
  const many = openStore(ground.dataDir("thousand"));
  try {
    addSessions(ground, few, 100);
    addSessions(ground, many, 1_000);
    return [await listHundred(ground, few), await listThousand(ground, few, many)];
  } finally {
    few.close();
    many.close();
  }
}

async function listHundred(ground: Ground, few: Store): Promise<Line> {
  const { measured, baseline } = await pairedMedians(
    rounds,
    () => listOnce(ground, few, true),
    () => void ground.runProgram([ground.empty], few.dataDir),
  );
  return line({
    name: "ls-100",
    what: "ao ls --json, 100 sessions, pass included",
    unit: "ms",
    measured,
    baseline: { what: "empty binary", value: baseline },
    limit: { of: "ratio", most: 4 },
  });
}

async function listThousand(ground: Ground, few: Store, many: Store): Promise<Line> {
  const compare = (withPass: boolean) =>
    pairedMedians(
      rounds / 2,
      () => listOnce(ground, many, withPass),
      () => listOnce(ground, few, withPass),
    );
  const { measured, baseline } = await compare(false);
  const due = await compare(true);
  const ratio = (due.measured / due.baseline).toFixed(2);
  return line({
    name: "ls-1000",
    what: "ao ls --json, 1,000 sessions",
    unit: "ms",
    measured,
    baseline: { what: "100 sessions", value: baseline },
    limit: { of: "ratio", most: 2 },
    note:
      "all 1,000 live; without the pass, which is made once a second where no process holds the " +
      `loops; with it, over 2,000 processes, ${due.measured.toFixed(1)} ms, ${ratio} ×`,
  });
}

function listOnce(ground: Ground, store: Store, isPassDue: boolean): number {
  setPassDue(store.dataDir, isPassDue);
  const startedAt = performance.now();
  const text = ground.run(store.dataDir, ["ls", "--json"]);
  const tookMs = performance.now() - startedAt;
  if (!text.includes('"shop-100"')) throw new Error("`ao ls` does not list the sessions");
  return tookMs;
}

async function hook(ground: Ground): Promise<Line | Skipped> {
  const dataDir = ground.dataDir("hundred");
  const known = ground.runProgram([ground.ao, "hook"], dataDir, ground.folder, true);
  if (known.stderr.includes("unknown command")) {
    return { name: "hook", reason: "this `ao` has no `hook` yet" };
  }
  const env = {
    ...ground.environment(dataDir),
    AO_SESSION_ID: "shop-1",
    AO_PROJECT_ID: "shop",
    AO_LAUNCH_ID: "launch-shop-1",
  };
  const signal = Buffer.from(JSON.stringify({ hook_event_name: "Stop", cwd: ground.folder }));
  const call = (argv: string[]) => {
    Bun.spawnSync(argv, { env, stdin: signal, stdout: "ignore", stderr: "ignore" });
  };
  const { measured, baseline } = await pairedMedians(
    rounds,
    () => call([ground.ao, "hook", "claude-code", "Stop"]),
    () => call([ground.empty]),
  );
  return line({
    name: "hook",
    what: "ao hook",
    unit: "ms",
    measured,
    baseline: { what: "empty binary", value: baseline },
    limit: { of: "ratio", most: 2.5 },
  });
}
