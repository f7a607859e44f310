/**
 * Brings any terminal into the state in which a redraw begins, and back into a sane one after a
 * person has left an agent: main screen, no modes, empty. Lines above the screen stay.
 */
export const resetTerminal =
  "\x1b[?1049l\x1b[!p\x1b[?1l\x1b>\x1b[?2004l\x1b[?1004l\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l" +
  "\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?2026l\x1b[<99u\x1b[>4;0m\x1b[?25h\x1b[0 q" +
  "\x1b[?7h\x1b[r\x1b[0m\x1b[H\x1b[2J";
