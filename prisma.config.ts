/** Prisma's command line: where `scripts/prepare.mjs` has put the schema together. No engine binary is needed for `generate`, and none may be downloaded. */
import { defineConfig } from 'prisma/config';

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'src/generated/schema' });
