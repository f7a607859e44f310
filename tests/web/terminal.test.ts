import { expect, setDefaultTimeout, test } from "bun:test";

import { rotateToken } from "../../src/engine/api-token.ts";
import { kill } from "../../src/engine/kill.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { patience, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";
import { TestFace } from "../support/web.ts";

setDefaultTimeout(60_000);

const script = "echo ready; while read line; do echo got $line at $(stty size); done";

/** A client of a terminal that keeps all that it was sent. */
class Looker {
  text = "";
  readonly frames: { type: string; isYours?: boolean; columns?: number; rows?: number }[] = [];
  closed: number | undefined;
  readonly socket: WebSocket;

  constructor(face: TestFace, id: string) {
    const address = `${face.url.replace("http", "ws")}/api/v1/sessions/${id}/terminal`;
    // A browser's socket takes no headers, and the types are a browser's; Bun's takes them.
    const options = { headers: { authorization: `Bearer ${face.token}` } };
    this.socket = Reflect.construct(WebSocket, [address, options]);
    this.socket.binaryType = "arraybuffer";
    const decoder = new TextDecoder();
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.frames.push(JSON.parse(data));
      else this.text += decoder.decode(data, { stream: true });
    };
    this.socket.onclose = ({ code }) => (this.closed = code);
  }

  tell(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  type(text: string): void {
    this.socket.send(new TextEncoder().encode(text));
  }

  shows(text: string): Promise<unknown> {
    return waitFor(() => this.text.includes(text), { ...patience, what: text });
  }

  told(frame: object): Promise<unknown> {
    const wanted = JSON.stringify(frame);
    const has = () => this.frames.some((one) => JSON.stringify(one) === wanted);
    return waitFor(has, { ...patience, what: wanted });
  }
}

test("a terminal is looked at by many, typed into by who took over last, and ends", async () => {
  const { world, engine, project } = await World.withProject();
  using _world = world;
  await using face = new TestFace(engine);
  const wish = { project, prompt: "", command: `sh -c '${script}'` };
  const { id } = await spawn(engine, wish);
  const [first, second] = [new Looker(face, id), new Looker(face, id)];
  for (const one of [first, second]) await one.shows("ready");
  expect(first.frames).toEqual([{ type: "size", columns: 160, rows: 48 }]);
  first.type("unheard\r");
  await first.told({ type: "control", isYours: false });
  first.tell({ type: "takeOver", columns: 90, rows: 30 });
  await first.told({ type: "control", isYours: true });
  first.type("hello\r");
  await second.shows("got hello at 30 90");
  await second.told({ type: "size", columns: 90, rows: 30 });
  second.tell({ type: "takeOver", columns: 100, rows: 20 });
  await second.told({ type: "control", isYours: true });
  first.frames.length = 0;
  first.tell({ type: "resize", columns: 10, rows: 10 });
  first.type("nor this\r");
  await first.told({ type: "control", isYours: false });
  second.type("again\r");
  await first.shows("got again at 20 100");
  expect(first.text).not.toContain("unheard");
  expect(first.text).not.toContain("nor this");
  second.tell({ type: "strange" });
  await waitFor(() => second.closed === 1008, patience);
  await kill(engine, id);
  await first.told({ type: "ended" });
  await waitFor(() => first.closed === 1000, patience);
  const refusal = await face.fetch(`/api/v1/sessions/${id}/terminal`);
  expect([refusal.status, await refusal.json()]).toMatchObject([400, { code: "NOT_A_WEBSOCKET" }]);
  const late = new Looker(face, id);
  await waitFor(() => late.closed !== undefined, patience);
  expect(late.frames).toEqual([]);
});

test("a terminal that the old token has opened is closed when something is typed", async () => {
  const { world, engine, project } = await World.withProject();
  using _world = world;
  await using face = new TestFace(engine);
  const { id } = await spawn(engine, { project, prompt: "", command: `sh -c '${script}'` });
  const looker = new Looker(face, id);
  await looker.shows("ready");
  rotateToken(engine.dataDir);
  looker.tell({ type: "takeOver", columns: 90, rows: 30 });
  await waitFor(() => looker.closed === 1008, patience);
  const other = new Looker(face, id);
  await other.shows("ready");
  await face.stop();
  await waitFor(() => other.closed !== undefined, patience);
  await kill(engine, id);
});
