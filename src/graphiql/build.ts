/**
 * Bundles GraphiQL, so that the gateway serves it whole: no content delivery network, no second origin. Run by the build,
 * and by a development server that finds no bundle yet.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('.', import.meta.url));

/**
 * Writes `graphiql.js`, `graphiql.css` and whatever they load into a folder, which is emptied first.
 * @param outputFolder created when it is missing.
 */
export async function buildGraphiql(outputFolder: string): Promise<void> {
  const { build } = await import('esbuild');
  await rm(outputFolder, { recursive: true, force: true });
  await mkdir(outputFolder, { recursive: true });
  const { outputFiles } = await build({
    entryPoints: { graphiql: join(sources, 'main.js') },
    outdir: outputFolder,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.woff2': 'file', '.woff': 'file', '.ttf': 'file' },
    assetNames: '[name]-[hash]',
    legalComments: 'none',
    logLevel: 'error',
  });
  await Promise.all(outputFiles.map(({ path, contents }) => writeFile(path, contents)));
}
