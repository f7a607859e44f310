/** What the message of an escrow's commit says about it. */
export interface EscrowFacts {
  session: string;
  /** Absent when HEAD was detached. */
  branch?: string;
  worktree: string;
  reason: string;
  /** The commit that the session started from. */
  base?: string;
  hasIndex: boolean;
  /** Files that differ from HEAD. */
  files: number;
  /** Paths of nested repositories, whose content is not in the escrow. */
  nested: string[];
  /** Why some file is not in the escrow. */
  missed?: string;
}

/** Writes the facts as a commit message with trailers (git-interpret-trailers(1)). */
export function describeEscrow(facts: EscrowFacts): string {
  const trailers: [string, string | undefined][] = [
    ["Session", facts.session],
    ["Branch", facts.branch],
    ["Worktree", facts.worktree],
    ["Reason", facts.reason],
    ["Base", facts.base],
    ["Index", facts.hasIndex ? "kept" : "in conflict"],
    ["Files", String(facts.files)],
    ...facts.nested.map((path): [string, string] => ["Nested", path]),
    ["Missed", facts.missed],
  ];
  const lines = trailers.flatMap(([name, value]) =>
    value === undefined ? [] : [`Ao-${name}: ${value.replaceAll(/\p{Cc}/gu, " ").trim()}`],
  );
  return `Escrow of ${facts.session}\n\n${lines.join("\n")}\n`;
}

/** Reads the facts back. */
export function parseEscrowMessage(message: string): EscrowFacts {
  const values = (name: string) =>
    [...message.matchAll(new RegExp(`^Ao-${name}: ?(.*)$`, "gm"))].map((match) => match[1] ?? "");
  const [branch, base, missed] = ["Branch", "Base", "Missed"].map((name) => values(name)[0]);
  return {
    session: values("Session")[0] ?? "",
    worktree: values("Worktree")[0] ?? "",
    reason: values("Reason")[0] ?? "",
    hasIndex: values("Index")[0] === "kept",
    files: Number(values("Files")[0] ?? 0),
    nested: values("Nested"),
    ...(branch && { branch }),
    ...(base && { base }),
    ...(missed && { missed }),
  };
}
