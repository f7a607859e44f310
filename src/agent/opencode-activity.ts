import { text } from "./payload.ts";

/** One event of opencode's own stream. */
export interface OpencodeEvent {
  type: string;
  properties: Record<string, unknown>;
}

/** What a look at the server finds, after the stream was interrupted. */
export interface OpencodeState {
  /** Conversations of sub-agents, those of earlier launches included: they can go on. */
  children: string[];
  busy: string[];
  dialogs: Dialog[];
}

/** A permission or a question that waits for its answer. */
export interface Dialog {
  id: string;
  kind: "approval" | "question";
  text: string;
}

/** One event for `ao hook opencode`. */
export interface OpencodeReport {
  event: "started" | "taken" | "busy" | "idle" | "failed" | "answered" | Dialog["kind"];
  payload: Record<string, string>;
}

/**
 * Folds opencode's events, of which there are hundreds in a turn, into the few that tell what the
 * session is doing. Conversations of sub-agents count only with what they ask.
 */
export class OpencodeActivity {
  readonly #children = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #dialogs = new Map<string, Dialog>();
  /** Texts that were told of; some hundred at most, and each is short. */
  readonly #markers = new Set<string>();
  /** Why the turn under way broke off; told at its end. */
  #failure = "";
  #told: "busy" | "idle" | undefined;

  constructor(private conversation: string) {}

  /** What an event changes; mostly nothing. */
  read({ type, properties }: OpencodeEvent): OpencodeReport[] {
    const id = text(properties, "sessionID");
    switch (type) {
      case "session.created":
        if (text(fields(properties["info"]), "parentID") !== "") this.#children.add(id);
        return [];
      case "session.status":
        return this.#status(id, text(fields(properties["status"]), "type") !== "idle");
      case "session.idle":
      case "session.deleted":
        return this.#status(id, false);
      case "session.error":
        return this.#error(id, fields(properties["error"]));
      case "message.part.updated":
        return this.#taken(id, fields(properties["part"]));
      case "permission.asked":
      case "question.asked":
        return this.#asked(dialogOf(properties));
      case "permission.replied":
      case "question.replied":
      case "question.rejected":
        return this.#answered(text(properties, "requestID"));
      default:
        return [];
    }
  }

  /** What has changed while nobody listened. */
  resume({ children, busy, dialogs }: OpencodeState): OpencodeReport[] {
    for (const id of children) this.#children.add(id);
    const roots = busy.filter((id) => !this.#children.has(id));
    const open = new Set(dialogs.map(({ id }) => id));
    const reports = [...this.#dialogs.keys()]
      .filter((id) => !open.has(id))
      .flatMap((id) => this.#answered(id));
    this.#busy.clear();
    for (const id of roots) this.#busy.add(id);
    if (roots.length > 0) reports.push(...this.#tell("busy"));
    else if (this.#told === "busy") reports.push(...this.#tell("idle"));
    for (const dialog of dialogs) {
      if (!this.#dialogs.has(dialog.id)) reports.push(...this.#asked(dialog));
    }
    return reports;
  }

  #status(id: string, isBusy: boolean): OpencodeReport[] {
    if (id === "" || this.#children.has(id)) return [];
    if (isBusy) {
      // A person may have begun another conversation in the terminal: the session follows.
      this.conversation = id;
      this.#busy.add(id);
      return this.#tell("busy");
    }
    const wasBusy = this.#busy.delete(id);
    if (!wasBusy || this.#busy.size > 0) return [];
    this.#dialogs.clear();
    return this.#tell("idle");
  }

  #tell(now: "busy" | "idle"): OpencodeReport[] {
    if (this.#told === now) return [];
    this.#told = now;
    const failure = this.#failure;
    this.#failure = "";
    const sessionID = this.conversation;
    if (now === "idle" && failure !== "") {
      return [{ event: "failed", payload: { sessionID, text: failure } }];
    }
    return [{ event: now, payload: { sessionID } }];
  }

  #error(id: string, error: Record<string, unknown>): OpencodeReport[] {
    const name = text(error, "name");
    // A turn that a person broke off ends like any other.
    if (name === "MessageAbortedError" || this.#children.has(id)) return [];
    const data = fields(error["data"]);
    this.#failure = text(data, "message") || name || "the turn broke off";
    return [];
  }

  /** A text that `ao` has sent stands in the conversation. */
  #taken(sessionID: string, part: Record<string, unknown>): OpencodeReport[] {
    const marker = text(fields(part["metadata"]), "ao");
    if (!marker.startsWith("message:") || this.#markers.has(marker)) return [];
    this.#markers.add(marker);
    return [{ event: "taken", payload: { sessionID, text: text(part, "text") } }];
  }

  #asked(dialog: Dialog): OpencodeReport[] {
    if (dialog.id === "") return [];
    this.#dialogs.set(dialog.id, dialog);
    return [report(dialog)];
  }

  #answered(id: string): OpencodeReport[] {
    if (!this.#dialogs.delete(id)) return [];
    const next = this.#dialogs.values().next().value;
    // Another one waits behind it, and takes its place.
    return next ? [report(next)] : [{ event: "answered", payload: { id } }];
  }
}

/** The dialog that a pending permission or question stands for. */
export function dialogOf(request: Record<string, unknown>): Dialog {
  const id = text(request, "id");
  const questions = request["questions"];
  if (!Array.isArray(questions)) {
    const patterns = request["patterns"];
    const subject = Array.isArray(patterns) ? patterns.join(", ") : "";
    return { id, kind: "approval", text: `${text(request, "permission")}: ${subject}` };
  }
  const asked = questions.map((one) => text(fields(one), "question")).filter(Boolean);
  return { id, kind: "question", text: asked.join("\n") };
}

function report({ id, kind, text: asked }: Dialog): OpencodeReport {
  return { event: kind, payload: { id, text: asked } };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
