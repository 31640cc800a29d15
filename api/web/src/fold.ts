// Folds are <details>: they open and close by themselves, also without this. It opens what somebody is led to and what she must see, keeps what she
// typed from lying unseen in a closed one, and leads from one question to the next.

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Opens every fold around an element. */
export function unfold(element: Element | null): void {
  for (let fold = element?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
}

/** What a control holds of hers: something else than the page came with. */
export function touched(control: Control): boolean {
  if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
  if (control instanceof HTMLSelectElement) {
    const options = [...control.options];
    const came = Math.max(0, options.findIndex((option) => option.defaultSelected)); // without a choice the first stands
    return control.selectedIndex !== came;
  }
  switch (control.type) {
    case "hidden":
    case "submit":
      return false;
    case "radio":
    case "checkbox":
      return control.checked !== control.defaultChecked;
    case "file":
      return control.value !== "";
    default:
      return control.value !== control.defaultValue;
  }
}

const fields = "input, select, textarea";
// What waits for her. An answer on its way to the server, "waiting" or "saving", does not.
const trouble = '.hh-conflict, [aria-invalid="true"], [data-save-state]:is([data-state="held"], [data-state="conflict"], [data-state="invalid"], [data-state="signin"])';

/** Starts on every page; one without folds has nothing to do here. */
export function startFolds(): void {
  const all = () => [...document.querySelectorAll<HTMLDetailsElement>("main details")];
  // A browser that can't show what is folded has it opened where there is room.
  if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 40.01rem)").matches) for (const fold of document.querySelectorAll<HTMLDetailsElement>(".hh-tuck")) fold.open = true;
  const led = (hash: string) => {
    const target = targetOf(hash);
    if (!target?.closest("main")) return;
    const closed = target.closest("details:not([open])");
    unfold(target);
    if (closed) target.scrollIntoView();
  };
  led(location.hash);
  addEventListener("hashchange", () => led(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
    if (!link) return;
    if (!link.hasAttribute("data-fold-next")) return led(link.hash);
    event.preventDefault();
    goOn(link);
  });

  // What a browser has filled in again, or the server found wrong.
  addEventListener("pageshow", (event) => {
    if (event.persisted) return;
    for (const control of document.querySelectorAll<Control>(fields)) if (control.closest("main details:not([open])") && touched(control)) unfold(control);
    for (const wrong of document.querySelectorAll(`main details:not([open]) :is(${trouble})`)) unfold(wrong);
  });

  // A form that is sent by its button keeps what was typed, and its fold says so. Toggle doesn't bubble.
  document.addEventListener(
    "toggle",
    (event) => {
      const fold = event.target;
      if (!(fold instanceof HTMLDetailsElement)) return;
      const typed = [...fold.querySelectorAll<Control>(`form:not([data-autosave]) :is(${fields})`)].some(touched);
      fold.toggleAttribute("data-typed", typed);
      showAll();
    },
    true,
  );

  // One button for all questions.
  const button = document.querySelector<HTMLButtonElement>("[data-folds]");
  const questions = () => [...document.querySelectorAll<HTMLDetailsElement>(".hh-fold--question")];
  const showAll = () => {
    if (!button) return;
    const said = questions().every((fold) => fold.open) ? button.dataset["close"] : button.dataset["open"];
    if (button.textContent !== said) button.textContent = said ?? "";
  };
  button?.addEventListener("click", () => {
    const open = questions().some((fold) => !fold.open);
    for (const fold of questions()) fold.open = open || fold.querySelector(trouble) !== null;
  });
  showAll();

  // On paper everything is open. The style sheet sees to it where the browser can style what is folded.
  let shut: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    shut = all().filter((fold) => !fold.open && fold.matches(".hh-tuck, .hh-fold, .hh-fold .hh-further, .hh-fold .hh-evidence, .hh-guide"));
    for (const fold of shut) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of shut) fold.open = false;
    shut = [];
  });
}

/** What an address leads to on the page. */
function targetOf(hash: string): HTMLElement | null {
  try {
    return document.getElementById(decodeURIComponent(hash.slice(1)));
  } catch {
    return null; // a lone "%", which leads nowhere
  }
}

/** Folds the question she is done with and opens the next, with the keyboard on it. One with something wrong in it stays open. */
function goOn(link: HTMLAnchorElement): void {
  const here = link.closest("details");
  const there = targetOf(link.hash)?.closest("details");
  const summary = there?.querySelector("summary");
  if (!there || !summary) return;
  if (here && !here.querySelector(trouble)) here.open = false;
  there.open = true;
  summary.focus({ preventScroll: true });
  summary.scrollIntoView();
}
