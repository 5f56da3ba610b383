/**
 * Reads a multipart request for uploads (the GraphQL multipart request specification): `operations`, `map`, then files.
 * The body is parsed as it comes; files stay in memory, within the limit of the body, until a service has checked and stored them.
 * @see https://github.com/jaydenseric/graphql-multipart-request-spec
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { badRequest, isCatalogued } from '../errors.ts';
import { type OperationParams, parseJsonBody, parseParams } from './graphql-params.ts';

/** The most files that one request may carry. */
const maxFiles = 10;
const maxHeadersOfPart = 16;

/**
 * Parses a multipart body and puts its files where the map says, into variables only.
 * @param body bounded already. @throws what reading the body throws, and BAD_REQUEST for anything that is not such a request.
 */
export async function parseMultipart(body: AsyncIterable<Buffer>, contentType: string): Promise<OperationParams> {
  const form = await readForm(body, parseBoundary(contentType));
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

const notMultipart = (): Error => badRequest('The body is not multipart/form-data.');

/** As RFC 2046 section 5.1.1 has it: a boundary of odd characters makes parsers slow, or disagree. */
const boundaryParameter = /^boundary=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w'+.-]{1,70}))$/i;

function parseBoundary(contentType: string): string {
  const [, ...parameters] = contentType.split(';').map((part) => part.trim());
  const given = parameters.filter((parameter) => /^boundary\s*=/i.test(parameter));
  const [, quoted, plain] = (given.length === 1 && boundaryParameter.exec(given[0] ?? '')) || [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw notMultipart();
  return boundary;
}

type Form = ReadonlyMap<string, string | File>;

async function readForm(body: AsyncIterable<Buffer>, boundary: string): Promise<Form> {
  const form = new Map<string, string | File>();
  const parser = busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    defParamCharset: 'utf8',
    limits: {
      files: maxFiles,
      fields: 2,
      parts: maxFiles + 2,
      headerPairs: maxHeadersOfPart,
      fieldNameSize: 100,
      // The whole body is bounded already.
      fieldSize: Number.POSITIVE_INFINITY,
      fileSize: Number.POSITIVE_INFINITY,
    },
  });
  const add = (name: string, part: string | File): void => {
    if (form.has(name)) parser.destroy(badRequest('Two parts have one name.'));
    else form.set(name, part);
  };
  const tooMany = (): void => void parser.destroy(badRequest(`A request carries ${maxFiles} files at most.`));
  parser.on('field', add);
  parser.on('file', (name, stream, { filename }) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    stream.on('end', () => add(name, new File(chunks as BlobPart[], decodeFilename(filename))));
  });
  parser.on('partsLimit', tooMany).on('filesLimit', tooMany).on('fieldsLimit', tooMany);
  try {
    await pipeline(Readable.from(body), parser);
  } catch (error) {
    throw isCatalogued(error) ? error : notMultipart();
  }
  return form;
}

/** Forms encode what would end a quoted name. @see https://html.spec.whatwg.org/#multipart-form-data */
function decodeFilename(filename: string | undefined): string {
  return (filename ?? '').replace(/%(22|0A|0D)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function parsePart(form: Form, name: string): unknown {
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
