import { createEngine } from "../../src/engine/engine.ts";
import { mergeWhenReady } from "../../src/engine/github/merge-wait.ts";
import { mergePull, type MergeRequest } from "../../src/engine/github/merge.ts";
import { Desk } from "./desk.ts";

/** A desk that has seen one pull request, and what is told while it is merged. */
export async function watching(given: Parameters<Desk["pr"]>[0] = {}) {
  const desk = new Desk({}, true);
  desk.project();
  const ref = desk.pr(given);
  await desk.observer.runOnce(Date.now());
  const notes: string[] = [];
  const interrupt = new AbortController();
  const progress = { ...desk.engine.progress, note: (text: string) => void notes.push(text) };
  const { store, self, env } = desk.engine;
  const engine = createEngine({ store, self, env, progress, interrupt: interrupt.signal });
  const row = () => {
    const found = desk.row(ref);
    if (!found) throw new Error(`${ref} is not known`);
    return found;
  };
  /** Another process leads and looks anew, as if its time had come. */
  const look = async () => {
    desk.restart();
    await desk.observer.runOnce(Date.now() + 120_000);
  };
  const merge = (request: Partial<MergeRequest> = {}) =>
    mergePull(engine, { pull: row(), ...request });
  const wait = (tell: (waitsFor: string[]) => void = () => {}, given: Partial<MergeRequest> = {}) =>
    mergeWhenReady(engine, { pull: row(), ...given }, tell);
  const base = { desk, ref, engine, notes, interrupt, row, look, merge, wait };
  return { ...base, [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() };
}

/** How often GitHub was told to merge. */
export const puts = (desk: Desk) =>
  desk.server.calls.filter(({ method }) => method === "PUT").length;
