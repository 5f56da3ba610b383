/**
 * Reads a multipart request for uploads (the GraphQL multipart request specification): `operations`, `map`, then files.
 * The whole body was read within its limit before; files stay in memory until a service has checked and stored them.
 * @see https://github.com/jaydenseric/graphql-multipart-request-spec
 */
import { badRequest } from '../errors.ts';
import { type OperationParams, parseJsonBody, parseParams } from './graphql-params.ts';

/** The most files that one request may carry. */
const maxFiles = 10;

/**
 * Parses a multipart body and puts its files where the map says, into variables only.
 * @throws BAD_REQUEST for anything that is not such a request.
 */
export async function parseMultipart(body: Buffer, contentType: string): Promise<OperationParams> {
  assertFewParts(body, contentType);
  const form = await readForm(body, contentType);
  const operations = parsePart(form, 'operations');
  const params = parseParams(operations);
  const map = parsePart(form, 'map');
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw badRequest('The part map is an object.');
  const entries = Object.entries(map as Record<string, unknown>);
  if (entries.length > maxFiles) throw badRequest(`A request carries ${maxFiles} files at most.`);
  for (const [name, paths] of entries) {
    const file = form.get(name);
    if (!(file instanceof File)) throw badRequest('The map names a file that was not sent.');
    if (!Array.isArray(paths) || paths.length !== 1 || typeof paths[0] !== 'string')
      throw badRequest('The map gives one path for each file.');
    place(params, paths[0], file);
  }
  return params;
}

/** Thousands of tiny parts would keep the parser busy for seconds. */
function assertFewParts(body: Buffer, contentType: string): void {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const delimiter = boundary?.[1] ?? boundary?.[2];
  if (delimiter === undefined) throw badRequest('The body is not multipart/form-data.');
  let parts = 0;
  for (let at = body.indexOf(`--${delimiter}`); at !== -1; at = body.indexOf(`--${delimiter}`, at + 1)) {
    parts += 1;
    // Operations, map, and the delimiter at the end.
    if (parts > maxFiles + 3) throw badRequest(`A request carries ${maxFiles} files at most.`);
  }
}

async function readForm(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw badRequest('The body is not multipart/form-data.');
  }
}

function parsePart(form: FormData, name: string): unknown {
  const text = form.get(name);
  if (typeof text !== 'string') throw badRequest(`The part ${name} is missing.`);
  return parseJsonBody(Buffer.from(text));
}

/** Puts a file where a path like `variables.input.file` points: an existing null, reached through own members only. */
function place(params: OperationParams, path: string, file: File): void {
  const keys = path.split('.');
  const last = keys.pop();
  let target: unknown = params;
  for (const key of keys) target = ownMember(target, key);
  if (last === undefined || keys[0] !== 'variables' || ownMember(target, last) !== null)
    throw badRequest('The map points at something other than a null among the variables.');
  (target as Record<string, unknown>)[last] = file;
}

function ownMember(target: unknown, key: string): unknown {
  if (typeof target !== 'object' || target === null || !Object.hasOwn(target, key)) return undefined;
  return (target as Record<string, unknown>)[key];
}
