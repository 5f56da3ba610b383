/** Prisma's command line: where the schema is. No engine binary is needed for `generate`, and none may be downloaded. */
import { defineConfig } from 'prisma/config';

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema.prisma' });
