/** Files of tasks: checked before anything is kept, kept whole or not at all, and removed with the last row that names them. */

import { type Viewer, viewerUserId } from '../../authorization/viewer.ts';
import { visibleRows } from '../../authorization/visibility.ts';
import { badUserInput, createError, notFound, serviceUnavailable } from '../../errors.ts';
import type { Actor } from '../../nouns/actor.ts';
import { recordAuditEvent } from '../../nouns/audit-log.ts';
import type { Download } from '../../nouns/domain.ts';
import { authorOf } from '../../nouns/people.ts';
import { requireVisible } from '../../nouns/row-service.ts';
import type { RemoveFiles } from '../../nouns/stored-files.ts';
import type { Database } from '../../stores/database.ts';
import { runAsService } from '../../stores/database-scope.ts';
import type { FileStore } from '../../stores/file-store.ts';
import type { IncomingFile } from '../../stores/incoming-file.ts';
import type { VirusScan } from '../../stores/virus-scan.ts';
import type { Upload } from '../../upload.ts';
import { allowedType, cleanFilename, namedType } from './file-types.ts';

/** Writes and reads of files. */
export interface AttachmentService {
  /**
   * Attaches a file to a task.
   * @throws BAD_USER_INPUT for a file that another field took; what its body failed with (too large, cut off); UNSUPPORTED_FILE for a type that is not allowed, a name that says something
   * else than the content, or a virus; SERVICE_UNAVAILABLE while a required scanner is away; NOT_FOUND for the task.
   */
  upload(actor: Actor, input: { readonly taskId: string | null; readonly file: Upload }): Promise<{ id: string }>;
  /** @throws NOT_FOUND. */
  delete(actor: Actor, id: string | null): Promise<{ id: string }>;
  /** A file for a viewer, authorized like the field that names it. @returns null when it is not there for this viewer. */
  download(viewer: Viewer, id: string): Promise<Download | null>;
}

declare module '../../nouns/services.ts' {
  interface ServiceRegister {
    readonly attachments: AttachmentService;
  }
}

/** What the service needs. */
export interface AttachmentServiceDependencies {
  readonly db: Database;
  readonly files: FileStore;
  /** Removes what no row names any more. */
  readonly removeFiles: RemoveFiles;
  /** Null scans nothing. */
  readonly scan: VirusScan | null;
  /** Whether uploads are refused while the scanner is away. */
  readonly scanRequired: boolean;
}

const unsupported = () =>
  createError('UNSUPPORTED_FILE', 'Files of this type are not taken, or the name says another type than the content.');

/** Makes the service. */
export function createAttachmentService(dependencies: AttachmentServiceDependencies): AttachmentService {
  const { db, files, removeFiles, scan, scanRequired } = dependencies;

  /** The name of a stored file is no viewer's to read: the gateway's own scope, in the same organization. */
  const asGateway = <T>(viewer: Viewer, work: () => Promise<T>): Promise<T> =>
    runAsService(
      'storedFiles',
      { organizationId: viewer.organization?.id ?? null, userId: viewerUserId(viewer) },
      work,
    );

  /** Receives a file, checked; it is the caller's to keep or to discard. */
  const receive = async (upload: Upload): Promise<{ file: IncomingFile; filename: string; contentType: string }> => {
    const arriving = await upload.open();
    const filename = cleanFilename(arriving.filename);
    // By its name alone: what could not be taken anyway is not written to disk.
    if (!namedType(filename)) throw unsupported();
    const file = await files.receive(arriving.bytes);
    try {
      const contentType = await allowedType(filename, file);
      if (!contentType) throw unsupported();
      const scanned = scan ? await scan(file.read()) : 'clean';
      if (scanned === 'infected') throw createError('UNSUPPORTED_FILE', 'The file holds something harmful.');
      if (scanned === 'unavailable' && scanRequired)
        throw serviceUnavailable('Files cannot be checked right now. Try again later.');
      return { file, filename, contentType };
    } catch (error) {
      await file.discard();
      throw error;
    }
  };

  return {
    async upload(actor, { taskId, file: upload }) {
      if (upload.isOpened)
        throw badUserInput([
          { path: ['input', 'file'], message: 'A file serves one field: send it again for another.' },
        ]);
      // The task first: whoever may not see it learns nothing about what files are taken.
      await requireVisible(db, actor.viewer, 'Task', taskId);
      const { file, filename, contentType } = await receive(upload);
      // Received, kept, or neither: nothing else.
      const storageKey = await files.keep(file, contentType).finally(() => file.discard());
      try {
        return await asGateway(actor.viewer, async () =>
          db.$transaction(async (tx) => {
            const task = await requireVisible(tx, actor.viewer, 'Task', taskId);
            const { size, sha256 } = file;
            const data = {
              taskId: task.id,
              uploadedById: authorOf(actor.viewer),
              filename,
              contentType,
              size,
              sha256,
              storageKey,
            };
            const attachment = await tx.attachment.create({ data: data as never, select: { id: true } });
            const details = { taskId: task.id, sha256, size };
            await recordAuditEvent(tx, actor, {
              action: 'attachment.create',
              target: { type: 'Attachment', id: attachment.id },
              details,
            });
            return attachment;
          }),
        );
      } catch (error) {
        await removeFiles([storageKey]);
        throw error;
      }
    },

    async delete(actor, id) {
      const storageKey = await asGateway(actor.viewer, async () =>
        db.$transaction(async (tx) => {
          const where = {
            AND: [{ id: id ?? '00000000-0000-0000-0000-000000000000' }, visibleRows('Attachment', actor.viewer)],
          };
          const row = await tx.attachment.findFirst({ where, select: { id: true, storageKey: true } });
          if (!row) throw notFound('Attachment');
          const { count } = await tx.attachment.deleteMany({ where: { id: row.id } });
          if (count === 0) throw notFound('Attachment');
          await recordAuditEvent(tx, actor, {
            action: 'attachment.delete',
            target: { type: 'Attachment', id: row.id },
          });
          return row.storageKey;
        }),
      );
      await removeFiles([storageKey]);
      return { id: id ?? '' };
    },

    async download(viewer, id) {
      if (!viewer.organization) return null;
      const row = await asGateway(viewer, async () =>
        db.attachment.findFirst({
          where: { AND: [{ id }, visibleRows('Attachment', viewer)] },
          select: { filename: true, contentType: true, size: true, storageKey: true },
        }),
      );
      if (!row) return null;
      const body = await files.get(row.storageKey);
      return body && { filename: row.filename, contentType: row.contentType, size: row.size, body };
    },
  };
}
