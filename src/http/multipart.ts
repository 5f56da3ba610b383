/**
 * Reads a multipart request for uploads (the GraphQL multipart request specification): `operations` and `map`, then files. The operation
 * begins once the two are read; its files go to whoever reads them as they come, and nothing is held for them.
 * @see https://github.com/jaydenseric/graphql-multipart-request-spec
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { badRequest, isCatalogued } from '../errors.ts';
import type { Upload } from '../upload.ts';
import { type ArrivingFiles, createArrivingFiles } from './arriving-files.ts';
import { type OperationParams, parseJsonBody, parseParams } from './graphql-params.ts';
import { payloadTooLarge } from './request-body.ts';

/** The most files that one request may carry. */
const maxFiles = 10;
const maxHeadersOfPart = 16;

/** Upper bounds of the parts of a body. */
export interface PartLimits {
  /** Of `operations`, and of `map`. */
  readonly fieldLimitBytes: number;
  /** Of each file. */
  readonly fileLimitBytes: number;
}

/** A request whose files may still be on their way. */
export interface MultipartRequest {
  readonly params: OperationParams;
  /** Whether an error is the body's own, whichever field met it. */
  isFault(error: unknown): boolean;
  /** Nothing more is read: what still reads a file fails. */
  stop(): void;
}

/**
 * Reads the two parts that say what to do, and announces the files where the map says, in variables only.
 * @param body bounded already.
 * @throws what reading the body throws; BAD_REQUEST for anything that is not such a request; PAYLOAD_TOO_LARGE.
 */
export async function parseMultipart(
  body: Readable,
  contentType: string,
  limits: PartLimits,
): Promise<MultipartRequest> {
  const parser = createParser(parseBoundary(contentType), limits);
  const files = createArrivingFiles();
  const params = new Promise<OperationParams>((resolve, reject) => {
    readParts(parser, files, limits, resolve);
    pipeline(body, parser).then(
      () => {
        files.end();
        reject(badRequest('The parts operations and map are missing.'));
      },
      (error) => {
        const failure = isCatalogued(error) ? error : notMultipart();
        files.fail(failure);
        reject(failure);
      },
    );
  });
  return {
    params: await params,
    isFault: files.isFault,
    stop: () => void parser.destroy(badRequest('The request was answered before its body was read.')),
  };
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

function createParser(boundary: string, { fieldLimitBytes, fileLimitBytes }: PartLimits): busboy.Busboy {
  return busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    defParamCharset: 'utf8',
    limits: {
      files: maxFiles,
      fields: 2,
      parts: maxFiles + 2,
      headerPairs: maxHeadersOfPart,
      fieldNameSize: 100,
      // One more than may be: what is cut there is too long.
      fieldSize: fieldLimitBytes + 1,
      fileSize: fileLimitBytes + 1,
    },
  });
}

/** Fails the parser on what is no such request. @param onParams told of the operation once it is known. */
function readParts(
  parser: busboy.Busboy,
  files: ArrivingFiles,
  { fieldLimitBytes, fileLimitBytes }: PartLimits,
  onParams: (params: OperationParams) => void,
): void {
  const fields = new Map<string, string>();
  let hasFailed = false;
  const fail = (error: unknown): void => {
    hasFailed = true;
    // Not now: busboy goes on with the chunk that it is in, and would meet what it has let go of.
    process.nextTick(() => parser.destroy(error as Error));
  };
  const orFail = (read: () => void): void => {
    if (hasFailed) return;
    try {
      read();
    } catch (error) {
      fail(error);
    }
  };
  const addField = (name: string, text: string): void => {
    if (name !== 'operations' && name !== 'map') throw badRequest('The parts are operations, map and files.');
    if (fields.has(name)) throw badRequest('Two parts have one name.');
    if (Buffer.byteLength(text) > fieldLimitBytes) throw payloadTooLarge(fieldLimitBytes);
    fields.set(name, text);
    const [operations, map] = [fields.get('operations'), fields.get('map')];
    if (operations !== undefined && map !== undefined) onParams(readOperation(operations, map, files));
  };
  const addFile = (name: string, stream: Readable, filename: string | undefined): void => {
    if (fields.size < 2) throw badRequest('The parts operations and map come before the files.');
    files.arrive(name, stream, decodeFilename(filename));
  };
  const tooMany = (): void => fail(badRequest(`A request carries ${maxFiles} files at most.`));
  parser.on('field', (name, text) => orFail(() => addField(name, text)));
  parser.on('file', (name, stream, { filename }) => {
    stream.on('error', () => undefined);
    stream.on('limit', () => fail(payloadTooLarge(fileLimitBytes, 'A file')));
    orFail(() => addFile(name, stream, filename));
  });
  parser.on('partsLimit', tooMany).on('filesLimit', tooMany).on('fieldsLimit', tooMany);
}

/** The operation, with an announced file wherever the map says. */
function readOperation(operations: string, map: string, files: ArrivingFiles): OperationParams {
  const params = parseParams(parseJsonBody(Buffer.from(operations)));
  const paths = parseJsonBody(Buffer.from(map));
  if (typeof paths !== 'object' || paths === null || Array.isArray(paths))
    throw badRequest('The part map is an object.');
  const entries = Object.entries(paths as Record<string, unknown>);
  if (entries.length > maxFiles) throw badRequest(`A request carries ${maxFiles} files at most.`);
  for (const [name, at] of entries) {
    if (!Array.isArray(at) || at.length !== 1 || typeof at[0] !== 'string')
      throw badRequest('The map gives one path for each file.');
    place(params, at[0], files.announce(name));
  }
  return params;
}

/** Forms encode what would end a quoted name. @see https://html.spec.whatwg.org/#multipart-form-data */
function decodeFilename(filename: string | undefined): string {
  return (filename ?? '').replace(/%(22|0A|0D)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Puts a file where a path like `variables.input.file` points: an existing null, reached through own members only. */
function place(params: OperationParams, path: string, file: Upload): void {
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
