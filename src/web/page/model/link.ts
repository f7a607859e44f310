/** An address that came from outside, if a browser may follow it; a script's is none. */
export function webLink(url: string): string | undefined {
  return /^https?:\/\//i.test(url) ? url : undefined;
}
