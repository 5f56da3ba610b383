/**
 * Finds registered operations for callers, and keeps what it compiled of them: parsed, validated and priced once for a
 * process. What is kept of one organization is never found by another: the caller is part of every key.
 */
import { LRUCache } from 'lru-cache';
import type { PolicyTable } from '../authorization/policy-table.ts';
import type { Viewer } from '../authorization/viewer.ts';
import type { PreparedDocument } from '../operation/document.ts';
import type { OperationReader } from '../operation/prepare.ts';
import type { OperationCaller, RegisteredOperationStore, StoredRegistration } from '../stores/registered-operations.ts';
import { isWhollyPublic } from './wholly-public.ts';

/** A registered operation, ready to run. */
export interface RegisteredOperation extends StoredRegistration {
  /** Holds errors when the schema no longer serves the operation. */
  readonly prepared: PreparedDocument;
  /** What may keep the answer when the operation is named by its id; null for what is no query. */
  readonly cacheability: 'private' | 'public' | null;
}

/** What is known of an operation by its text alone. */
type Compiled = Pick<RegisteredOperation, 'prepared' | 'cacheability'>;

/** Finds operations. */
export interface OperationLookup {
  /** Null for an unknown id, and for one that only others registered. What was retired is found. */
  find(caller: OperationCaller, sha256: string): Promise<RegisteredOperation | null>;
  /** Compiles the operations used most. @returns how many. */
  prewarm(limit: number): Promise<number>;
  /** Asks the database again at the next call, whatever is kept; compiled documents stay. */
  forget(): void;
}

/** Options of {@link createOperationLookup}. */
export interface OperationLookupOptions {
  readonly store: Pick<RegisteredOperationStore, 'find' | 'mostUsed'>;
  readonly reader: Pick<OperationReader, 'readAfresh'>;
  readonly policies: PolicyTable;
  /** How many milliseconds an answer of the database is good for: within it, a retirement is not felt. */
  readonly freshForMs?: number;
  readonly now?: () => number;
}

/** What is known of one id of one caller. */
interface Known {
  readonly operation: RegisteredOperation | null;
  readonly checkedAt: number;
}

const maxKnown = 10_000;
/** Unknown ids are kept apart, so that whoever tries ids pushes out nobody's operations. */
const maxUnknown = 2_000;
const maxCompiled = 5_000;

/** Whose operations a viewer runs: a key those of its client, everybody else the deployment's own. */
export function operationCallerOf(viewer: Viewer): OperationCaller {
  return viewer.kind === 'apiKey'
    ? { organizationId: viewer.organization.id, client: viewer.client }
    : { organizationId: null, client: null };
}

function cacheabilityOf(policies: PolicyTable, prepared: PreparedDocument): RegisteredOperation['cacheability'] {
  if (prepared.errors.length > 0) return null;
  const text = prepared.operation();
  if (text.definition.operation !== 'query') return null;
  return isWhollyPublic(policies, text) ? 'public' : 'private';
}

/** Makes a lookup. */
export function createOperationLookup({
  store,
  reader,
  policies,
  freshForMs = 500,
  now = () => performance.now(),
}: OperationLookupOptions): OperationLookup {
  const known = new LRUCache<string, Known>({ max: maxKnown });
  const unknown = new LRUCache<string, Known>({ max: maxUnknown });
  const asking = new Map<string, Promise<RegisteredOperation | null>>();
  /** By the row, which belongs to one organization and client and whose text never changes. */
  const compiled = new LRUCache<string, Compiled>({ max: maxCompiled });

  const compile = (id: string, body: string): Compiled => {
    let known = compiled.get(id);
    if (!known) {
      const prepared = reader.readAfresh(body);
      known = { prepared, cacheability: cacheabilityOf(policies, prepared) };
      compiled.set(id, known);
    }
    return known;
  };

  const ask = async (key: string, caller: OperationCaller, sha256: string): Promise<RegisteredOperation | null> => {
    const checkedAt = now();
    const row = await store.find(caller, sha256);
    const operation = row ? { ...row, ...compile(row.id, row.body) } : null;
    (operation ? known : unknown).set(key, { operation, checkedAt });
    (operation ? unknown : known).delete(key);
    return operation;
  };

  // Ids and hashes have one length each, so that no client's name can make one key look like another.
  const keyOf = (caller: OperationCaller, sha256: string): string =>
    `${caller.organizationId ?? ''}/${sha256}/${caller.client ?? ''}`;

  return {
    async find(caller, sha256) {
      const key = keyOf(caller, sha256);
      const kept = known.get(key) ?? unknown.get(key);
      if (kept && now() - kept.checkedAt < freshForMs) return kept.operation;
      let answer = asking.get(key);
      if (!answer) {
        answer = ask(key, caller, sha256).finally(() => asking.delete(key));
        asking.set(key, answer);
      }
      return answer;
    },

    async prewarm(limit) {
      const rows = await store.mostUsed(limit);
      for (const { id, body } of rows) compile(id, body);
      return rows.length;
    },

    forget() {
      known.clear();
      unknown.clear();
    },
  };
}
