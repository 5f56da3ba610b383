/** Reads the parameters of a GraphQL request out of a body or a query string, and refuses what has the wrong type. */
import { isUtf8 } from 'node:buffer';
import type { GraphQLParams } from 'graphql-yoga';
import { badRequest, createError } from '../errors.ts';

/** Parameters as the protocol names them. `documentId` names a persisted operation. */
export interface OperationParams extends GraphQLParams {
  documentId?: string;
}

/** Bounds of JSON beyond which parsing itself is what an attacker is after. */
const maxJsonDepth = 100;
const maxJsonMembers = 50_000;

/**
 * Parses a JSON body.
 * @throws BAD_REQUEST for what is not UTF-8 or not JSON; OPERATION_TOO_DEEP or OPERATION_TOO_LARGE for what nests or
 * lists so much that parsing would take long.
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.byteLength === 0) throw badRequest('The body is empty.');
  if (!isUtf8(body)) throw badRequest('The body is not UTF-8.');
  assertCheapJson(body);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw badRequest('The body is not JSON.');
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** Reads over the bytes once, strings in leaps, and counts nesting and members; whether it is JSON is not its question. */
function assertCheapJson(body: Buffer): void {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === quote) {
      at = endOfString(body, at);
      if (at === -1) return;
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > maxJsonDepth)
        throw createError('OPERATION_TOO_DEEP', `The body nests deeper than ${maxJsonDepth} levels.`);
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    else if (byte === comma) {
      members += 1;
      if (members > maxJsonMembers)
        throw createError('OPERATION_TOO_LARGE', `The body holds more than ${maxJsonMembers} values.`);
    }
  }
}

/** Where the string that starts at a quote ends; -1 when it does not. */
function endOfString(body: Buffer, start: number): number {
  for (let end = body.indexOf(quote, start + 1); end !== -1; end = body.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (body[end - 1 - escapes] === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}

/**
 * Picks the parameters and checks their types.
 * @throws BAD_REQUEST for a batch, for anything but an object, and for a parameter of the wrong type.
 */
export function parseParams(value: unknown): OperationParams {
  if (Array.isArray(value)) throw badRequest('Batches are not supported: send one operation.');
  if (typeof value !== 'object' || value === null) throw badRequest('The body is a JSON object with a query.');
  const { query, documentId, operationName, variables, extensions } = value as Record<string, unknown>;
  const params: OperationParams = {};
  if (isGiven(query)) params.query = asString('query', query);
  if (isGiven(documentId)) params.documentId = asString('documentId', documentId);
  if (isGiven(operationName) && operationName !== '') params.operationName = asString('operationName', operationName);
  if (isGiven(variables)) params.variables = asObject('variables', variables);
  if (isGiven(extensions)) params.extensions = asObject('extensions', extensions);
  if (params.query === undefined && params.documentId === undefined && params.extensions?.persistedQuery === undefined)
    throw badRequest('The request has neither a query nor a documentId.');
  return params;
}

const parameterNames = ['query', 'documentId', 'operationName', 'variables', 'extensions'] as const;

/**
 * Parses a query string; `variables` and `extensions` are JSON inside of it.
 * @throws BAD_REQUEST as {@link parseParams} does, and for a parameter that is given twice.
 */
export function parseSearch(search: string): OperationParams {
  const given = new URLSearchParams(search);
  const value: Record<string, unknown> = {};
  for (const name of parameterNames) {
    const all = given.getAll(name);
    if (all.length > 1) throw badRequest(`The parameter ${name} is given twice.`);
    if (all[0] === undefined || all[0] === '') continue;
    value[name] = name === 'variables' || name === 'extensions' ? parseJsonParameter(name, all[0]) : all[0];
  }
  return parseParams(value);
}

function parseJsonParameter(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`The parameter ${name} is not JSON.`);
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function asString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw badRequest(`The parameter ${name} is a string.`);
  return value;
}

function asObject(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`The parameter ${name} is an object.`);
  return value as Record<string, unknown>;
}
