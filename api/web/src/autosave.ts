// Saves the forms of a task page as they are filled in, and keeps what the server has not got. The queue knows the rules; this file knows
// the page.
import { unfold } from "./fold.ts";
import { confirmation, describe, fill, read, type Values } from "./form.ts";
import { Queue, type Entry, type Event, type Fault } from "./queue.ts";
import { send } from "./server.ts";
import { SafeStorage } from "./storage.ts";
import { unsaved } from "./unsaved.ts";

const typingPause = 800; // milliseconds without a key stroke before a text is sent

/** Starts saving for the person the page is signed in as; without one there is nothing to save and nothing of hers to touch. */
export function startAutosave(): void {
  const person = document.body.dataset["person"];
  if (!person) return;
  const forms = new Map<string, SavedForm>();
  const banner = document.querySelector<HTMLElement>("[data-unsent]");
  const troubled = new Set<string>();
  const queue = new Queue({
    storage: new SafeStorage(() => localStorage),
    person,
    send,
    later(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    newId: newId,
    // Web locks exist only on secure pages; elsewhere the edit id keeps two tabs from saving twice.
    lock: (name, run) => (navigator.locks ? navigator.locks.request(name, run) : run()),
    tell(event) {
      if (event.what === "away") troubled.add(event.name);
      if (event.what === "saved" && !event.more) troubled.delete(event.name);
      forms.get(event.name)?.told(event);
      if (event.what === "saved") {
        showProgress(event.reply.progress ?? {});
        showTarget(event.reply.target, forms.has(event.name));
        if (event.reply.reload && queue.waiting() === 0 && !unsaved()) location.reload(); // what she is typing beside it loads the page when it is sent
      }
      showUnsent();
    },
  });

  function showUnsent(): void {
    if (!banner) return;
    const waiting = queue.all().filter((entry) => (troubled.has(entry.name) ? entry.state !== "conflict" : !forms.has(entry.name) && !entry.next?.held));
    const text = waiting.length === 1 ? banner.dataset["single"] : banner.dataset["several"];
    const line = banner.querySelector("[data-unsent-text]");
    const said = waiting.length === 0 ? "" : (text ?? "").replace("{n}", String(waiting.length));
    banner.hidden = waiting.length === 0;
    if (!line || line.getAttribute("data-said") === said) return; // a live region speaks at every change
    line.setAttribute("data-said", said);
    line.textContent = said;
    const elsewhere = waiting.find((entry) => !forms.has(entry.name));
    if (elsewhere) {
      const link = document.createElement("a");
      link.href = elsewhere.page;
      link.textContent = elsewhere.label || elsewhere.page;
      line.append(" ", link);
    }
  }

  const texts = document.querySelector<HTMLTemplateElement>("template#autosave-texts");
  if (texts) {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-autosave]")) {
      const saved = new SavedForm(form, queue, texts);
      forms.set(saved.name, saved);
      saved.restore();
    }
  }
  showUnsent();
  void queue.flush();
  addEventListener("online", () => void queue.flush());
  addEventListener("pageshow", (event) => {
    if (event.persisted) void queue.flush();
  });
  addEventListener("pagehide", () => void queue.flush(true));
  document.addEventListener("visibilitychange", () => void queue.flush(document.visibilityState === "hidden"));
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sign-out]")) guardSignOut(form, queue);
}

/** A form whose changes are saved one by one. */
class SavedForm {
  readonly name: string;
  readonly #form: HTMLFormElement;
  readonly #queue: Queue;
  readonly #texts: HTMLTemplateElement;
  readonly #line: HTMLElement | null;
  #saved: string | undefined; // what the server holds, so that leaving a field unchanged sends nothing

  constructor(form: HTMLFormElement, queue: Queue, texts: HTMLTemplateElement) {
    this.#form = form;
    this.#queue = queue;
    this.#texts = texts;
    this.#line = form.querySelector("[data-save-state]");
    this.name = `${form.dataset["scope"] ?? ""}/${form.dataset["key"] ?? ""}`;
    form.addEventListener("input", (event) => {
      this.#count();
      if (isText(event.target)) this.#put(typingPause);
    });
    form.addEventListener("change", () => this.#put(0)); // a choice at once, a text when its field is left
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#saved = undefined; // she asks for it: an answer carried forward is confirmed this way
      this.#put(0);
    });
    if (form.dataset["tag"]) this.#saved = JSON.stringify(read(form).values);
    this.#count();
  }

  /** Shows what was written here before and never reached the server. */
  restore(): void {
    const entry = this.#queue.get(this.name);
    const body = (entry?.next ?? entry?.sent)?.body;
    if (!entry || body === undefined) return;
    fill(this.#form, JSON.parse(body) as Values);
    this.#count();
    this.#show(entry);
    unfold(this.#form);
  }

  #put(wait: number): void {
    const { values, held } = read(this.#form);
    const { saveUrl = "", tag = "", label = "" } = this.#form.dataset;
    const body = JSON.stringify(values);
    if (body === this.#saved && !this.#queue.get(this.name)) return;
    const page = `${location.pathname}${location.search}${this.#form.id ? `#${this.#form.id}` : ""}`;
    this.#queue.put({ name: this.name, url: saveUrl, page, base: tag, label }, body, wait, held);
  }

  /** What she confirmed is saved; the next text is asked about anew. */
  #unconfirm(): void {
    for (const box of this.#form.querySelectorAll<HTMLInputElement>(`input[name="${confirmation}"]`)) box.checked = false;
  }

  told(event: Event): void {
    switch (event.what) {
      case "saving":
        this.#say("saving");
        break;
      case "saved":
        this.#stand(event.reply.tag);
        this.#carried(false);
        this.#unconfirm();
        this.#saved = event.more ? undefined : JSON.stringify(without(event.body));
        if (event.more) this.#say("saving");
        else this.#say("saved", { time: event.reply.savedAt });
        break;
      case "away":
        this.#say("offline");
        break;
      case "entry":
        this.#show(event.entry);
    }
  }

  #show(entry: Entry): void {
    this.#faults(entry.state === "invalid" ? (entry.faults ?? []) : []);
    const box = this.#form.querySelector<HTMLElement>("[data-conflict]");
    if (entry.state !== "conflict") box?.replaceChildren();
    if (entry.state === "conflict" || entry.state === "invalid") unfold(this.#form); // she folded it while it was sent
    switch (entry.state) {
      case "ready":
        if (entry.next?.held) this.#say("held", {}, "reason");
        else this.#say("waiting");
        break;
      case "conflict":
        this.#say("conflict");
        if (box) this.#choose(box, entry);
        break;
      case "signin":
        this.#say("signin");
        break;
      case "invalid": {
        const general = entry.faults?.find((fault) => !this.#placeFor(fault));
        if (general?.message) this.#say("invalid", {}, undefined, general.message);
        else this.#say("invalid");
      }
    }
  }

  /** The tag that the next edit builds on, also for the form as it works without scripts. */
  #stand(tag: string): void {
    this.#form.dataset["tag"] = tag;
    const field = this.#form.elements.namedItem("tag");
    if (field instanceof HTMLInputElement) field.value = tag;
  }

  /** Marks an answer as carried from last round, or as hers: saved it is, and the one click for several speaks of it no more. */
  #carried(carried: boolean): void {
    if (this.#form.hasAttribute("data-carried") === carried) return;
    const here = document.activeElement?.closest("[data-unconfirmed]");
    this.#form.toggleAttribute("data-carried", carried);
    if (here && this.#form.contains(here)) this.#return(); // the button she pressed is gone
    if (!carried) showCarried(this.#form.id);
  }

  /** Writes the state line. Passing states are hidden from the live region, so that a reader hears the outcome and not each step. */
  #say(state: string, values: Record<string, string> = {}, text = state, words?: string): void {
    if (!this.#line) return;
    this.#line.dataset["state"] = state;
    let said = words ?? this.#texts.dataset[text] ?? "";
    for (const [name, value] of Object.entries(values)) said = said.replace(`{${name}}`, value);
    if (state === "saving" || state === "waiting") {
      const quiet = document.createElement("span");
      quiet.setAttribute("aria-hidden", "true");
      quiet.textContent = said;
      this.#line.replaceChildren(quiet);
    } else if (this.#line.textContent !== said || this.#line.childElementCount > 0) {
      this.#line.textContent = said;
    }
  }

  #placeFor(fault: Fault): HTMLElement | null {
    return fault.field ? this.#form.querySelector(`[data-error="${CSS.escape(fault.field)}"]`) : null;
  }

  #faults(faults: Fault[]): void {
    for (const place of this.#form.querySelectorAll<HTMLElement>("[data-error]")) {
      const fault = faults.find((f) => f.field === place.dataset["error"]);
      place.hidden = !fault;
      if (place.textContent !== (fault?.message ?? "")) place.textContent = fault?.message ?? "";
      for (const control of this.#form.querySelectorAll(`[name="${CSS.escape(place.dataset["error"] ?? "")}"]`)) {
        if (fault) control.setAttribute("aria-invalid", "true");
        else control.removeAttribute("aria-invalid");
      }
    }
  }

  /** The conflict box: both answers, and her choice. */
  #choose(box: HTMLElement, entry: Entry): void {
    const current = entry.current;
    const mine = entry.next?.body;
    if (!current || mine === undefined) return;
    const content = this.#texts.content.cloneNode(true) as DocumentFragment;
    const put = (place: string, text: string) => {
      const element = content.querySelector(`[${place}]`);
      if (element) element.textContent = text;
    };
    const by = (this.#texts.dataset["by"] ?? "").replace("{name}", String(current.by ?? "")).replace("{time}", String(current.savedAt ?? ""));
    const ours = describe(this.#form, JSON.parse(mine) as Values);
    const theirs = describe(this.#form, current);
    put("data-by", current.by ? by : "");
    put("data-mine", ours.text);
    put("data-mine-note", ours.note);
    put("data-theirs", theirs.text);
    put("data-theirs-note", theirs.note);
    content.querySelector("[data-keep]")?.addEventListener("click", () => {
      this.#queue.keep(this.name);
      this.#return();
    });
    content.querySelector("[data-take]")?.addEventListener("click", () => {
      this.#queue.drop(this.name);
      this.#saved = undefined;
      fill(this.#form, current);
      this.#count();
      this.#stand(current.tag);
      this.#carried(current["carried"] === true);
      box.replaceChildren();
      this.#say("saved", { time: String(current.savedAt ?? "") });
      this.#return();
    });
    box.replaceChildren(content);
  }

  /** The button that had the focus is gone: back to the answer, so that the keyboard is not lost. */
  #return(): void {
    const control = this.#form.querySelector<HTMLElement>("input:checked") ?? this.#form.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea");
    control?.focus();
  }

  #count(): void {
    for (const field of this.#form.querySelectorAll<HTMLTextAreaElement>("textarea[data-max]")) {
      const counter = field.parentElement?.querySelector<HTMLElement>("[data-counter]");
      if (!counter) continue;
      const left = Number(field.dataset["max"]) - [...field.value].length;
      const text = left < 0 ? this.#texts.dataset["over"] : this.#texts.dataset["left"];
      counter.toggleAttribute("data-over", left < 0);
      counter.textContent = field.value === "" ? "" : (text ?? "").replace("{n}", String(Math.abs(left)));
    }
  }
}

/** The values of a body, without the confirmation that went with them. */
function without(body: string): Values {
  const { [confirmation]: _, ...values } = JSON.parse(body) as Values;
  return values;
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "checkbox");
}

/** Takes an answer out of the one click that confirms a task's, and says how many are left. What the click would confirm is never more than the page
    showed when it was loaded. */
function showCarried(question: string): void {
  const box = document.querySelector<HTMLElement>("[data-carried-box]");
  if (!box) return;
  box.querySelector(`[data-of="${CSS.escape(question)}"]`)?.remove();
  const say = (n: number, of: HTMLElement) => ((n === 1 ? of.dataset["one"] : of.dataset["many"]) ?? "").replace("{n}", String(n));
  const waits = document.querySelectorAll("form[data-carried]").length;
  const line = box.querySelector<HTMLElement>("[data-carried-count]");
  if (line) line.textContent = say(waits, box);
  box.hidden = waits === 0;
  const form = box.querySelector("form");
  const button = form?.querySelector("button");
  if (!form || !button) return;
  const answers = form.querySelectorAll("[data-of]").length;
  button.textContent = say(answers, form);
  form.hidden = answers === 0;
}

function showProgress(progress: Record<string, { answered: number; of: number }>): void {
  for (const [key, { answered, of }] of Object.entries(progress)) {
    for (const place of document.querySelectorAll<HTMLElement>(`[data-progress="${CSS.escape(key)}"]`)) {
      const bar = place.querySelector("progress");
      if (bar) {
        bar.max = Math.max(of, 1);
        bar.value = answered;
      }
      const label = place.querySelector("[data-progress-label]");
      if (label) label.textContent = (place.dataset["progressText"] ?? "").replace("{answered}", String(answered)).replace("{of}", String(of));
    }
  }
}

/** What is suggested, as the server makes it: it comes with the last answer and moves with each. The page speaks of one task, and what another tab
    saved of another does not belong on it. */
function showTarget(target: string | undefined, here: boolean): void {
  const place = document.querySelector<HTMLElement>("[data-target]");
  if (!place || !here || target === undefined) return;
  const made = document.createElement("template");
  made.innerHTML = target;
  const fold = made.content.querySelector("details");
  if (fold) fold.open = place.querySelector("details")?.open === true; // as she left it
  if (place.innerHTML !== made.innerHTML) place.innerHTML = made.innerHTML;
}

/** Before she signs out: one more try to save, a warning when something is left, and then nothing of hers stays in the browser. */
function guardSignOut(form: HTMLFormElement, queue: Queue): void {
  form.addEventListener("submit", (event) => {
    if (queue.all().length === 0) return;
    event.preventDefault();
    const soon = new Promise<void>((resolve) => setTimeout(resolve, 3000));
    void Promise.race([queue.flush(), soon]).then(() => {
      if (queue.all().length > 0 && !confirm(form.dataset["warning"] ?? "")) return;
      queue.erase();
      form.submit();
    });
  });
}

/** A random id for an edit; crypto.randomUUID exists only on secure pages. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
