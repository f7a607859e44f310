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
    files.map(({ path, headers }) =>
      assetOf(path, Bun.file(path), headers["content-type"], headers.etag),
    ),
  );
}

async function bundled(): Promise<Map<string, PageAsset>> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "index.html")],
    minify: true,
    publicPath: "/",
  });
  return new Map(
    outputs.map((output) => assetOf(output.path, output, output.type, String(output.hash))),
  );
}

/** The names of all but the page itself change with their content. */
function assetOf(path: string, body: Blob, contentType: string, etag: string): [string, PageAsset] {
  const isPage = contentType.startsWith("text/html");
  const asset = { body, contentType, etag, isImmutable: !isPage };
  return [isPage ? "/" : `/${basename(path)}`, asset];
}
