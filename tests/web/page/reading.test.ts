import { describe, expect, test } from "bun:test";

import { parseDiff } from "../../../src/web/page/model/diff.ts";
import { StreamReader } from "../../../src/web/page/model/stream.ts";
import { temporaryRepository } from "./changed-repository.ts";

describe("the stream reader", () => {
  const text =
    "retry: 1000\nid: e.4\n\n" +
    'id: e.5\r\nevent: session_created\r\ndata: {"a":\r\ndata: "ü"}\r\n\r\n' +
    ":\n\n" +
    "id: e.9\n\ndata: half";
  const blocks = [
    { id: "e.4", data: "" },
    { id: "e.5", data: '{"a":\n"ü"}' },
    { id: "e.5", data: "" },
    { id: "e.9", data: "" },
  ];

  test("finds the same blocks wherever the pieces end", () => {
    for (let size = 1; size <= text.length; size += 1) {
      const reader = new StreamReader();
      const found = [];
      for (let at = 0; at < text.length; at += size)
        found.push(...reader.push(text.slice(at, at + size)));
      expect(found).toEqual(blocks);
    }
  });
});

describe("a diff of git's own", () => {
  test("is cut into files, with lines that are numbered as the files are", async () => {
    await using repository = temporaryRepository();
    const files = parseDiff(repository.diff());
    expect(files.map(({ path, notes, added, removed }) => [path, notes, added, removed])).toEqual([
      ["away.txt", ["deleted"], 0, 1],
      ["brand new.txt", ["new file"], 2, 0],
      ["changed.txt", [], 2, 1],
      ["now here.txt", ["renamed from moved.txt"], 0, 0],
      ["picture.bin", ["binary"], 0, 0],
      ["run.sh", ["mode 100755"], 0, 0],
    ]);
    const changed = files.find(({ path }) => path === "changed.txt");
    const lines = changed?.hunks[0]?.lines.map(({ kind, before, after, text }) =>
      [kind, before ?? "", after ?? "", text].join("|"),
    );
    expect(lines).toEqual([
      "same|1|1|one",
      "removed|2||two",
      "added||2|+ two",
      "added||3|-- three",
      "same|3|4|four",
      "note|||No newline at end of file",
    ]);
  });

  test("that is none gives no files", () => {
    expect([parseDiff(""), parseDiff("nothing\nof the kind\n")]).toEqual([[], []]);
  });
});
