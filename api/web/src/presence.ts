// Says that a task's page is open, and shows which colleagues have it open too. Presence knows when to ask; startPresence knows the page.
//
// Rules:
// - Only a page in sight asks: the server forgets one that has not been heard of for 45 seconds.
// - What is shown is never older than one question: when the server can't be asked, nobody is shown.
// - Who listens hears each sentence once, however often somebody comes and goes.

export interface Parts {
  ask(): Promise<string | "away" | undefined>; // what to show; undefined: she may not ask any more
  leave(): void;
  later(milliseconds: number, run: () => void): () => void; // returns the cancel
  show(says: string): void;
  hear(says: string): void;
}

const every = 20_000; // milliseconds between two questions

export class Presence {
  readonly #parts: Parts;
  #cancel: () => void = () => undefined;
  #turn = 0; // an answer to an earlier question than the last says nothing
  #heard = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The page came in sight. */
  async start(): Promise<void> {
    this.#cancel();
    const turn = ++this.#turn;
    this.#cancel = this.#parts.later(every, () => void this.start());
    const answer = await this.#parts.ask();
    if (turn !== this.#turn) return;
    const says = answer === undefined || answer === "away" ? "" : answer;
    this.#parts.show(says);
    if (says && !this.#heard.has(says)) {
      this.#heard.add(says);
      this.#parts.hear(says);
    }
    if (answer === undefined) this.stop();
  }

  /** The page is out of sight. */
  stop(): void {
    this.#cancel();
    this.#turn++;
  }

  /** The page is closed. */
  leave(): void {
    this.stop();
    this.#parts.leave();
  }
}

/** Starts on a page that says where it is told who has it open. */
export function startPresence(): void {
  const box = document.querySelector<HTMLElement>("[data-presence]");
  const text = box?.querySelector<HTMLElement>("[data-presence-text]");
  const heard = document.querySelector<HTMLElement>("[data-presence-heard]");
  const url = box?.dataset["presence"];
  const person = document.body.dataset["person"];
  if (!box || !text || !heard || !url || !person) return;
  const send = (method: string, keepalive: boolean) =>
    fetch(url, { method, headers: { "Helhet-Person": person, Accept: "application/json" }, credentials: "same-origin", redirect: "manual", cache: "no-store", keepalive });
  const presence = new Presence({
    async ask() {
      try {
        const response = await send("PUT", false);
        if ([401, 403, 404].includes(response.status) || response.type === "opaqueredirect") return undefined;
        const answer: unknown = response.ok ? await response.json() : undefined;
        return typeof answer === "object" && answer !== null && "says" in answer ? String(answer.says) : "away";
      } catch {
        return "away";
      }
    },
    leave: () => void send("DELETE", true).catch(() => undefined),
    later(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    show(says) {
      text.textContent = says;
      box.hidden = says === "";
    },
    hear: (says) => (heard.textContent = says),
  });
  const visible = () => (document.visibilityState === "hidden" ? presence.stop() : void presence.start());
  document.addEventListener("visibilitychange", visible);
  addEventListener("pagehide", () => presence.leave());
  addEventListener("pageshow", (event) => event.persisted && visible());
  visible();
}
