import { expect, test } from "bun:test";
import { connect } from "node:net";

import { forgetEvents } from "../../src/store/retention.ts";
import { setTitle } from "../../src/store/session.ts";
import { StreamReader } from "../support/http.ts";
import { createSession, fillLog, samplePr, upsert } from "../support/store.ts";
import { waitFor } from "../support/wait.ts";
import { SampleFace } from "../support/web.ts";

const open = (face: SampleFace, query = "", headers: Record<string, string> = {}) =>
  StreamReader.open(`${face.url}/api/v1/events${query}`, {
    authorization: `Bearer ${face.token}`,
    ...headers,
  });

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

function rename(face: SampleFace, id: string, title: string): void {
  face.sample.store.write((tx) => setTitle(tx, id, title));
}

/** A store with a project, a session and a few events. */
function filled(face: SampleFace): string {
  face.sample.project();
  const id = face.sample.session();
  for (const title of ["one", "two", "three"]) rename(face, id, title);
  return id;
}

test("a stream begins where it is told to, and goes on live", async () => {
  await using face = new SampleFace();
  const id = filled(face);
  const head = face.sample.head();
  const epoch = /^id: (\w+)\./m;
  await using all = await open(face, "?after=0");
  await all.has(head);
  expect(all.seqs).toEqual(range(1, head));
  const own = epoch.exec(all.text)?.[1] ?? "";
  expect(all.frames.at(-1)).toMatchObject({ id: `${own}.${head}`, event: "session_updated" });
  await using now = await open(face);
  await using bare = await open(face, "?after=1", { "last-event-id": String(head - 1) });
  await using full = await open(face, "?after=1", { "last-event-id": `${own}.${head - 2}` });
  await waitFor(() => now.frames.length === 1);
  expect(now.frames).toEqual([{ retry: "1000", id: `${own}.${head}` } as object]);
  rename(face, id, "four");
  for (const stream of [now, bare, full, all]) {
    await waitFor(() => stream.seqs.at(-1) === head + 1, { what: "the live event" });
  }
  expect([now.seqs, bare.seqs, full.seqs]).toEqual([
    [head + 1],
    [head, head + 1],
    [head - 1, head, head + 1],
  ]);
  expect(now.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
});

test("a filter leaks nothing: not in replay, not live, not when a pull request moves", async () => {
  await using face = new SampleFace();
  const { sample } = face;
  for (const name of ["shop", "blog"]) sample.project(name);
  const [mine, other] = [sample.session("shop"), sample.session("blog")];
  const second = sample.session("shop");
  const pr = { ...samplePr, session_id: mine };
  upsert(sample.raw, "pr", ["key"], pr);
  await using shop = await open(face, "?after=0&project=shop");
  await using session = await open(face, `?after=0&session=${second}`);
  await using types = await open(face, "?after=0&type=pr_created,pr_session_changed");
  for (const id of [mine, other, second]) rename(face, id, "again");
  upsert(sample.raw, "pr", ["key"], { ...pr, project_id: "blog", session_id: other });
  upsert(sample.raw, "pr", ["key"], {
    ...pr,
    project_id: "blog",
    session_id: other,
    ci: "failing",
  });
  rename(face, second, "last");
  const last = sample.head();
  await waitFor(() => shop.seqs.at(-1) === last && session.seqs.at(-1) === last);
  const all = sample.eventsSince(0);
  const seqsOf = (wanted: (event: (typeof all)[number]) => boolean) =>
    all.filter(wanted).map(({ seq }) => seq);
  expect(shop.seqs).toEqual(seqsOf(({ projectId }) => projectId === "shop"));
  expect(session.seqs).toEqual(seqsOf(({ sessionId }) => sessionId === second));
  await waitFor(() => types.seqs.length === 3);
  // The move is told in both projects; what becomes of it afterwards only in its new one.
  expect(types.events.map(({ type, projectId }) => [type, projectId])).toEqual([
    ["pr_created", "shop"],
    ["pr_session_changed", expect.any(String)],
    ["pr_session_changed", expect.any(String)],
  ]);
  expect(shop.events.filter(({ type }) => type === "pr_updated")).toEqual([]);
  expect(shop.text).not.toContain("failing");
});

test("a cursor outside the log gets one notice, then goes on", async () => {
  await using face = new SampleFace();
  const id = filled(face);
  const { store } = face.sample;
  fillLog(face.sample.raw, { rows: 500, lastAt: 0, stepMs: 1 });
  forgetEvents(store, { ageMs: 1e15, rows: 10, bytes: 1e9 }, Date.now(), { batches: 100 });
  const head = face.sample.head();
  await using below = await open(face, "?after=3");
  await using above = await open(face, `?after=${head + 1_000}`);
  await using foreign = await open(face, "", { "last-event-id": `00ff.${head}` });
  rename(face, id, "after all");
  for (const [stream, reason] of [
    [below, "retained"],
    [above, "ahead"],
    [foreign, "epoch"],
  ] as const) {
    await waitFor(() => stream.seqs.at(-1) === head + 1, { what: `the event after ${reason}` });
    const [notice, ...others] = stream.events;
    expect(notice).toMatchObject({ type: "log_reset", payload: { reason, head } });
    expect(others.some(({ type }) => type === "log_reset")).toBe(false);
    expect(stream.seqs).toEqual([...new Set(stream.seqs)]);
  }
  expect(below.seqs.length).toBeGreaterThan(1);
  expect(above.seqs).toEqual([head + 1]);
});

test("a line end in an event breaks no frame", async () => {
  await using face = new SampleFace();
  const id = filled(face);
  const title = "a\r\nevent: forged\r\ndata: {}\n\nid: 9.9\r\r\u2028";
  await using stream = await open(face);
  await waitFor(() => stream.frames.length === 1);
  rename(face, id, title);
  face.sample.raw.run(
    `insert into change_log (at, project_id, type, payload)
     values (1, 'shop', 'x\ny', '{\n"a":1}')`,
  );
  rename(face, id, "last");
  await stream.has(3);
  expect(stream.events.map(({ type }) => type)).toEqual([
    "session_updated",
    "x\ny",
    "session_updated",
  ]);
  expect(stream.events[0]?.payload).toMatchObject({ title });
  expect(stream.frames.map(({ event }) => event ?? "")).toEqual([
    "",
    "session_updated",
    "x_y",
    "session_updated",
  ]);
});

test("a quiet stream lives, and its cursor passes what its filter leaves out", async () => {
  await using face = new SampleFace({ limits: { heartbeatMs: 25 } });
  const id = filled(face);
  await using stream = await open(face, "?type=pr_created");
  await waitFor(() => /\n:\n\n/.test(stream.text), { what: "a heartbeat" });
  rename(face, id, "unseen");
  const head = face.sample.head();
  const passed = () => stream.frames.some((frame) => frame.id?.endsWith(`.${head}`));
  await waitFor(passed, { what: "the cursor of the log's head" });
  expect(stream.events).toEqual([]);
});

test.each(["?type=pr_created", "?type=session_updated"])(
  "nothing that happens keeps a heartbeat back: %s",
  async (query) => {
    await using face = new SampleFace({ limits: { heartbeatMs: 250 } });
    const id = filled(face);
    await using stream = await open(face, query);
    let count = 0;
    const beats = () => {
      rename(face, id, `title ${(count += 1)}`);
      // The opening is one block without data, too.
      return stream.text.split("\n\n").filter((block) => !block.includes("data:")).length > 3;
    };
    await waitFor(beats, { withinMs: 5_000, what: "two heartbeats" });
  },
);

test("a client that takes nothing is closed, and costs the others nothing", async () => {
  await using face = new SampleFace({ limits: { stallMs: 300 } });
  const id = filled(face);
  // More than the buffers between the two processes hold.
  fillLog(face.sample.raw, { rows: 60_000, lastAt: 0, stepMs: 1 });
  const { port, host } = new URL(face.url);
  const head = `GET /api/v1/events?after=0 HTTP/1.1\r\nHost: ${host}\r\n`;
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => socket.destroy());
  socket.pause();
  socket.write(`${head}Authorization: Bearer ${face.token}\r\n\r\n`);
  await waitFor(async () => (await streamsOf(face)) === 1, { what: "the stalled stream" });
  await using other = await open(face);
  await waitFor(() => other.frames.length === 1);
  const startedAt = performance.now();
  rename(face, id, "meanwhile");
  await other.has(1);
  expect(performance.now() - startedAt).toBeLessThan(200);
  await waitFor(async () => (await streamsOf(face)) === 1, { what: "the end of the stalled one" });
  expect(other.hasEnded).toBe(false);
  socket.destroy();
});

test("a client that leaves is forgotten at once", async () => {
  await using face = new SampleFace();
  filled(face);
  await using stream = await open(face);
  await waitFor(async () => (await streamsOf(face)) === 1);
  stream.leave();
  await waitFor(async () => (await streamsOf(face)) === 0, { withinMs: 1_000 });
});

test("two hundred streams get everything, one more than allowed is refused", async () => {
  await using face = new SampleFace({ limits: { streams: 200 } });
  const id = filled(face);
  const streams = await Promise.all(range(1, 200).map(() => open(face)));
  const refusal = await face.fetch("/api/v1/events");
  expect([refusal.status, await refusal.json()]).toMatchObject([429, { code: "TOO_MANY_STREAMS" }]);
  const head = face.sample.head();
  for (const index of range(1, 20)) rename(face, id, `title ${index}`);
  await Promise.all(streams.map((stream) => stream.has(20)));
  for (const stream of streams) expect(stream.seqs).toEqual(range(head + 1, head + 20));
  const startedAt = performance.now();
  await face.stop();
  await waitFor(() => streams.every(({ hasEnded }) => hasEnded), { what: "the end of all" });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
}, 30_000);

test("a long replay is whole and in order while more is written", async () => {
  await using face = new SampleFace();
  const id = filled(face);
  fillLog(face.sample.raw, { rows: 20_000, lastAt: 0, stepMs: 1 });
  await using stream = await open(face, "?after=0");
  for (const index of range(1, 50)) rename(face, id, `title ${index}`);
  const head = face.sample.head();
  await waitFor(() => stream.frames.at(-1)?.id?.endsWith(`.${head}`), { withinMs: 20_000 });
  expect(stream.seqs).toEqual(range(1, head));
}, 30_000);

test("a cursor that is none, an unknown type and an unknown project are refused", async () => {
  await using face = new SampleFace();
  filled(face);
  const codeOf = async (query: string, headers: Record<string, string> = {}) => {
    const all = { authorization: `Bearer ${face.token}`, ...headers };
    const answer = await face.fetch(`/api/v1/events${query}`, { headers: all });
    return ((await answer.json()) as { code: string }).code;
  };
  expect(await codeOf("?after=x")).toBe("INVALID_AFTER");
  expect(await codeOf("?after=-1")).toBe("INVALID_AFTER");
  expect(await codeOf("", { "last-event-id": "a b" })).toBe("INVALID_AFTER");
  expect(await codeOf("?type=strange")).toBe("INVALID_QUERY");
  expect(await codeOf("?project=shopp")).toBe("PROJECT_NOT_FOUND");
  expect(await codeOf("?session=shop-7")).toBe("SESSION_NOT_FOUND");
  expect(await codeOf("?prject=shop")).toBe("INVALID_QUERY");
});

test("the events of a session that was removed are still found by its id", async () => {
  await using face = new SampleFace();
  face.sample.project();
  const id = face.sample.store.write((tx) => createSession(tx, "shop"));
  face.sample.raw.run("delete from session");
  await using stream = await open(face, `?after=0&session=${id}`);
  await stream.has(2);
  expect(stream.events.map(({ type }) => type)).toEqual(["session_created", "session_deleted"]);
});

/** How many streams the server holds; nobody runs the loops here, so it says so as well. */
async function streamsOf(face: SampleFace): Promise<number> {
  const answer = await face.fetch("/readyz");
  const { details } = (await answer.json()) as { details: { streams: { open: number } } };
  return details.streams.open;
}
