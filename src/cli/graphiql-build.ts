/** `tsx src/cli/graphiql-build.ts [folder]`: bundles GraphiQL; the build names the folder beside its own output. */
import { resolve } from 'node:path';
import { graphiqlFolder } from '../graphiql/assets.ts';
import { buildGraphiql } from '../graphiql/build.ts';

const [folder] = process.argv.slice(2);
await buildGraphiql(folder === undefined ? graphiqlFolder : resolve(folder));
