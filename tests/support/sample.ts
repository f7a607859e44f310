/** How the sample program is run from source. */
export const samplePath = `${import.meta.dir}/sample-program.ts`;

/** What a program left behind. */
export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs the sample program to its end. */
export function runSample(...words: string[]): Promise<Ended> {
  return runProgram([process.execPath, samplePath, ...words]);
}

/** Runs a line of bash in which `$AO` is the sample program. */
export function runBash(line: string): Promise<Ended> {
  return runProgram(["bash", "-c", `AO="${process.execPath} ${samplePath}"; ${line}`]);
}

/** Runs any program to its end, without colours and without a terminal. */
export async function runProgram(argv: string[]): Promise<Ended> {
  const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}
