import { AoError } from "../../error.ts";
import { findProgram } from "../../process/program.ts";
import { run, type RunResult } from "../../process/run.ts";
import { writeAtomically } from "../atomic-file.ts";
import { ownEnvironment } from "../environment.ts";

const commandMs = 10_000;

/** The terminal type inside of tmux: every terminfo database has it, the one of macOS included. */
export const paneTerm = "screen-256color";

/**
 * The server's whole configuration; the user's own is never read. No key is bound: what a person
 * types while attached is the agent's, ctrl-b included.
 */
const configuration = `
set -s escape-time 10
set -s exit-empty on
set -s set-clipboard off
set -s focus-events on
set -g default-shell /bin/sh
set -g default-terminal ${paneTerm}
set -as terminal-features ",*:RGB"
set -g update-environment ""
set -g status off
set -g prefix None
set -g prefix2 None
set -g mouse off
set -g history-limit 20000
set -g window-size latest
set -g destroy-unattached off
set -g remain-on-exit on
set -g remain-on-exit-format ""
set -g allow-rename off
set -g set-titles off
set -g visual-bell off
set -g bell-action none
unbind-key -a -T prefix
unbind-key -a -T root
`;

/** What a call of tmux came to; `absent`: no server listens at the socket. */
export type TmuxAnswer =
  { state: "ok"; stdout: string } | { state: "absent" | "refused" | "silent"; message: string };

/** The private tmux server behind one socket. */
export class TmuxServer {
  constructor(private readonly socketPath: string) {}

  /** The words that call tmux for this server. Throws `unavailable` when tmux is not installed. */
  argv(commands: string[]): string[] {
    const tmux = findProgram("tmux");
    if (!tmux) {
      const hint = "install tmux, or use --runtime pty";
      throw new AoError("unavailable", "tmux is not installed", hint);
    }
    return [tmux, "-u", "-S", this.socketPath, "-f", this.configPath, ...commands];
  }

  /** Writes the configuration that a server reads when it starts. */
  configure(): void {
    writeAtomically(this.configPath, configuration);
  }

  /** Runs commands; a server starts when they include one that needs it, such as `new-session`. */
  async ask(commands: string[], input?: string): Promise<TmuxAnswer> {
    const result = await run(this.argv(commands), {
      // A server keeps its first folder for ever, and the first environment too.
      cwd: "/",
      env: tmuxEnvironment(),
      timeoutMs: commandMs,
      ...(input === undefined ? {} : { input }),
    });
    return judge(result);
  }

  /** The same, throwing `unavailable` without an answer and `failed` when tmux refuses. */
  async tell(commands: string[], input?: string): Promise<string> {
    const answer = await this.ask(commands, input);
    if (answer.state === "ok") return answer.stdout;
    const code = answer.state === "silent" ? "timeout" : "unavailable";
    throw new AoError(code, `tmux: ${answer.message}`);
  }

  private get configPath(): string {
    return `${this.socketPath}.conf`;
  }
}

/** The environment of the server and its clients: what agents get is in their script. */
export function tmuxEnvironment(): Record<string, string> {
  return { ...ownEnvironment(), TERM: "xterm-256color" };
}

function judge({ exitCode, stdout, stderr, timedOut }: RunResult): TmuxAnswer {
  if (timedOut) return { state: "silent", message: `no answer within ${commandMs} ms` };
  if (exitCode === 0) return { state: "ok", stdout };
  const message = stderr.trim() || `exit code ${exitCode}`;
  const isAbsent = /no server running|error connecting|server exited|lost server/.test(message);
  return { state: isAbsent ? "absent" : "refused", message };
}
