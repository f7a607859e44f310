import { AoError } from "../error.ts";

/** A session's id: `{project}-{number}`. Numbers rise per project and are never used again. */
export function sessionId(projectId: string, number: number): string {
  return `${projectId}-${number}`;
}

/** Longest project id; a branch, a folder and a socket name carry it. */
const projectIdLength = 32;

/** Letters that `freeSlug` may have to add, with their hyphen. */
const suffixLength = 4;

/**
 * A project id from a folder's name, one that `checkProjectId` takes: lower-case letters, digits
 * and single hyphens. A number of its own (`shop-2`) would read like a session's, so it loses
 * its hyphen.
 */
export function projectSlug(name: string): string {
  const slug = name
    .normalize("NFKD")
    // What the normal form splits off: accents.
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .replace(/^(?=\d)/, "p")
    .replaceAll(/-(?=\d+(-|$))/g, "")
    .slice(0, projectIdLength - suffixLength)
    .replaceAll(/-\d*$/g, "");
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
