/** The permissions that a viewer holds, as a value: two equal sets have one `key`, so that decisions can be cached by it. */

/** An immutable set of permission names. */
export class PermissionSet implements Iterable<string> {
  static readonly none = new PermissionSet([]);
  /** Equal for equal sets, different for different ones. */
  readonly key: string;
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set([...names].sort());
    this.key = [...this.#names].join(' ');
  }

  has(permission: string): boolean {
    return this.#names.has(permission);
  }

  /** What both sets hold. */
  intersect(other: PermissionSet): PermissionSet {
    return new PermissionSet([...this.#names].filter((name) => other.has(name)));
  }

  /** What the other set holds and this one does not; sorted. */
  missingFrom(other: PermissionSet): string[] {
    return [...other].filter((name) => !this.has(name));
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#names[Symbol.iterator]();
  }
}
