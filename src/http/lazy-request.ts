/** Yoga's own `Request`, which does not look at its URL before a plugin could refuse it. */
import { Request as YogaRequest } from '@whatwg-node/fetch';

/**
 * Yoga's listener parses the URL of each request before the first plugin sees it; a `Host` that makes no URL would be answered with the
 * stack of the parser's error. Without `parsedUrl` the URL is parsed when somebody asks for it.
 */
export class LazyRequest extends YogaRequest {
  get parsedUrl(): undefined {
    return undefined;
  }
}
