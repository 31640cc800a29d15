// Counts the minutes in which somebody works on a task: one in which the page was in sight and she did something. The server adds them to her
// municipality's sum. What can't be sent is not counted: it is a measure, not a promise.

const minute = 60_000;

/** Decides, minute by minute, whether somebody worked. */
export class Minutes {
  #active = false;

  /** Something was typed, pressed or scrolled. */
  act(): void {
    this.#active = true;
  }

  /** A minute has gone: tells whether it counts, and begins the next. */
  pass(visible: boolean): boolean {
    const worked = this.#active && visible;
    this.#active = false;
    return worked;
  }
}

/** Starts counting on a page that says where its minutes go. */
export function startEffort(): void {
  const url = document.querySelector<HTMLElement>("[data-minute]")?.dataset["minute"];
  const person = document.body.dataset["person"];
  if (!url || !person) return;
  const minutes = new Minutes();
  for (const what of ["keydown", "pointerdown", "input", "scroll"]) addEventListener(what, () => minutes.act(), { passive: true });
  setInterval(() => {
    if (!minutes.pass(document.visibilityState === "visible")) return;
    fetch(url, { method: "POST", headers: { "Helhet-Person": person }, credentials: "same-origin", redirect: "manual", keepalive: true }).catch(() => undefined);
  }, minute);
}
