/**
 * How deep brackets nest in the text of a document, before it is parsed: the parser and every walk after it recurse, and a text of open
 * brackets alone would run a process that has just started out of its stack. Strings and comments are leapt over.
 */

/** Levels of `{`, `[` and `(` in all; far beyond what the limit of depth leaves to an operation. */
export const maxNesting = 256;

const quote = 0x22;
const blockQuote = '"""';

/** Whether brackets nest deeper than allowed. Reads each character once at most, and stops at the first breach. */
export function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x28: // (
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > maxNesting) return true;
        break;
      case 0x29: // )
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case 0x23: // #
        at = endOfLine(text, at);
        break;
      case quote:
        at = text.startsWith(blockQuote, at) ? endOfBlock(text, at) : endOfString(text, at);
        break;
    }
  }
  return false;
}

/** The last character of a comment. */
function endOfLine(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x0d) return at;
  }
  return text.length;
}

/** The closing quote. A string that a line ends is none, and the parser stops there. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === quote) return at;
    else if (code === 0x0a || code === 0x0d) return text.length;
  }
  return text.length;
}

/** The last of the three closing quotes; those behind a backslash are text. */
function endOfBlock(text: string, start: number): number {
  let at = text.indexOf(blockQuote, start + 3);
  while (at !== -1 && text.charCodeAt(at - 1) === 0x5c) at = text.indexOf(blockQuote, at + 3);
  return at === -1 ? text.length : at + 2;
}
