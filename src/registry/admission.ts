/**
 * Decides which text a request runs: the one that it names by id, or its own where it may send one. Whose operations these are is the
 * viewer's.
 *
 * The threat: a key that leaks is worth what its registered operations answer, not the whole schema.
 */
import type { Viewer } from '../authorization/viewer.ts';
import { createError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { requestedSha256, sha256Of } from './document-id.ts';
import { type OperationLookup, operationCallerOf, type RegisteredOperation } from './operation-lookup.ts';
import type { OperationUsage } from './operation-usage.ts';

/** Who may send text of their own: `false` everybody who may by their credential, `true` only those who may introspect. */
export type PersistedOnly = 'true' | 'false' | 'log';

/** Options of {@link createOperationAdmission}. */
export interface AdmissionOptions {
  readonly lookup: OperationLookup;
  readonly usage: Pick<OperationUsage, 'count'>;
  /** `log` refuses nobody for it, and records whom `true` would have refused. */
  readonly persistedOnly: PersistedOnly;
  /** Called for each text that `true` would have refused, in `log` mode. */
  readonly onWouldRefuse?: () => void;
}

/** What a request brings. */
export interface AdmissionRequest {
  readonly method: string;
  readonly viewer: Viewer;
  readonly log: Pick<Logger, 'warn'>;
}

/** The members of a request that say what to run. */
export interface AdmissionParams {
  readonly documentId?: unknown;
  readonly query?: unknown;
  readonly extensions?: unknown;
  readonly operationName?: unknown;
}

/** What may run. */
export interface Admitted {
  readonly text: string;
  /** The registration that the text runs under; null for a text of the client's own. */
  readonly operation: RegisteredOperation | null;
  /** Whether the request named the operation by its id. */
  readonly byId: boolean;
}

/** Admits operations. */
export interface OperationAdmission {
  /**
   * @throws BAD_REQUEST (400) for a malformed id, or an id with another text; PERSISTED_OPERATION_NOT_FOUND (404);
   * OPERATION_RETIRED (404) with the message of the retirement; OPERATION_NOT_REGISTERED (403) for a text that the viewer
   * may not send; METHOD_NOT_ALLOWED (405) for a mutation by GET.
   */
  admit(request: AdmissionRequest, params: AdmissionParams): Promise<Admitted>;
}

/** How often one text is recorded in `log` mode, in milliseconds: the log says which texts are left, not how often they come. */
const recordEveryMs = 60_000;
const maxRecorded = 1_000;

/** Makes the admission. */
export function createOperationAdmission({
  lookup,
  usage,
  persistedOnly,
  onWouldRefuse,
}: AdmissionOptions): OperationAdmission {
  const recorded = new Map<string, number>();

  const record = ({ viewer, log }: AdmissionRequest, sha256: string, operationName: unknown): void => {
    onWouldRefuse?.();
    const { organizationId, client } = operationCallerOf(viewer);
    const key = `${organizationId ?? ''}/${sha256}/${client ?? viewer.kind}`;
    const at = Date.now();
    if (at - (recorded.get(key) ?? Number.NEGATIVE_INFINITY) < recordEveryMs) return;
    if (recorded.size >= maxRecorded) recorded.clear();
    recorded.set(key, at);
    const name = typeof operationName === 'string' ? operationName.slice(0, 128) : null;
    log.warn(
      { sha256, operationName: name, viewer: viewer.kind, client },
      'PERSISTED_ONLY would refuse this operation',
    );
  };

  const count = (viewer: Viewer, operation: RegisteredOperation): void =>
    usage.count({
      operationId: operation.id,
      organizationId: viewer.organization?.id ?? null,
      apiKeyId: viewer.kind === 'apiKey' ? viewer.apiKeyId : null,
    });

  const run = (request: AdmissionRequest, operation: RegisteredOperation, byId: boolean): Admitted => {
    if (operation.retiredAt)
      throw createError('OPERATION_RETIRED', operation.retiredReason ?? 'The operation was retired.', {
        status: 404,
        extensions: { retiredAt: operation.retiredAt.toISOString() },
      });
    assertMethod(request.method, operation);
    count(request.viewer, operation);
    return { text: operation.body, operation, byId };
  };

  return {
    async admit(request, params) {
      const { viewer } = request;
      const caller = operationCallerOf(viewer);
      const named = requestedSha256(params);
      if (named !== null) {
        const operation = await lookup.find(caller, named);
        if (!operation)
          throw createError('PERSISTED_OPERATION_NOT_FOUND', 'No operation is registered under this id.', {
            status: 404,
          });
        return run(request, operation, true);
      }
      if (typeof params.query !== 'string')
        throw createError('BAD_REQUEST', 'The request has neither a query nor a documentId.', { status: 400 });
      const text = params.query;
      const adHoc: Admitted = { text, operation: null, byId: false };
      const isKeyWithout = viewer.kind === 'apiKey' && !viewer.allowAdHoc;
      const isMissing = persistedOnly !== 'false' && !viewer.permissions.has('schema:introspect');
      if (!isKeyWithout && !isMissing) return adHoc;
      const sha256 = sha256Of(text);
      const operation = await lookup.find(caller, sha256);
      if (isKeyWithout || persistedOnly === 'true') {
        if (operation) return run(request, operation, false);
        throw createError('OPERATION_NOT_REGISTERED', 'Only registered operations may be run here.', { status: 403 });
      }
      if (!operation || operation.retiredAt) record(request, sha256, params.operationName);
      return adHoc;
    },
  };
}

function assertMethod(method: string, { prepared }: RegisteredOperation): void {
  if (method === 'POST') return;
  const isMutation = prepared.document?.definitions.some(
    (definition) => 'operation' in definition && definition.operation === 'mutation',
  );
  if (isMutation)
    throw createError('METHOD_NOT_ALLOWED', 'Mutations are sent by POST.', { status: 405, headers: { allow: 'POST' } });
}
