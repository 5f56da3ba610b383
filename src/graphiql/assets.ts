/** The files of GraphiQL: a page, its script and its style, loaded once and served from memory. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Where the build puts the bundle, beside the other generated files. */
export const graphiqlFolder = fileURLToPath(new URL('../generated/graphiql', import.meta.url));

/** A file that never changes under its path. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

/** All of them. */
export interface Assets {
  readonly page: string;
  readonly files: ReadonlyMap<string, Asset>;
}

/** Loads them. @param build makes the bundle where it is missing; null in production, where the build has made it. */
export async function loadAssets(build: ((folder: string) => Promise<void>) | null): Promise<Assets> {
  let script: Buffer;
  try {
    script = await readFile(join(graphiqlFolder, 'graphiql.js'));
  } catch (error) {
    if (!build) throw error;
    await build(graphiqlFolder);
    script = await readFile(join(graphiqlFolder, 'graphiql.js'));
  }
  const style = await readFile(join(graphiqlFolder, 'graphiql.css'));
  const [js, css] = await Promise.all([
    asset('js', 'text/javascript; charset=utf-8', script),
    asset('css', 'text/css; charset=utf-8', style),
  ]);
  return {
    page: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Fieldgate GraphiQL</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${css.path}">
    <script type="module" src="${js.path}"></script>
  </head>
  <body>
    <div id="graphiql"></div>
  </body>
</html>
`,
    files: new Map([js, css].map((one) => [one.path, one])),
  };
}

async function asset(extension: string, type: string, plain: Buffer): Promise<Asset> {
  const digest = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  return { path: `/graphiql/${digest}.${extension}`, type, plain, gzipped: await promisify(gzip)(plain) };
}
