import { AoError } from "../error.ts";

/** A session's id: `{project}-{number}`. Numbers rise per project and are never used again. */
export function sessionId(projectId: string, number: number): string {
  return `${projectId}-${number}`;
}

/** Longest project id; a branch, a folder and a socket name carry it. */
const projectIdLength = 32;

/** A project id from a folder's name: lower-case letters, digits and single hyphens. */
export function projectSlug(name: string): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, projectIdLength)
    .replaceAll(/^-+|-+$/g, "");
  return slug || "project";
}

/** The first free one of `slug`, `slug-b`, `slug-c` …: a number would read like a session's. */
export function freeSlug(slug: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(slug)) return slug;
  for (let index = 1; ; index++) {
    const candidate = `${slug}-${letters(index)}`;
    if (!isTaken(candidate)) return candidate;
  }
}

function letters(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letters(Math.floor(index / 26)) + letter;
}

/**
 * Checks a project id that a person chose.
 * Throws `usage` for one that could be misread as an option, a path or a session id.
 */
export function checkProjectId(id: string): string {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*$/.test(id) && id.length <= projectIdLength) {
    return id;
  }
  throw new AoError(
    "usage",
    `project id ${JSON.stringify(id)} is not valid`,
    `use up to ${projectIdLength} lower-case letters, digits and hyphens, such as \`shop\``,
  );
}
