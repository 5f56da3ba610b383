/** Checks inputs field by field, so that a caller hears of every fault at once. */
import { badUserInput, type InputIssue } from '../errors.ts';

/** Bounds of a text, in characters. */
export interface TextBounds {
  readonly min?: number;
  readonly max: number;
  /** What else the text must look like, with the sentence that says so. */
  readonly form?: { readonly pattern: RegExp; readonly message: string };
}

/** Collects issues. Each check gives back the value, so that it can be used where it is checked. */
export class Issues {
  readonly #issues: InputIssue[] = [];

  /** Adds an issue about a member of the input. */
  add(name: string, message: string): void {
    this.#issues.push({ path: ['input', ...name.split('.')], message });
  }

  /** A text within its bounds, in NFC and without control characters other than line breaks and tabs. */
  text(name: string, value: string, { min = 0, max, form }: TextBounds): string {
    const text = value.normalize('NFC');
    const length = [...text].length;
    // What is only blank says nothing.
    const said = min > 0 && text.trim() === '' ? 0 : length;
    if (said < min) this.add(name, min === 1 ? 'Must not be empty.' : `Use at least ${min} characters.`);
    else if (length > max) this.add(name, `Use at most ${max} characters.`);
    else if (hasControlCharacters(text)) this.add(name, 'Control characters are not allowed.');
    else if (form && !form.pattern.test(text)) this.add(name, form.message);
    return text;
  }

  /** Like {@link text}, for a member that may be left out. Null is refused where null means nothing. */
  optionalText(name: string, value: string | null | undefined, bounds: TextBounds): string | undefined {
    if (value === undefined) return undefined;
    if (value !== null) return this.text(name, value, bounds);
    this.add(name, 'Must not be null.');
    return undefined;
  }

  /** A member that may be left out, but is never null. */
  present<T>(name: string, value: T | null | undefined): T | undefined {
    if (value !== null) return value;
    this.add(name, 'Must not be null.');
    return undefined;
  }

  /** @throws BAD_USER_INPUT with every issue, if there is one. */
  throwIfAny(): void {
    if (this.#issues.length > 0) throw badUserInput(this.#issues);
  }
}

function hasControlCharacters(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127) return true;
  }
  return false;
}
