import { describe, expect, test } from "bun:test";

import { type Column, renderTable } from "../../src/cli/table.ts";
import { oneLine, painter, sanitize, truncate, wrap } from "../../src/cli/text.ts";

interface Row {
  id: string;
  title: string;
  branch: string;
  age: string;
}

const columns: Column<Row>[] = [
  { header: "ID", value: (row) => row.id },
  { header: "TITLE", value: (row) => row.title, giveWay: 2 },
  { header: "BRANCH", value: (row) => row.branch, giveWay: 1 },
  { header: "AGE", value: (row) => row.age, align: "right" },
];
const rows: Row[] = [
  { id: "shop-1", title: "決済を冪等にする 🧾", branch: "ao/shop-1/root", age: "3m" },
  {
    id: "shop-12",
    title: "make the checkout idempotent, with an outbox table and a retry",
    branch: "ao/shop-12/pr-231-a-branch-with-a-long-name",
    age: "12h",
  },
];

describe("renderTable", () => {
  test("renderTable without a width aligns and cuts nothing", () => {
    expect(renderTable(rows, columns, painter(false))).toBe(
      [
        "ID       TITLE                                                           " +
          "BRANCH                                       AGE",
        "shop-1   決済を冪等にする 🧾                                             " +
          "ao/shop-1/root                                3m",
        "shop-12  make the checkout idempotent, with an outbox table and a retry  " +
          "ao/shop-12/pr-231-a-branch-with-a-long-name  12h",
        "",
      ].join("\n"),
    );
  });

  test("renderTable at 80 columns cuts the least important column first", () => {
    const lines = renderTable(rows, columns, painter(false), 80).trimEnd().split("\n");
    expect(lines).toEqual([
      "ID       TITLE                                                     BRANCH    AGE",
      "shop-1   決済を冪等にする 🧾                                       ao/shop…   3m",
      "shop-12  make the checkout idempotent, with an outbox table and…   ao/shop…  12h",
    ]);
  });

  test.each([30, 40, 80, 120, 200])("renderTable at %d columns has lines of one width", (width) => {
    const lines = renderTable(rows, columns, painter(false), width).trimEnd().split("\n");
    const widths = new Set(lines.map((line) => Bun.stringWidth(line)));
    expect(widths.size).toBe(1);
    expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(width, 7 + 8 + 8 + 3 + 6));
  });

  test("renderTable colours after cutting and keeps the alignment", () => {
    const painted = [
      { header: "ID", value: (row: Row) => row.id },
      {
        header: "AGE",
        value: (row: Row) => row.age,
        paint: (text: string, row: Row, paint: ReturnType<typeof painter>) =>
          row.id === "shop-1" ? paint.red(text) : text,
      },
    ];
    const text = renderTable(rows, painted, painter(true), 80);
    expect(text).toContain("shop-1   \u001b[31m3m\u001b[39m");
    expect(Bun.stripANSI(text)).toBe("ID       AGE\nshop-1   3m\nshop-12  12h\n");
  });

  test("renderTable makes foreign cells harmless and prints nothing without rows", () => {
    const evil = { id: "a\nb\tc", title: "\u001b[31mred\u001b[0m", branch: "", age: "" };
    expect(renderTable([evil], columns, painter(false))).toBe(
      "ID     TITLE  BRANCH  AGE\na b c  red\n",
    );
    expect(renderTable([], columns, painter(false))).toBe("");
  });
});

describe("text", () => {
  test.each([
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007after", "after"],
    ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["\u001b]52;c;aGk=", ""],
    ["\u001bP1;2|payload\u001b\\x", "x"],
    ["\u009b31mx\u009d0;t\u009cy", "xy"],
    ["\u001b[?1049h\u001bc\u001b(0x", "x"],
    ["a\rb\bc\u0000d\u007f", "abcd"],
    ["a\r\nb\tc\n", "a\nb\tc\n"],
    ["user\u202egpj.exe\u202c", "usergpj.exe"],
    ["é 日本 👩‍👧", "é 日本 👩‍👧"],
  ])("sanitize %j gives %j", (text, expected) => {
    expect(sanitize(text)).toBe(expected);
  });

  test("oneLine joins lines", () => {
    expect(oneLine("  a\n\n b\tc \n")).toBe("a b c");
  });

  test("truncate counts terminal columns and keeps letters whole", () => {
    expect(truncate("hello", 5)).toBe("hello");
    expect(truncate("hello!", 5)).toBe("hell…");
    expect(truncate("日本語です", 6)).toBe("日本…");
    expect(truncate("👩‍👧👩‍👧👩‍👧", 4)).toBe("👩‍👧…");
    expect([truncate("ab", 1), truncate("ab", 0)]).toEqual(["…", ""]);
  });

  test("wrap breaks between words and keeps long ones whole", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("a-very-long-word b", 5)).toEqual(["a-very-long-word", "b"]);
    expect(wrap("a\n\nb", 5)).toEqual(["a", "", "b"]);
  });
});
