/** What a domain gives to the gateway besides the nouns that it declares, and what it gets for it. */
import type { Readable } from 'node:stream';
import type { Viewer } from '../authorization/viewer.ts';
import type { Database } from '../stores/database.ts';
import type { Events } from '../stores/events.ts';
import type { FileStore } from '../stores/file-store.ts';
import type { VirusScan } from '../stores/virus-scan.ts';
import type { Services } from './services.ts';
import type { RemoveFiles } from './stored-files.ts';

/** What a domain's services are made of. */
export interface DomainDependencies {
  readonly db: Database;
  readonly events: Events;
  readonly files: FileStore;
  /** Removes what no row names any more. */
  readonly removeFiles: RemoveFiles;
  /** Null scans nothing. */
  readonly scan: VirusScan | null;
  /** Whether uploads are refused while the scanner is away. */
  readonly scanRequired: boolean;
}

/** A file as it is downloaded. */
export interface Download {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly body: Readable;
}

/** A domain at work. */
export interface DomainAtWork {
  readonly services: Partial<Services>;
  /** The file behind `/files/<id>` for a viewer; null when it is not there for them. Left out where no noun has files. */
  readonly download?: (viewer: Viewer, id: string) => Promise<Download | null>;
}

/** A domain: loading its module declares its nouns. */
export interface Domain {
  /** Makes its services. */
  start(dependencies: DomainDependencies): DomainAtWork;
}

/** A gateway without a domain has accounts, organizations, keys and registered operations, and nothing else. */
export const noDomain: Domain = { start: () => ({ services: {} }) };
