/**
 * Finds registered operations for callers, and keeps what it compiled of them: parsed, validated and priced once for a
 * process. What is kept of one organization is never found by another: the caller is part of every key.
 */
import { LRUCache } from 'lru-cache';
import type { Viewer } from '../authentication/viewer.ts';
import type { PreparedDocument } from '../limits/prepare-document.ts';
import type { OperationCaller, RegisteredOperationStore, StoredRegistration } from '../stores/registered-operations.ts';

/** A registered operation, ready to run. */
export interface RegisteredOperation extends StoredRegistration {
  /** Holds errors when the schema no longer serves the operation. */
  readonly prepared: PreparedDocument;
}

/** Finds operations. */
export interface OperationLookup {
  /** Null for an unknown id, and for one that only others registered. What was retired is found. */
  find(caller: OperationCaller, sha256: string): Promise<RegisteredOperation | null>;
  /** What is known and fresh without asking; null when the database must be asked, or knows no such operation. */
  known(caller: OperationCaller, sha256: string): RegisteredOperation | null;
  /** Compiles the operations used most. @returns how many. */
  prewarm(limit: number): Promise<number>;
  /** Asks the database again at the next call, whatever is kept; compiled documents stay. */
  forget(): void;
}

/** Options of {@link createOperationLookup}. */
export interface OperationLookupOptions {
  readonly store: Pick<RegisteredOperationStore, 'find' | 'mostUsed'>;
  /** Parses, validates and compiles the cost. Depends on the text and the schema alone. */
  readonly prepare: (body: string) => PreparedDocument;
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

/** Makes a lookup. */
export function createOperationLookup({
  store,
  prepare,
  freshForMs = 500,
  now = () => performance.now(),
}: OperationLookupOptions): OperationLookup {
  const known = new LRUCache<string, Known>({ max: maxKnown });
  const unknown = new LRUCache<string, Known>({ max: maxUnknown });
  const asking = new Map<string, Promise<RegisteredOperation | null>>();
  /** By the row, which belongs to one organization and client and whose text never changes. */
  const compiled = new LRUCache<string, PreparedDocument>({ max: maxCompiled });

  const compile = (id: string, body: string): PreparedDocument => {
    let prepared = compiled.get(id);
    if (!prepared) {
      prepared = prepare(body);
      compiled.set(id, prepared);
    }
    return prepared;
  };

  const ask = async (key: string, caller: OperationCaller, sha256: string): Promise<RegisteredOperation | null> => {
    const checkedAt = now();
    const row = await store.find(caller, sha256);
    const operation = row ? { ...row, prepared: compile(row.id, row.body) } : null;
    (operation ? known : unknown).set(key, { operation, checkedAt });
    (operation ? unknown : known).delete(key);
    return operation;
  };

  // Ids and hashes have one length each, so that no client's name can make one key look like another.
  const keyOf = (caller: OperationCaller, sha256: string): string =>
    `${caller.organizationId ?? ''}/${sha256}/${caller.client ?? ''}`;

  return {
    known(caller, sha256) {
      const kept = known.get(keyOf(caller, sha256));
      return kept && now() - kept.checkedAt < freshForMs ? kept.operation : null;
    },

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
