/** A unit as systemd.syntax(7) reads it: the last value of each setting of all sections. */
export function settingsOf(unit: string): Map<string, string> {
  const lines = unit.split("\n").filter((line) => /^[A-Z]/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** The words of a value, without quotes, escapes and doubled `%`. */
export function wordsOf(value = ""): string[] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)].map(([bare, quoted]) =>
    (quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1")).replaceAll("%%", "%"),
  );
}

/** The words of `ExecStart`: in all but the first, `$$` stands for a dollar sign. */
export function commandOf(unit: string): string[] {
  const [program = "", ...words] = wordsOf(settingsOf(unit).get("ExecStart"));
  return [program, ...words.map((word) => word.replaceAll("$$", "$"))];
}

/** The variables that the unit sets. */
export function environmentOf(unit: string): Record<string, string> {
  const words = wordsOf(settingsOf(unit).get("Environment"));
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
