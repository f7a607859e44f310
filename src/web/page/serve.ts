import { type PageAsset, pageAssets, pagePolicy } from "./assets.ts";

/** Where the page itself is: `/login` is where a link with a code in its fragment leads. */
const pagePaths = ["/", "/login"];

/**
 * The dashboard's file at a path, or undefined where it has none: the names are looked up in a
 * table, so no path reaches the disk. The files hold nothing secret and need no token.
 */
export async function servePage(request: Request, path: string): Promise<Response | undefined> {
  const assets = await pageAssets();
  const asset = assets.get(pagePaths.includes(path) ? "/" : path);
  if (!asset) return undefined;
  const headers = headersOf(asset);
  if (request.headers.get("if-none-match") === headers["etag"]) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(request.method === "HEAD" ? null : asset.body, { headers });
}

function headersOf({ contentType, etag, isImmutable }: PageAsset): Record<string, string> {
  return {
    "content-type": contentType,
    etag: `"${etag}"`,
    "cache-control": isImmutable ? "private, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": pagePolicy,
    "x-frame-options": "DENY",
  };
}
