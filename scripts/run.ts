/** What a program left behind. */
export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env: Record<string, string | undefined>;
  cwd?: string;
  /** Given on standard input, which is empty without it. */
  stdin?: string;
  /** Killed when it takes longer, in milliseconds. */
  limitMs?: number;
}

/** Runs a program to its end, without a terminal. */
export async function run(argv: string[], options: RunOptions): Promise<Ended> {
  const { env, cwd, stdin, limitMs = 60_000 } = options;
  const child = Bun.spawn(argv, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdio: [stdin === undefined ? "ignore" : Buffer.from(stdin), "pipe", "pipe"],
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}
