/** Sends a mail and tries again when the server is away; always in the background of a request. */
import type { Logger } from '../../logger.ts';
import type { Mail, MailStore } from '../../stores/mail.ts';

/** Sends; rejects when the last try failed. */
export type SendMail = (mail: Mail) => Promise<void>;

/** Milliseconds before the second and the third try. */
const pausesMs = [1_000, 5_000];

/** Makes the sender. Addresses and texts are never logged. */
export function createMailSender(store: MailStore, log: Pick<Logger, 'warn'>): SendMail {
  return async (mail) => {
    for (const pauseMs of pausesMs) {
      try {
        await store.send(mail);
        return;
      } catch (error) {
        log.warn({ err: error, subject: mail.subject }, 'a mail could not be sent; it is tried again');
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
    await store.send(mail);
  };
}
