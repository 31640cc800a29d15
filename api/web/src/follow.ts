// Keeps a stream of server-sent events open. The follower knows when to begin anew and what to say; live.ts knows the page.

/** The part of EventSource that is used. */
export interface Source {
  readonly readyState: number;
  addEventListener(kind: string, hear: (event: { data?: unknown }) => void): void;
  close(): void;
}

export interface Parts {
  open(): Source;
  later(milliseconds: number, run: () => void): () => void; // returns the cancel
  show(html: string): void;
  tell(what: "following" | "away" | "over"): void;
}

const closed = 2; // EventSource.CLOSED: it won't try again by itself
const silence = 40_000; // the server says every 15 seconds that it is there
const pauses = [2_000, 5_000, 15_000, 30_000]; // before beginning anew, longer each time

export class Follower {
  readonly #parts: Parts;
  #source: Source | undefined;
  #cancel: () => void = () => undefined;
  #failed = 0;
  #over = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#over || this.#source) return;
    this.#cancel();
    const source = this.#parts.open();
    this.#source = source;
    const heard = () => {
      if (this.#source !== source) return;
      this.#failed = 0;
      this.#parts.tell("following");
      this.#wait(silence);
    };
    source.addEventListener("open", heard);
    source.addEventListener("beat", heard);
    source.addEventListener("state", (event) => {
      if (this.#source !== source) return;
      heard();
      this.#parts.show(String(event.data));
    });
    source.addEventListener("over", () => {
      this.stop();
      this.#over = true;
      this.#parts.tell("over");
    });
    source.addEventListener("error", () => {
      if (this.#source !== source) return;
      this.#parts.tell("away");
      this.#wait(source.readyState === closed ? (pauses[Math.min(this.#failed++, pauses.length - 1)] ?? silence) : silence);
    });
    this.#wait(silence);
  }

  stop(): void {
    this.#cancel();
    this.#source?.close();
    this.#source = undefined;
  }

  /** Begins anew after a time, unless something is heard before. */
  #wait(milliseconds: number): void {
    this.#cancel();
    this.#cancel = this.#parts.later(milliseconds, () => {
      this.stop();
      this.start();
    });
  }
}
