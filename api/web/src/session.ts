// Warns before the session ends. The watch knows when to ask and what to say; startSession knows the page.
//
// Rules:
// - Asking the server is no use of the session: only what she does keeps it alive, here or in another tab.
// - So nothing is said before the server, asked at the moment of warning, confirms that she did nothing elsewhere.

/** How long the session still lasts, in seconds: unless it is used before, and at most. undefined: it is over. */
export type Left = { left: number; most: number } | undefined;

/** What the page says. */
export type Notice = { what: "nothing" } | { what: "soon" | "last"; minutes: number } | { what: "over" };

export interface Parts {
  now(): number; // milliseconds
  later(milliseconds: number, run: () => void): () => void; // returns the cancel
  ask(): Promise<Left | "away">; // looks
  keep(): Promise<Left | "away">; // uses
  tell(notice: Notice): void;
}

const warning = 5 * 60; // seconds before the end
const again = 60; // seconds until the minutes are counted anew, or an unreachable server is asked again

export class Watch {
  readonly #parts: Parts;
  #ends = 0;
  #cancel: () => void = () => undefined;
  #warn = warning;

  constructor(parts: Parts, first: { left: number; most: number }) {
    this.#parts = parts;
    this.#warn = Math.min(warning, first.left / 2);
    this.#take(first);
  }

  /** Looks again, such as when the machine wakes or the tab is shown. */
  async look(): Promise<void> {
    if (this.#parts.now() >= this.#ends - this.#warn * 1000) this.#take(await this.#parts.ask());
  }

  /** She wants to stay. */
  async keep(): Promise<void> {
    this.#take(await this.#parts.keep());
  }

  #take(left: Left | "away"): void {
    this.#cancel();
    if (left === "away") {
      this.#wait(again);
      return;
    }
    if (!left || left.left <= 0) {
      this.#parts.tell({ what: "over" });
      return;
    }
    this.#ends = this.#parts.now() + left.left * 1000;
    if (left.left > this.#warn) {
      this.#parts.tell({ what: "nothing" });
      this.#wait(left.left - this.#warn);
      return;
    }
    this.#parts.tell({ what: left.most <= left.left ? "last" : "soon", minutes: Math.max(1, Math.round(left.left / 60)) });
    this.#wait(Math.min(again, left.left));
  }

  #wait(seconds: number): void {
    this.#cancel = this.#parts.later(seconds * 1000, () => void this.look());
  }
}

/** Understands the server's answer. */
export function understand(status: number, body: unknown): Left | "away" {
  if (status === 401 || status === 403) return undefined;
  const { left, most } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return status === 200 && typeof left === "number" && typeof most === "number" ? { left, most } : "away";
}

async function request(method: string): Promise<Left | "away"> {
  try {
    const headers = { Accept: "application/json", "Helhet-Person": document.body.dataset["person"] ?? "" };
    const response = await fetch("/session", { method, headers, credentials: "same-origin", redirect: "manual", cache: "no-store" });
    return understand(response.type === "opaqueredirect" ? 401 : response.status, await response.json().catch(() => undefined));
  } catch {
    return "away";
  }
}

/** Starts the watch on a page that somebody is signed in on. */
export function startSession(): void {
  const box = document.querySelector<HTMLElement>("[data-session]");
  const text = box?.querySelector<HTMLElement>("[data-session-text]");
  const button = box?.querySelector<HTMLElement>("[data-session-keep]");
  const signIn = box?.querySelector<HTMLElement>("[data-session-in]");
  if (!box || !text || !button || !signIn) return;
  const watch = new Watch(
    {
      now: () => Date.now(),
      later(milliseconds, run) {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
      ask: () => request("GET"),
      keep: () => request("POST"),
      tell(notice) {
        const focused = document.activeElement === button;
        box.hidden = notice.what === "nothing";
        button.hidden = notice.what !== "soon";
        signIn.hidden = notice.what !== "over";
        const said = notice.what === "nothing" ? "" : (box.dataset[notice.what] ?? "").replace("{n}", "minutes" in notice ? String(notice.minutes) : "");
        if (text.textContent !== said) text.textContent = said;
        if (focused && button.hidden) document.querySelector<HTMLElement>("main")?.focus(); // the button that had the focus is gone
      },
    },
    { left: Number(box.dataset["left"]), most: Number(box.dataset["most"]) },
  );
  button.addEventListener("click", () => void watch.keep());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void watch.look();
  });
}
