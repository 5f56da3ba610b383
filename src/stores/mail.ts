/**
 * Sends mail: over SMTP, or where none is configured into a folder, one readable file a mail. Sending is off the request's way;
 * its caller decides what is waited for.
 */
import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { makeFolder } from './make-folder.ts';

/** A mail in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Where mail goes. */
export interface MailStore {
  /** Delivers to the server or the folder. Rejects when that fails. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Options of {@link createMailStore}. */
export interface MailStoreOptions {
  /** Null writes files instead. */
  readonly smtpUrl: string | null;
  readonly from: string;
  /** The folder of the files; made when it is missing, readable by its owner alone. */
  readonly outbox: string;
}

/** How long an SMTP server may take for a step, in milliseconds. */
const smtpTimeoutMs = 10_000;

/** Makes the store. Opens nothing until the first mail. */
export function createMailStore({ smtpUrl, from, outbox }: MailStoreOptions): MailStore {
  if (smtpUrl !== null) {
    const transport = nodemailer.createTransport({
      url: smtpUrl,
      pool: true,
      maxConnections: 2,
      connectionTimeout: smtpTimeoutMs,
      greetingTimeout: smtpTimeoutMs,
      socketTimeout: smtpTimeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return {
      async send({ to, subject, text }) {
        // An address object: nothing in an address can become a second recipient or a header.
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text });
      },
      close: () => transport.close(),
    };
  }
  return {
    async send({ to, subject, text }) {
      await makeFolder(outbox, 0o700);
      const at = new Date();
      const name = `${at.toISOString().replaceAll(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}.eml`;
      const headers = {
        From: from,
        To: to,
        Subject: subject,
        Date: at.toUTCString(),
        'Content-Type': 'text/plain; charset=utf-8',
      };
      const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value.replaceAll(/[\r\n]+/g, ' ')}`);
      const unfinished = join(outbox, `.${name}.tmp`);
      await writeFile(unfinished, `${lines.join('\n')}\n\n${text}\n`, { mode: 0o600 });
      await rename(unfinished, join(outbox, name));
    },
    close: () => undefined,
  };
}
