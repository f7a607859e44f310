/** One file of the project, by its path from the root. */
export interface SourceFile {
  path: string;
  text: string;
}

/** Every text file of the project that the rules look at. */
export async function readSources(root: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const pattern of ["{src,tests,scripts}/**/*.{ts,tsx}", "sql/**/*.sql", "CHANGELOG.md"]) {
    for await (const path of new Bun.Glob(pattern).scan({ cwd: root })) {
      files.push({ path, text: await Bun.file(`${root}/${path}`).text() });
    }
  }
  return files.sort((one, other) => one.path.localeCompare(other.path));
}

/** What a scan over TypeScript cuts it into. */
export interface Pieces {
  /** The text with comments, strings, templates and regular expressions blanked; lines stay. */
  code: string;
  /** The contents of all strings and templates. */
  strings: string[];
}

// A slash begins a regular expression where a value may begin, else it divides.
const beforeValue = /(?:^|[(,=:[!&|?{};+*%<>~^-]|\breturn|\btypeof|\bcase|=>)\s*$/;
const tokenPattern = new RegExp(
  [
    String.raw`\/\/[^\n]*`,
    String.raw`\/\*[\s\S]*?\*\/`,
    String.raw`"(?:\\.|[^"\\\n])*"`,
    String.raw`'(?:\\.|[^'\\\n])*'`,
    String.raw`\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])+\/[a-z]*`,
    "`",
  ].join("|"),
  "y",
);

/** Cuts TypeScript into code and strings; crude, but it knows what a formatter leaves. */
export function cut(text: string): Pieces {
  const strings: string[] = [];
  let code = "";
  for (let at = 0; at < text.length;) {
    tokenPattern.lastIndex = at;
    const token = tokenPattern.exec(text)?.[0];
    const isDivision = token?.startsWith("/") && !/^\/[/*]/.test(token) && !startsValue(code);
    if (token === undefined || isDivision) {
      code += text.charAt(at);
      at += 1;
      continue;
    }
    const whole = token === "`" ? templateAt(text, at) : token;
    if (/^["'`]/.test(whole)) strings.push(whole.slice(1, -1));
    code += blank(whole);
    at += whole.length;
  }
  return { code, strings };
}

function startsValue(code: string): boolean {
  return beforeValue.test(code.slice(-40));
}

/** A template from its first to its last back-tick, the expressions in it included. */
function templateAt(text: string, start: number): string {
  let depth = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "\\") at += 1;
    else if (depth === 0 && character === "`") return text.slice(start, at + 1);
    else if (depth > 0 && character === "`") at += templateAt(text, at).length - 1;
    else if (text.startsWith("${", at)) {
      depth += 1;
      at += 1;
    } else if (depth > 0 && character === "{") depth += 1;
    else if (depth > 0 && character === "}") depth -= 1;
  }
  return text.slice(start);
}

/** Keeps the quotes of what is blanked, so that the code still shows that a value stood there. */
function blank(token: string): string {
  const inner = token.replace(/[^\n]/g, " ");
  return /^["'`]/.test(token) ? `"${inner.slice(1, -1)}"` : inner;
}
