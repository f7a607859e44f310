import type { Terminal } from "@xterm/headless";

type Parameters = (number | number[])[];

/** Private modes that the serializer leaves out, with the state they are in at first. */
const privateModes = new Map([
  [25, true],
  [1005, false],
  [1006, false],
  [1015, false],
  [1016, false],
]);

/**
 * What a terminal's state has beyond what the serialize addon writes: cursor visibility and shape,
 * how the mouse is reported, the scroll region, and the keyboard protocol of kitty (the flags are
 * a stack), which the emulator itself does not know.
 */
export class UnserializedModes {
  private modes = new Map(privateModes);
  private cursorShape = 0;
  private keyboard: number[] = [];
  private modifyOtherKeys = 0;
  private region: { top: number; bottom: number } | undefined;

  constructor(private readonly terminal: Terminal) {
    this.watch({ prefix: "?", final: "h" }, (params) => this.setModes(params, true));
    this.watch({ prefix: "?", final: "l" }, (params) => this.setModes(params, false));
    this.watch({ intermediates: " ", final: "q" }, ([shape]) => {
      this.cursorShape = number(shape, 0);
    });
    this.watch({ final: "r" }, ([top, bottom]) =>
      this.setRegion(number(top, 0), number(bottom, 0)),
    );
    this.watch({ prefix: ">", final: "m" }, ([key, value]) => {
      if (number(key, 0) === 4) this.modifyOtherKeys = number(value, 0);
    });
    this.watch({ prefix: ">", final: "u" }, ([flags]) => {
      if (this.keyboard.length < 16) this.keyboard.push(number(flags, 0));
    });
    this.watch({ prefix: "<", final: "u" }, ([count]) => {
      this.keyboard.splice(Math.max(0, this.keyboard.length - Math.max(1, number(count, 1))));
    });
    this.watch({ prefix: "=", final: "u" }, ([flags]) => {
      this.keyboard.splice(-1, 1, number(flags, 0));
    });
    this.watch({ intermediates: "!", final: "p" }, () => this.softReset());
    terminal.parser.registerEscHandler({ final: "c" }, () => this.reset());
    // A change of size makes the whole screen the scroll region again.
    terminal.onResize(() => (this.region = undefined));
  }

  /** Sequences that bring a terminal, drawn by the addon, into the same state. */
  serialize(): string {
    let text = "";
    for (const [mode, isSet] of this.modes) {
      if (isSet !== privateModes.get(mode)) text += `\x1b[?${mode}${isSet ? "h" : "l"}`;
    }
    if (this.cursorShape !== 0) text += `\x1b[${this.cursorShape} q`;
    if (this.modifyOtherKeys !== 0) text += `\x1b[>4;${this.modifyOtherKeys}m`;
    for (const flags of this.keyboard) text += `\x1b[>${flags}u`;
    return text + this.serializeRegion();
  }

  /** Setting a region (or origin mode) moves the cursor, so it is put back after it. */
  private serializeRegion(): string {
    const { originMode } = this.terminal.modes;
    if (!this.region && !originMode) return "";
    const { cursorX, cursorY } = this.terminal.buffer.active;
    const { top, bottom } = this.region ?? { top: 1, bottom: this.terminal.rows };
    const row = originMode ? cursorY - top + 2 : cursorY + 1;
    return `\x1b[${top};${bottom}r\x1b[${row};${cursorX + 1}H`;
  }

  private setModes(params: Parameters, isSet: boolean): void {
    for (const mode of params.flat()) {
      if (this.modes.has(mode)) this.modes.set(mode, isSet);
      // Each screen has its own region, and the addon restores neither.
      if (mode === 47 || mode === 1047 || mode === 1049) this.region = undefined;
    }
  }

  private setRegion(top: number, bottom: number): void {
    const last = this.terminal.rows;
    const region = { top: Math.max(1, top), bottom: bottom === 0 ? last : Math.min(bottom, last) };
    const isWhole = region.top === 1 && region.bottom === last;
    if (region.bottom > region.top) this.region = isWhole ? undefined : region;
  }

  private softReset(): void {
    this.region = undefined;
    this.modes.set(25, true);
  }

  private reset(): boolean {
    this.softReset();
    this.modes = new Map(privateModes);
    this.cursorShape = 0;
    this.keyboard = [];
    this.modifyOtherKeys = 0;
    return false;
  }

  private watch(
    id: { prefix?: string; intermediates?: string; final: string },
    listener: (params: Parameters) => void,
  ): void {
    this.terminal.parser.registerCsiHandler(id, (params) => {
      listener(params);
      // The emulator's own handler has its turn as well.
      return false;
    });
  }
}

function number(value: number | number[] | undefined, absent: number): number {
  return typeof value === "number" && value >= 0 ? value : absent;
}
