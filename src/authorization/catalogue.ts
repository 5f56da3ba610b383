/**
 * What nouns bring to the engine of rules: permissions, rows of the table, visibilities, audit actions. Each noun's module adds its own
 * when it is loaded; `src/schema.ts`, which loads all of them, closes the catalogue. A catalogue that is read as a whole before that
 * would miss somebody's part, and so it throws.
 */

let isClosed = false;

/** Ends the time in which nouns are declared; called once, when every noun is loaded. */
export function closeCatalogue(): void {
  isClosed = true;
}

/** One part of the catalogue: names to what is declared of them. */
export class Register<Value> {
  readonly #what: string;
  readonly #entries = new Map<string, Value>();

  /** @param what the entries are, for messages: "permission". */
  constructor(what: string) {
    this.#what = what;
  }

  /** @throws Error for a name that is taken, and after the catalogue is closed. */
  add(name: string, value: Value): void {
    if (isClosed) throw new Error(`The ${this.#what} ${name} is declared after every noun was loaded.`);
    if (this.#entries.has(name)) throw new Error(`The ${this.#what} ${name} is declared twice.`);
    this.#entries.set(name, value);
  }

  /** One entry, at any time. */
  get(name: string): Value | undefined {
    return this.#entries.get(name);
  }

  /** One entry, at any time. @throws Error when there is none. */
  require(name: string): Value {
    const value = this.#entries.get(name);
    if (value === undefined) throw new Error(`There is no ${this.#what} ${name}.`);
    return value;
  }

  /** Every entry. @throws Error before the catalogue is closed. */
  all(): ReadonlyMap<string, Value> {
    if (!isClosed) throw new Error(`Not every ${this.#what} is declared yet: load src/schema.ts first.`);
    return this.#entries;
  }
}
