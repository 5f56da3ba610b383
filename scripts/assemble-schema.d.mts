/** Types of `assemble-schema.mjs`, which is plain JavaScript: it runs before anything is installed. */

/** Thrown for a schema that cannot be put together; the message names file, model and field, and what to write. */
export class SchemaAssemblyError extends Error {}

/** Text by name of file. */
export type SchemaFiles = Readonly<Record<string, string>>;

/**
 * Adds to the models of `engine.prisma` the fields that lead back to other files' models. @throws SchemaAssemblyError
 */
export function assembleSchema(files: SchemaFiles): SchemaFiles;

/** The `.prisma` files of a folder. */
export function readSchema(folder: string): SchemaFiles;

/** Reads the schema of one folder and writes it, assembled, to another, which holds nothing else afterwards. */
export function writeAssembledSchema(from: string, to: string): void;
