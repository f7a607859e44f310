import { basename, join } from "node:path";

import page from "./index.html";

/** One file of the dashboard, ready to be sent. */
export interface PageAsset {
  body: Blob;
  contentType: string;
  etag: string;
  /** Its name changes with its content, so a browser may keep it for ever. */
  isImmutable: boolean;
}

/**
 * What the page may do, as its `Content-Security-Policy`: everything from this server, no inline
 * script. The terminal's emulator writes a style sheet of its own, hence the inline styles.
 */
export const pagePolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

let assets: Promise<Map<string, PageAsset>> | undefined;

/**
 * The dashboard's files by their path on the server, `/` among them. The compiled program carries
 * them; run from its sources, it bundles them once.
 */
export function pageAssets(): Promise<Map<string, PageAsset>> {
  assets ??= page.files ? Promise.resolve(carried(page.files)) : bundled();
  return assets;
}

function carried(files: NonNullable<typeof page.files>): Map<string, PageAsset> {
  return new Map(
    files.map(({ path, loader, headers }): [string, PageAsset] => [
      loader === "html" ? "/" : `/${basename(path)}`,
      {
        body: Bun.file(path),
        contentType: headers["content-type"],
        etag: headers.etag,
        isImmutable: loader !== "html",
      },
    ]),
  );
}

async function bundled(): Promise<Map<string, PageAsset>> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "index.html")],
    minify: true,
    publicPath: "/",
  });
  return new Map(
    outputs.map((output): [string, PageAsset] => [
      output.loader === "html" ? "/" : `/${basename(output.path)}`,
      {
        body: output,
        contentType: output.type,
        etag: String(output.hash),
        isImmutable: output.loader !== "html",
      },
    ]),
  );
}
