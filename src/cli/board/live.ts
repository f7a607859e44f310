import { isoTime } from "../../domain/time.ts";
import type { Engine, Progress } from "../../engine/engine.ts";
import { Loops } from "../../engine/loops.ts";
import { notifications } from "../../engine/notify/notifications.ts";
import { type SessionView, sessionViews } from "../../engine/view.ts";
import { messageOf } from "../../error.ts";
import { watchCommits } from "../../store/follow.ts";
import { attachTo } from "../attach.ts";
import type { Context } from "../command.ts";
import { ended } from "../session/watch.ts";
import { act, progressOf, type Sent, type Work } from "./act.ts";
import { KeyReader } from "./keys.ts";
import { orderOf, renderBoard } from "./render.ts";
import { Stage } from "./stage.ts";
import { type Action, type BoardState, freshState, type Note, press, settle } from "./state.ts";

/** Changes come with commits; only ages, and the silence of a terminal, grow without one. */
const agesMs = 1_000;

/** Commits that come close together are one redrawing. */
const restMs = 30;

/** Sessions that ended longer ago are left out, and more than these too. */
const doneMs = 24 * 3_600_000;
const mostDone = 50;

/** The board on a person's terminal, until it is left. */
export class LiveBoard {
  readonly #keys = new KeyReader();
  readonly #stage: Stage;
  readonly #over = Promise.withResolvers<number>();
  readonly #running = new Set<Promise<void>>();
  #state: BoardState = freshState;
  #sessions: SessionView[] = [];
  #unread = 0;
  #sent: Sent | undefined;
  #isAway = false;
  #redraw: ReturnType<typeof setTimeout> | undefined;
  readonly #engine: Engine;

  constructor(
    private readonly context: Context,
    engine: Engine,
    private readonly projectId: string | undefined,
  ) {
    // Steps of long work would be drawn over the board.
    const progress: Progress = {
      step: async (_name, work) => await work(),
      output: () => {},
      note: (text) => this.#say(text, "plain"),
    };
    this.#engine = { ...engine, progress };
    this.#stage = new Stage(
      context.output,
      (text) => this.#guard(() => this.#onText(text)),
      () => this.#guard(() => this.#draw()),
    );
  }

  /** Shows the board; returns the exit code. What is under way is waited for. */
  async run(): Promise<number> {
    const { output, interrupt } = this.context;
    const loops = new Loops(this.#engine, (error) => this.#say(messageOf(error), "bad"));
    loops.start();
    const unwatch = watchCommits(this.#engine.store, () => this.#soon());
    const timer = setInterval(() => this.#soon(), agesMs);
    const stopped = ended(interrupt, output.closed).then(() => 130);
    try {
      this.#read();
      this.#stage.open();
      this.#draw();
      return await Promise.race([this.#over.promise, stopped, loops.failed]);
    } finally {
      clearInterval(timer);
      clearTimeout(this.#redraw);
      unwatch();
      this.#isAway = true;
      this.#stage.close();
      if (!interrupt.aborted) await this.#settle();
      await loops.stop();
    }
  }

  /** A kill that was begun is seen to its end. */
  async #settle(): Promise<void> {
    if (this.#running.size === 0) return;
    this.context.output.note("waiting for what is under way; ctrl-C leaves it to the next ao");
    await Promise.race([Promise.all(this.#running), ended(this.context.interrupt)]);
  }

  #onText(text: string): void {
    for (const key of this.#keys.read(text)) {
      const { state, action } = press(this.#state, key, orderOf(this.#sessions));
      this.#state = state;
      if (action) this.#start(action);
      if (this.#isAway) return;
    }
    this.#draw();
  }

  #start(action: Action): void {
    if (action.kind === "quit") return this.#over.resolve(action.exitCode);
    const work = action.kind === "attach" ? this.#attach(action.id) : this.#act(action);
    const watched = work
      .catch((error: unknown) => this.#over.reject(error))
      .finally(() => this.#running.delete(watched));
    this.#running.add(watched);
  }

  async #act(action: Work): Promise<void> {
    this.#sent = undefined;
    const { note, sent } = await act(this.#engine, action, (text) => this.#say(text, "plain"));
    this.#sent = sent;
    if (note) this.#say(note.text, note.tone);
    else this.#soon();
  }

  async #attach(id: string): Promise<void> {
    this.#isAway = true;
    this.#stage.close();
    try {
      this.#state = { ...this.#state, note: await this.#attached(id) };
    } finally {
      this.#isAway = false;
    }
    if (this.context.interrupt.aborted) return;
    this.#stage.open();
    this.#refresh();
  }

  async #attached(id: string): Promise<Note> {
    try {
      return { text: await attachTo(this.context, id, false), tone: "plain" };
    } catch (error) {
      return { text: messageOf(error), tone: "bad" };
    }
  }

  #say(text: string, tone: Note["tone"]): void {
    this.#state = { ...this.#state, note: { text, tone } };
    this.#guard(() => this.#draw());
  }

  /** A moment later, so that many changes are drawn once. */
  #soon(): void {
    this.#redraw ??= setTimeout(() => {
      this.#redraw = undefined;
      this.#guard(() => this.#refresh());
    }, restMs);
  }

  #refresh(): void {
    if (this.#isAway) return;
    this.#read();
    this.#draw();
  }

  #read(): void {
    const engine = this.#engine;
    const { projectId } = this;
    const since = isoTime(Date.now() - doneMs);
    const views = sessionViews(engine, { projectId, withTerminated: true });
    const done = views.filter((one) => one.isTerminated && one.updatedAt > since);
    done.sort((one, other) => (one.updatedAt < other.updatedAt ? 1 : -1));
    const live = views.filter((one) => !one.isTerminated);
    this.#sessions = [...live, ...done.slice(0, mostDone)];
    this.#unread = notifications(engine, { projectId }).length;
    const note = this.#sent && progressOf(engine, this.#sent);
    if (note) this.#state = { ...this.#state, note };
    this.#state = settle(this.#state, orderOf(this.#sessions));
  }

  #draw(): void {
    if (this.#isAway) return;
    const picture = {
      sessions: this.#sessions,
      state: this.#state,
      unread: this.#unread,
      now: Date.now(),
    };
    this.#stage.draw(renderBoard(picture, this.#stage.size, this.context.output.paint));
  }

  /** A defect in a callback ends the board in order, with the terminal given back. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#over.reject(error);
    }
  }
}
