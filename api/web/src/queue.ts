// The queue of what a person has written and the server has not yet acknowledged. Pure but for what it is given: a storage, a way
// to send, a clock's timer, and a source of ids; so that its rules can be tested without a browser.
//
// Rules:
// - What is written is stored before it is sent, and removed only after the server acknowledged it.
// - An edit that has been sent once is sent again unchanged, with the same id, until the server answers: the server recognises it.
//   What is written meanwhile waits as the next edit, and builds on the tag the first one brings.
// - Everything stands under the person who wrote it. Another person's entries are neither sent, shown nor counted.

/** One edit of one answer, as it travels. */
export interface Edit {
  id: string; // random, the server's key to recognise a repeated save
  body: string; // JSON
  held?: true; // not to be sent yet: she has still to complete it, such as with a reason
}

/** Where an entry stands; "ready" waits to be sent, or to be sent again. The others wait for her. */
export type State = "ready" | "conflict" | "invalid" | "signin";

/** Everything unsent about one question, as it lies in the storage. */
export interface Entry {
  name: string; // scope and key, the same question under the same person
  url: string;
  page: string; // where the form is, for a link
  label?: string; // what the form is called
  base: string; // tag the next edit builds on; "" = there is no answer yet
  sent?: Edit; // sent at least once, outcome unknown
  next?: Edit; // not sent yet
  state: State;
  current?: Current; // with "conflict": what the server has
  faults?: Fault[]; // with "invalid"
}

/** The server's version of an answer, as a 412 carries it. */
export interface Current {
  tag: string;
  by?: string;
  savedAt?: string;
  [field: string]: unknown;
}

/** A fault beside a field; without field it is about the whole. */
export interface Fault {
  field: string;
  message: string;
}

/** What the server answered. "away" is no answer, or one that asks to come again. */
export type Reply =
  | { kind: "saved"; tag: string; savedAt: string; progress?: Record<string, { answered: number; of: number }>; reload?: boolean; target?: string }
  | { kind: "stale"; current: Current }
  | { kind: "invalid"; faults: Fault[] }
  | { kind: "signin" }
  | { kind: "away"; after?: number }; // seconds

export interface Request {
  url: string;
  person: string; // who wrote it: the server takes it from nobody else
  edit: Edit;
  base: string;
  leaving: boolean; // the page is going away: the request must outlive it
}

/** What the page is told. */
export type Event =
  | { name: string; what: "saving" }
  | { name: string; what: "saved"; reply: Extract<Reply, { kind: "saved" }>; body: string; more: boolean }
  | { name: string; what: "away" }
  | { name: string; what: "entry"; entry: Entry };

export interface Parts {
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
  person: string;
  send(request: Request): Promise<Reply>;
  later(milliseconds: number, run: () => void): () => void; // returns the cancel
  newId(): string;
  lock(name: string, run: () => Promise<void>): Promise<void>; // keeps two tabs from sending the same entry at once
  tell(event: Event): void;
}

const prefix = "helhet.unsent/";
const firstWait = 1_000; // milliseconds
const longestWait = 60_000;

export class Queue {
  readonly #parts: Parts;
  readonly #mine: string;
  readonly #running = new Set<string>();
  readonly #again = new Set<string>(); // asked for while it ran
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#mine = prefix + encodeURIComponent(parts.person) + "/";
  }

  /** What is unsent about a question, or undefined. */
  get(name: string): Entry | undefined {
    return this.#read(this.#mine + name);
  }

  /** All unsent entries of this person. */
  all(): Entry[] {
    const entries: Entry[] = [];
    for (const key of this.#keys()) {
      const entry = this.#read(key);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** Takes down what she wrote. base is the tag the form stands on and counts only when nothing was unsent before. It is sent after
      wait milliseconds; held, it is only kept, until a later put completes it. */
  put(form: Pick<Entry, "name" | "url" | "page" | "base" | "label">, body: string, wait: number, held = false): void {
    const entry: Entry = this.get(form.name) ?? { ...form, state: "ready" };
    // Leaving a field says nothing new, and must not draw the choice anew under the pointer that is about to make it.
    if (entry.state === "conflict" && entry.next?.body === body) return;
    if (entry.sent?.body === body) {
      delete entry.next; // she went back to what is on its way
    } else {
      // An edit that never left keeps its id. One the server refused left, so it needs a new one.
      const id = entry.next && entry.state !== "invalid" ? entry.next.id : this.#parts.newId();
      entry.next = held ? { id, body, held: true } : { id, body };
    }
    if (entry.state !== "conflict") {
      entry.state = "ready";
      delete entry.faults;
    }
    this.#write(entry);
    if (entry.state === "conflict" || (held && !entry.sent)) return;
    this.#failures.delete(form.name);
    this.#schedule(form.name, wait);
  }

  /** She chose her own answer over the one that was saved. */
  keep(name: string): void {
    const entry = this.get(name);
    if (!entry?.current) return;
    const body = entry.next?.body;
    if (body === undefined) return;
    entry.base = entry.current.tag;
    entry.next = { id: this.#parts.newId(), body };
    delete entry.current;
    entry.state = "ready";
    this.#write(entry);
    void this.#run(name, false);
  }

  /** She chose the saved answer: hers is dropped. */
  drop(name: string): void {
    this.#cancel(name);
    this.#parts.storage.removeItem(this.#mine + name);
  }

  /** Erases everything this person has unsent, when she signs out. */
  erase(): void {
    for (const key of this.#keys()) this.#parts.storage.removeItem(key);
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Sends all that can be sent now: when a page opens, the network returns, or the page goes away (leaving). Whoever was asked to
      sign in is tried again, since she may have. */
  flush(leaving = false): Promise<void> {
    const runs = this.all().filter((entry) => entry.state === "ready" || (entry.state === "signin" && !leaving));
    return Promise.all(runs.map((entry) => this.#run(entry.name, leaving))).then(() => undefined);
  }

  /** How many of this person's edits the server could still take by itself; not those that wait for her on their own page. */
  waiting(): number {
    return this.all().filter((entry) => entry.state !== "invalid" && (entry.sent || (entry.next && !entry.next.held))).length;
  }

  /** Sends one entry now. */
  send(name: string): Promise<void> {
    return this.#run(name, false);
  }

  #keys(): string[] {
    const keys: string[] = [];
    for (let i = 0; i < this.#parts.storage.length; i++) {
      const key = this.#parts.storage.key(i);
      if (key?.startsWith(this.#mine)) keys.push(key);
    }
    return keys.sort();
  }

  #read(key: string): Entry | undefined {
    const text = this.#parts.storage.getItem(key);
    if (text === null) return undefined;
    try {
      return JSON.parse(text) as Entry;
    } catch {
      return undefined; // not written by us
    }
  }

  #write(entry: Entry): void {
    this.#parts.storage.setItem(this.#mine + entry.name, JSON.stringify(entry));
    this.#parts.tell({ name: entry.name, what: "entry", entry });
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #schedule(name: string, wait: number): void {
    this.#cancel(name);
    this.#timers.set(
      name,
      this.#parts.later(wait, () => {
        this.#timers.delete(name);
        void this.#run(name, false);
      }),
    );
  }

  async #run(name: string, leaving: boolean): Promise<void> {
    this.#cancel(name);
    if (this.#running.has(name)) {
      this.#again.add(name);
      return;
    }
    this.#running.add(name);
    try {
      await this.#parts.lock(this.#mine + name, () => this.#settle(name, leaving));
    } finally {
      this.#running.delete(name);
    }
    if (this.#again.delete(name)) await this.#run(name, leaving);
  }

  /** Sends an entry's edits one after the other, until nothing is left or something stands in the way. */
  async #settle(name: string, leaving: boolean): Promise<void> {
    for (;;) {
      const entry = this.get(name); // read anew: another tab, or her next key stroke, may have changed it
      if (!entry || (entry.state !== "ready" && entry.state !== "signin")) return;
      if (!entry.sent) {
        if (!entry.next) {
          this.#parts.storage.removeItem(this.#mine + name);
          return;
        }
        if (entry.next.held) return;
        entry.sent = entry.next;
        delete entry.next;
        this.#write(entry);
      }
      const edit = entry.sent;
      this.#parts.tell({ name, what: "saving" });
      const reply = await this.#parts.send({ url: entry.url, person: this.#parts.person, edit, base: entry.base, leaving });
      if (!this.#take(name, edit, reply)) return;
    }
  }

  /** Takes in the server's reply to an edit. True when there may be more to send at once. */
  #take(name: string, edit: Edit, reply: Reply): boolean {
    const entry = this.get(name);
    if (!entry || entry.sent?.id !== edit.id) return false; // erased meanwhile
    if (reply.kind === "away") {
      const failures = (this.#failures.get(name) ?? 0) + 1;
      this.#failures.set(name, failures);
      this.#parts.tell({ name, what: "away" });
      const wait = reply.after ? reply.after * 1000 : firstWait * 2 ** Math.min(failures - 1, 10);
      this.#schedule(name, Math.min(wait, longestWait));
      return false;
    }
    this.#failures.delete(name);
    switch (reply.kind) {
      case "saved":
        delete entry.sent;
        entry.base = reply.tag;
        entry.state = "ready";
        if (entry.next) this.#write(entry);
        else this.#parts.storage.removeItem(this.#mine + name);
        this.#parts.tell({ name, what: "saved", reply, body: edit.body, more: entry.next !== undefined });
        return entry.next !== undefined && !entry.next.held;
      case "stale":
        entry.next ??= edit;
        delete entry.sent;
        if (!reply.current["carried"] && sameAnswer(entry.next.body, reply.current)) {
          // Both wrote the same: nothing to choose. What was carried nobody wrote, and it wants somebody's word.
          this.#parts.storage.removeItem(this.#mine + name);
          this.#parts.tell({ name, what: "saved", body: entry.next.body, more: false, reply: { kind: "saved", tag: reply.current.tag, savedAt: reply.current.savedAt ?? "" } });
          return false;
        }
        entry.state = "conflict";
        entry.current = reply.current;
        this.#write(entry);
        return false;
      case "invalid":
        delete entry.sent;
        if (entry.next) {
          this.#write(entry); // she has changed it already: try that
          return true;
        }
        entry.next = edit;
        entry.state = "invalid";
        entry.faults = reply.faults;
        this.#write(entry);
        return false;
      case "signin":
        entry.state = "signin";
        this.#write(entry);
        return false;
    }
  }
}

/** Tells whether what she wrote says the same as the server's answer; empty and absent are the same. */
export function sameAnswer(body: string, current: Current): boolean {
  const mine = JSON.parse(body) as Record<string, unknown>;
  const fields = new Set([...Object.keys(mine), ...Object.keys(current)]);
  for (const meta of ["tag", "by", "savedAt", "carried", "confirmNumber"]) fields.delete(meta);
  return [...fields].every((field) => plain(mine[field]) === plain(current[field]));
}

function plain(value: unknown): string {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? [...value].map(String).sort().join("\n") : String(value).trim();
}
