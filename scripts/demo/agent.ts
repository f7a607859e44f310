/** A stand-in for a coding agent, and what it does. */
export interface DemoAgent {
  name: string;
  task: string;
  /** The file that it edits in its worktree, and the line that it adds. */
  file: string;
  line: string;
  /** What the demo tells it while it waits. */
  message: string;
}

/** Two agents that change the same file, each in its own worktree. */
export const demoAgents: readonly [DemoAgent, DemoAgent] = [
  {
    name: "writer",
    task: "greet the customer by name",
    file: "greeting.txt",
    line: "Welcome back, Ada!",
    message: "keep it short",
  },
  {
    name: "translator",
    task: "greet the customer in German",
    file: "greeting.txt",
    line: "Willkommen!",
    message: "add French too",
  },
];

/** Where an agent notes what it was told; it never commits that. */
export const notes = "notes.md";

/**
 * The program of an agent, for `sh`: it edits, waits for a message on its terminal, answers and
 * commits. Git knows no identity here, so it brings its own.
 */
export function agentProgram({ name, file, line }: DemoAgent): string {
  return `say() { echo "[${name}] $1"; }
commit() {
  git add ${file}
  git -c user.name=${name} -c user.email=${name}@localhost commit --quiet --message "$1"
  say "committed $(git log -1 --format='%h %s')"
}
if [ -e ${notes} ]; then
  say "I am back, and my notes are still here: $(cat ${notes})"
else
  say "my task: $(cat "$AO_PROMPT_FILE")"
  echo "${line}" >> ${file}
  say "I have edited ${file}"
fi
say "what next?"
while IFS= read -r message; do
  say "understood: $message"
  echo "$message" >> ${notes}
  commit "$(cat "$AO_PROMPT_FILE")"
  say "what next?"
done
`;
}
