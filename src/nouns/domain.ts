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

/** A row of the demo data, by names of columns. */
export type DemoRow = Readonly<Record<string, unknown>>;

/** An organization of the demo data. */
export interface DemoOrganization {
  readonly id: string;
  /** Which of them, from 0: for chance that differs between them and is the same at every run. */
  readonly index: number;
  readonly slug: string;
  readonly createdAt: string;
  /** The id of who has a role there. */
  personOf(role: string): string;
}

/** What demo rows are written with, by the owner of the tables and within one transaction. */
export interface DemoTools {
  insert(table: string, rows: readonly DemoRow[]): Promise<void>;
  /** A time in the past. */
  at(daysAgo: number, seconds?: number): string;
  /** How many times the usual number of rows. */
  readonly scale: number;
  /** Where stored files lie. */
  readonly filesFolder: string;
}

/** What a domain adds to the demo data. */
export interface DomainDemo {
  organization?(of: DemoOrganization, tools: DemoTools): Promise<void>;
  /** Once, after all organizations. */
  deployment?(tools: DemoTools): Promise<void>;
}

/** A domain: loading its module declares its nouns. */
export interface Domain {
  /** Makes its services. */
  start(dependencies: DomainDependencies): DomainAtWork;
  /** Loads what it adds to the demo data: elsewhere than in what starts, since production never loads it. */
  readonly demo?: () => Promise<DomainDemo>;
  /** A query whose answer differs between the demo's owner and its guest; what a start prints to paste. */
  readonly firstQuery?: string;
}

/** A gateway without a domain has accounts, organizations, keys and registered operations, and nothing else. */
export const noDomain: Domain = { start: () => ({ services: {} }) };
