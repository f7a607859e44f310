import { expect, test } from "bun:test";

import { checkProjectId, freeSlug, projectSlug, sessionId } from "../../src/domain/ids.ts";
import { AoError } from "../../src/error.ts";

test("a session's id is its project's with a number", () => {
  expect(sessionId("shop", 12)).toBe("shop-12");
});

test.each([
  ["shop", "shop"],
  ["My Shop", "my-shop"],
  ["shop_v2.git", "shop-v2-git"],
  ["Größe", "große".normalize("NFKD").replaceAll(/[^a-z]/g, "-")],
  ["Café Crème", "cafe-creme"],
  ["--weird--name--", "weird-name"],
  ["shop-2", "shop2"],
  ["a-1-2-b", "a12-b"],
  ["2048", "p2048"],
  ["3d-shop", "p3d-shop"],
  ["日本", "project"],
  ["", "project"],
  [".ao", "ao"],
  ["x".repeat(80), "x".repeat(28)],
  [`${"x".repeat(26)}-12345`, `${"x".repeat(26)}12`],
])("the slug of %j is %j", (name, slug) => {
  expect(projectSlug(name)).toBe(slug);
});

test("every slug is an id that a person could have chosen", () => {
  const letters = ["a", "Z", "9", "0", "-", "_", " ", "é", "ß", "日", ".", "/"];
  for (let index = 0; index < 20_000; index++) {
    const name = Array.from({ length: index % 40 }, (_, at) => {
      return letters[(index * 7 + at * at * 5 + (index >> (at % 7))) % letters.length];
    }).join("");
    const slug = projectSlug(name);
    expect(checkProjectId(slug)).toBe(slug);
    const second = freeSlug(slug, (candidate) => candidate === slug);
    expect(checkProjectId(second)).toBe(second);
  }
});

test("a slug that is taken gets letters, as many as it needs", () => {
  const taken = new Set<string>();
  const found = Array.from({ length: 30 }, () => {
    const slug = freeSlug("shop", (candidate) => taken.has(candidate));
    taken.add(slug);
    return slug;
  });
  expect(found.slice(0, 3)).toEqual(["shop", "shop-b", "shop-c"]);
  expect(found.slice(25)).toEqual(["shop-z", "shop-ba", "shop-bb", "shop-bc", "shop-bd"]);
  expect(new Set(found).size).toBe(30);
});

test.each(["", "-x", "Shop", "shop-2", "shop--x", "a b", "../x", "2x", "shop-", "x".repeat(33)])(
  "a project id %j is a usage error",
  (id) => {
    const check = () => checkProjectId(id);
    expect(check).toThrow(AoError);
    expect(check).toThrow(`project id ${JSON.stringify(id)} is not valid`);
  },
);
