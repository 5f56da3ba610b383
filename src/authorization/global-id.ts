/** Global ids: base64 of `Type:uuid`. */
import { isNodeType, type ModelName } from './visibility.ts';

/** A type that has global ids which anybody may ask for. */
export type NodeType = ModelName;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const form = /^([A-Za-z]+):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Joins type and id. */
export function toGlobalId(typeName: string, id: string): string {
  return Buffer.from(`${typeName}:${id}`).toString('base64');
}

/** Splits a global id. @returns null for anything malformed: it is the id of nothing. */
export function parseGlobalId(text: string): { type: NodeType; id: string } | null {
  const match = form.exec(Buffer.from(text, 'base64').toString('utf8'));
  if (!match?.[1] || !match[2] || !isNodeType(match[1])) return null;
  return { type: match[1], id: match[2] };
}

/** The database id in a global id of a type. @returns null when it is malformed or of another type. */
export function localId(globalId: unknown, typeName: string): string | null {
  const text = Buffer.from(String(globalId), 'base64').toString('utf8');
  const id = text.startsWith(`${typeName}:`) ? text.slice(typeName.length + 1) : '';
  return uuid.test(id) ? id.toLowerCase() : null;
}
