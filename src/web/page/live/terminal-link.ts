import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";

import { refuseHugeCounts } from "../../../domain/terminal-count.ts";
import type { ServerFrame } from "../../schema/terminal.ts";
import { base, pathOf } from "./http.ts";
import { terminalTheme } from "./terminal-theme.ts";

/** How a terminal on the page stands. `text` says more, where there is more to say. */
export interface TerminalState {
  kind: "connecting" | "watching" | "typing" | "ended" | "broken";
  text: string;
}

const retryMs = 1_000;

/** In CSS pixels; smaller where a terminal that is only looked at is wider than its box. */
const fontSize = 12.5;
const smallestFont = 9;

/** The server's close code where a session has no running terminal. */
const goneCode = 4004;

/**
 * Joins the emulator on the page to an agent's terminal. While it only looks, the terminal keeps
 * the size that others gave it; taking over makes it as large as its box.
 */
export class TerminalLink {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #resized: ResizeObserver;
  #socket: WebSocket | undefined;
  #isTyping = false;
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly id: string,
    private readonly box: HTMLElement,
    private readonly onState: (state: TerminalState) => void,
  ) {
    this.#terminal = new Terminal({
      fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
      fontSize,
      scrollback: 5_000,
      disableStdin: true,
      screenReaderMode: true,
      theme: terminalTheme,
      logLevel: "off",
    });
    refuseHugeCounts(this.#terminal);
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(box);
    this.#name();
    this.#terminal.onData((text) => this.#type(new TextEncoder().encode(text)));
    this.#terminal.onBinary((text) =>
      this.#type(Uint8Array.from(text, (one) => one.charCodeAt(0))),
    );
    this.#terminal.attachCustomKeyEventHandler((event) => this.#isForAgent(event));
    this.#resized = new ResizeObserver(() => this.#fitBox());
    this.#resized.observe(box);
    this.#connect();
  }

  /** From now on what is typed reaches the agent, and the terminal is as large as its box. */
  takeOver(): void {
    this.#terminal.options.fontSize = fontSize;
    const size = this.#fit.proposeDimensions();
    const { cols: columns, rows } = size ?? this.#terminal;
    this.#tell({ type: "takeOver", columns: Math.max(columns, 2), rows: Math.max(rows, 2) });
    this.#terminal.resize(Math.max(columns, 2), Math.max(rows, 2));
  }

  /** Only looks again. */
  release(): void {
    this.#tell({ type: "release" });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#resized.disconnect();
    this.#socket?.close();
    this.#terminal.dispose();
  }

  #connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const path = pathOf`/sessions/${this.id}/terminal`;
    const socket = new WebSocket(`${scheme}://${location.host}${base}${path}`);
    socket.binaryType = "arraybuffer";
    // What comes first redraws the whole.
    socket.onopen = () => this.#terminal.reset();
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") this.#obey(JSON.parse(data) as ServerFrame);
      else this.#show(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.#socket = socket;
  }

  #obey(frame: ServerFrame): void {
    if (frame.type === "ended") return this.#become("ended");
    if (frame.type === "control") return this.#setTyping(frame.isYours);
    this.#terminal.resize(frame.columns, frame.rows);
    if (this.#isTyping) return;
    this.#shrink();
    this.#become("watching");
  }

  /** What an agent says last stands at the bottom, which stays in view unless one has scrolled. */
  #show(bytes: Uint8Array): void {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 4 || scrollTop === 0;
    this.#terminal.write(bytes, () => {
      const isFull = this.#terminal.buffer.active.cursorY > this.#terminal.rows / 2;
      if (isAtEnd && isFull) this.box.scrollTop = this.box.scrollHeight;
    });
  }

  #shrink(): void {
    const screen = this.box.querySelector<HTMLElement>(".xterm-screen");
    if (!screen || screen.offsetWidth === 0) return;
    const perPixel = screen.offsetWidth / (this.#terminal.options.fontSize ?? fontSize);
    const fitting = Math.floor(((this.box.clientWidth - 16) / perPixel) * 4) / 4;
    this.#terminal.options.fontSize = Math.min(fontSize, Math.max(smallestFont, fitting));
  }

  #setTyping(isTyping: boolean): void {
    this.#isTyping = isTyping;
    this.#terminal.options.disableStdin = !isTyping;
    this.#terminal.options.cursorBlink = isTyping;
    this.#become(isTyping ? "typing" : "watching");
    if (isTyping) this.#terminal.focus();
  }

  #lost(code: number, reason: string): void {
    this.#socket = undefined;
    if (this.#isClosed || code === 1000) return;
    this.#setTyping(false);
    this.#become(code === goneCode ? "ended" : "broken", code === goneCode ? reason : "");
    if (code !== goneCode) this.#retry = setTimeout(() => this.#connect(), retryMs);
  }

  /** Tab and Escape belong to the agent while it is typed to; one key lets go. */
  #isForAgent(event: KeyboardEvent): boolean {
    if (!this.#isTyping) return false;
    if (!event.ctrlKey || event.key !== "\\") return true;
    if (event.type === "keydown") this.release();
    return false;
  }

  #fitBox(): void {
    if (!this.#isTyping) return this.#shrink();
    const size = this.#fit.proposeDimensions();
    if (!size || size.cols < 2 || size.rows < 2) return;
    this.#terminal.resize(size.cols, size.rows);
    this.#tell({ type: "resize", columns: size.cols, rows: size.rows });
  }

  #type(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isTyping && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(bytes);
  }

  #tell(frame: { type: string; columns?: number; rows?: number }): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #become(kind: TerminalState["kind"], text = ""): void {
    this.onState({ kind, text });
  }

  #name(): void {
    this.#terminal.textarea?.setAttribute("aria-label", `Terminal of ${this.id}`);
  }
}
