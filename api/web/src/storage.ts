// Where unsent text lies: the browser's storage, so that it survives a closed page; in memory when the browser has none to give (private
// windows, a full disk), so that at least an open page loses nothing.

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** A storage that never throws: what the browser refuses to keep is kept in memory. */
export class SafeStorage implements Kept {
  readonly #under: Kept | undefined;
  readonly #memory = new Map<string, string>();

  constructor(open: () => Kept) {
    try {
      this.#under = open();
    } catch {
      this.#under = undefined;
    }
  }

  #keys(): string[] {
    const keys = new Set(this.#memory.keys());
    for (let i = 0; i < (this.#under?.length ?? 0); i++) {
      const key = this.#under?.key(i);
      if (key != null) keys.add(key);
    }
    return [...keys];
  }

  get length(): number {
    return this.#keys().length;
  }

  key(index: number): string | null {
    return this.#keys()[index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#memory.get(key) ?? this.#under?.getItem(key) ?? null;
  }

  setItem(key: string, value: string): void {
    try {
      if (!this.#under) throw new Error("no storage");
      this.#under.setItem(key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  removeItem(key: string): void {
    this.#memory.delete(key);
    this.#under?.removeItem(key);
  }
}
