import { Database } from "bun:sqlite";
import { join } from "node:path";

import { eventsAfter } from "../../src/store/event.ts";
import { openStore } from "../../src/store/store.ts";
import { type Ground, type Group, progress } from "./ground.ts";
import { replayOverHttp } from "./http.ts";
import { type Line, line } from "./line.ts";
import { addSessions, setPassDue } from "./rows.ts";
import { pairedMedians } from "./sample.ts";

const rounds = 25;
const manyEvents = 1_000_000;
const fewEvents = 1_000;

/** What a long history costs, and how fast it is read again. */
export const growth: Group = {
  name: "growth",
  run: async (ground) => {
    const few = fill(ground, "few-events", fewEvents);
    progress(`growth: writing ${manyEvents} events`);
    const many = fill(ground, "many-events", manyEvents);
    return [
      await listing(ground, few, many),
      await tail(ground, few, many),
      await replay(ground, many),
      replayInProcess(many),
      await replayOverHttp(ground, many, manyEvents),
    ];
  },
};

async function listing(ground: Ground, few: string, many: string): Promise<Line> {
  const call = (dataDir: string) => () => {
    setPassDue(dataDir, true);
    ground.run(dataDir, ["ls", "--json"]);
  };
  const { measured, baseline } = await pairedMedians(rounds, call(many), call(few));
  return line({
    name: "growth-ls",
    what: "ao ls, 1,000,000 events in the log",
    unit: "ms",
    measured,
    baseline: { what: "1,000 events", value: baseline },
    limit: { of: "ratio", most: 1.3 },
  });
}

async function tail(ground: Ground, few: string, many: string): Promise<Line> {
  const call = (dataDir: string, count: number) => () => {
    const text = ground.run(dataDir, ["events", "--json", "--after", String(count - 100)]);
    if (text.split("\n").length < 100) throw new Error("`ao events --after` prints too little");
  };
  const { measured, baseline } = await pairedMedians(
    rounds,
    call(many, manyEvents),
    call(few, fewEvents),
  );
  return line({
    name: "growth-events",
    what: "ao events --after, 1,000,000 events in the log",
    unit: "ms",
    measured,
    baseline: { what: "1,000 events", value: baseline },
    limit: { of: "ratio", most: 1.3 },
  });
}

async function replay(ground: Ground, dataDir: string): Promise<Line> {
  const nowhere = Bun.file("/dev/null");
  const startedAt = performance.now();
  const child = Bun.spawn([ground.ao, "events", "--all", "--json"], {
    env: ground.environment(dataDir),
    stdio: ["ignore", nowhere, "ignore"],
  });
  const exitCode = await child.exited;
  if (exitCode !== 0) throw new Error(`\`ao events --all\` ended with ${exitCode}`);
  return line({
    name: "replay",
    what: "ao events --all --json > /dev/null",
    unit: "events/s",
    measured: (manyEvents / (performance.now() - startedAt)) * 1_000,
    limit: { of: "measured", least: 100_000 },
  });
}

function replayInProcess(dataDir: string): Line {
  const store = openStore(dataDir);
  const startedAt = performance.now();
  let after = 0;
  let count = 0;
  for (;;) {
    const batch = eventsAfter(store, after, {}, 500);
    const last = batch.at(-1);
    if (!last) break;
    count += batch.length;
    after = last.seq;
  }
  const tookMs = performance.now() - startedAt;
  store.close();
  return line({
    name: "replay-store",
    what: "events read from the store",
    unit: "events/s",
    measured: (count / tookMs) * 1_000,
    limit: { of: "measured", least: 100_000 },
  });
}

/** A store with that many events of ten sessions, each with the payload of a real one. */
function fill(ground: Ground, name: string, count: number): string {
  const store = openStore(ground.dataDir(name));
  addSessions(ground, store, 10);
  store.close();
  const db = new Database(join(ground.dataDir(name), "ao.db"), { strict: true });
  db.run("pragma synchronous = off");
  const has = Number(db.query("select max(seq) from change_log").values()[0]?.[0]);
  db.query(
    `insert into change_log (at, project_id, session_id, type, payload)
     with recursive number (n) as (select 1 union all select n + 1 from number where n < $count)
     select old.at, old.project_id, old.session_id, old.type, old.payload
     from number
     join change_log as old on old.seq = 2 + n % 20`,
  ).run({ count: count - has });
  db.run("pragma wal_checkpoint(truncate)");
  db.close();
  return ground.dataDir(name);
}
