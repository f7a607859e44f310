import type { IUnicodeVersionProvider } from "@xterm/headless";

/**
 * Character widths of today's Unicode: the emulator itself knows those of version 6, where an
 * emoji is one column wide, while agents lay out their screens with two.
 */
export function currentUnicode(): IUnicodeVersionProvider {
  const widths = new Map<number, 0 | 1 | 2>();
  const wcwidth = (codepoint: number): 0 | 1 | 2 => {
    if (codepoint < 0x7f) return codepoint < 0x20 ? 0 : 1;
    const known = widths.get(codepoint);
    if (known !== undefined) return known;
    const width = widthOf(codepoint);
    widths.set(codepoint, width);
    return width;
  };
  return {
    version: "current",
    wcwidth,
    charProperties: (codepoint, preceding) => properties(wcwidth(codepoint), preceding),
  };
}

function widthOf(codepoint: number): 0 | 1 | 2 {
  const width = Bun.stringWidth(String.fromCodePoint(codepoint));
  return width <= 0 ? 0 : width === 1 ? 1 : 2;
}

/** Packs width and "joins the character before it" as the emulator does in its own tables. */
function properties(width: 0 | 1 | 2, preceding: number): number {
  const precedingWidth = (preceding >> 1) & 3;
  const isJoined = width === 0 && preceding !== 0 && precedingWidth > 0;
  return ((isJoined ? precedingWidth : width) << 1) | (isJoined ? 1 : 0);
}
