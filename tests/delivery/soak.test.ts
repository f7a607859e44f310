import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { runtimes, World } from "../support/engine.ts";
import { addFakes, kinds, spawnFake } from "./fakes.ts";
import { randomOf } from "./random.ts";
import { dieAgainAndAgain, fire, type Target } from "./soak.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

/** How many texts are sent in all: `AO_SOAK=1000` for the long run. */
const sends = Number(process.env["AO_SOAK"] ?? 250);
const seed = Number(process.env["AO_SEED"] ?? Date.now() % 1_000_000);
const copies = 2;

test(`sends ${sends} texts while deliverers die, each once and in order`, async () => {
  const startedAt = performance.now();
  const made = await World.withProject();
  const { world, engine } = made;
  worlds.push(world);
  addFakes(world);
  const random = randomOf(seed);
  const targets: Target[] = [];
  for (const runtime of runtimes) {
    const some = kinds.flatMap((kind) => Array.from({ length: copies }, () => kind));
    const spawned = some.map(async (kind, at): Promise<Target> => {
      // Of two that exit, one leaves a shell behind.
      const own = Math.floor(random() * 100_000) * 2 + (at % 2);
      const session = await spawnFake(made, { kind, seed: own, runtime });
      return { kind, runtime, session, seed: own };
    });
    targets.push(...(await Promise.all(spawned)));
  }
  const over = new AbortController();
  const daemon = dieAgainAndAgain(world, seed, over.signal);
  const count = Math.ceil(sends / targets.length);
  const problems = await Promise.all(targets.map((one) => fire(world, engine, one, count)));
  over.abort();
  await daemon;
  const tookMs = Math.round(performance.now() - startedAt);
  process.stderr.write(`sent ${sends} texts to ${targets.length} sessions in ${tookMs} ms\n`);
  const found = problems.flat();
  if (found.length > 0) process.stderr.write(`to repeat it: AO_SEED=${seed} AO_SOAK=${sends}\n`);
  expect(found).toEqual([]);
});
