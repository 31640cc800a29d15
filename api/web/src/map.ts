// The board that benefit maps are drawn on: boxes in four columns, drawn and connected with mouse, keyboard or finger. Boxes are buttons of the page, so that every way of
// reading it finds them; arrows are drawn behind them. Nothing is sent before she saves.
import { Sketch, column, kinds, type Box, type Drawn, type Kind } from "./sketch.ts";

interface Stored extends Drawn {
  tag: string;
  merged?: boolean;
  by?: string;
  text?: string;
}

const board = document.querySelector<HTMLElement>("[data-map]");
const given = board?.querySelector<HTMLElement>("[data-map-data]")?.textContent;
/** What a map begins with, and what its boxes may point to. */
interface Given extends Stored {
  benefits: Record<string, string>;
  steps: Record<string, { what: string; label: string }>;
}

if (board && given) start(board, JSON.parse(given) as Given);

function start(root: HTMLElement, stored: Given): void {
  const find = <E extends Element = HTMLElement>(name: string) => root.querySelector<E>(`[data-map-${name}]`)!;
  const say = find("say");
  const state = find("state");
  const faults = find("faults");
  const confirm = find<HTMLButtonElement>("confirm");
  const conflict = find("conflict");
  const title = find<HTMLInputElement>("title");
  const panel = find("panel");
  const text = find<HTMLTextAreaElement>("text");
  const followed = find("followed");
  const benefit = find<HTMLSelectElement>("benefit");
  const planned = find("planned");
  const planStep = find<HTMLSelectElement>("step");
  const connectButton = find<HTMLButtonElement>("connect");
  const cancelButton = find<HTMLButtonElement>("cancel");
  const undoButton = find<HTMLButtonElement>("undo");
  const redoButton = find<HTMLButtonElement>("redo");
  const saveButton = find<HTMLButtonElement>("save");
  const ties = find("ties");
  const lines = find<SVGSVGElement>("lines");
  const area = find("board");
  const person = document.body.dataset["person"] ?? "";

  const sketch = new Sketch(stored, () => [...crypto.getRandomValues(new Uint8Array(10))].map((n) => (n % 36).toString(36)).join(""));
  let tag = stored.tag;
  let selected = ""; // whose panel is open
  let current = ""; // which box the keys stand at
  let from = ""; // what is being connected
  let saving = false;
  let typing = ""; // what is typed in, so that it is one step
  let theirs: Stored | undefined;
  let edit: { id: string; body: string } | undefined; // sent again after no answer it is the same edit

  const word = (key: string, values: Record<string, string | number> = {}) =>
    Object.entries(values).reduce((line, [name, value]) => line.replaceAll(`{${name}}`, String(value)), root.dataset[key] ?? "");
  const named = (id: string) => sketch.box(id)?.text || word("unnamed");
  const buttonOf = (id: string) => root.querySelector<HTMLButtonElement>(`button[data-box="${id}"]`);
  const tell = (line: string) => (say.textContent = line);

  function show(kind: string, values: Record<string, string> = {}): void {
    state.dataset["state"] = { dirty: "waiting", away: "offline", refused: "invalid" }[kind] ?? kind;
    state.textContent = word(kind, values);
  }

  for (const [id, name] of Object.entries({ "": word("none"), ...stored.benefits })) benefit.add(new Option(name, id));
  planStep.add(new Option(word("unplanned"), ""));
  for (const [id, its] of Object.entries(stored.steps)) planStep.add(new Option(its.label, id));

  /** What stands under a box: the benefit or the step it points to. */
  const pointed = (box: Box) => {
    if (box.step) return stored.steps[box.step] ? word("planned", { what: stored.steps[box.step]!.what }) : word("gone");
    return box.benefit && stored.benefits[box.benefit] ? word("followed", { title: stored.benefits[box.benefit]! }) : "";
  };

  /** Puts the page as the sketch is. Buttons stay where they are, so that the focus does. */
  function draw(): void {
    const drawn = sketch.drawn;
    if (title.value !== drawn.title) title.value = drawn.title;
    if (!sketch.box(selected)) selected = "";
    if (!sketch.box(current)) current = drawn.nodes[0]?.id ?? "";
    if (panel.parentElement && !selected) root.append(panel);
    panel.hidden = selected === "";
    for (const kind of kinds) {
      const list = root.querySelector<HTMLElement>(`[data-kind="${kind}"] [data-map-list]`)!;
      const boxes = sketch.boxes(kind);
      for (const item of [...list.children]) {
        const id = (item as HTMLElement).dataset["item"] ?? "";
        if (!boxes.some((b) => b.id === id)) {
          if (item.contains(panel)) root.append(panel);
          item.remove();
        }
      }
      boxes.forEach((box, i) => {
        let item = list.querySelector<HTMLElement>(`[data-item="${box.id}"]`);
        if (!item) {
          item = document.createElement("li");
          item.dataset["item"] = box.id;
          const button = document.createElement("button");
          button.type = "button";
          button.className = "hh-mapper__box";
          button.dataset["box"] = box.id;
          button.append(document.createElement("span"), document.createElement("small"), document.createElement("span"));
          button.lastElementChild!.className = "hh-mapper__leads";
          item.append(button);
        }
        if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
        const button = buttonOf(box.id) ?? item.querySelector<HTMLButtonElement>("button")!;
        const [name, note, leads] = [...button.children] as HTMLElement[];
        name!.textContent = box.text || word("unnamed");
        note!.textContent = pointed(box);
        const to = sketch.ahead(box.id).map((b) => word("quoted", { text: b.text || word("unnamed") }));
        leads!.textContent = to.length ? word("leads", { what: to.join(", ") }) : "";
        button.setAttribute("aria-expanded", String(box.id === selected));
        button.tabIndex = box.id === current ? 0 : -1;
        const target = from !== "" && sketch.targets(from).some((b) => b.id === box.id);
        button.toggleAttribute("data-target", target);
        button.toggleAttribute("data-from", box.id === from);
        if (from && !target && box.id !== from) button.setAttribute("aria-disabled", "true");
        else button.removeAttribute("aria-disabled");
        if (box.id === selected && panel.parentElement !== item) item.append(panel);
      });
    }
    const box = sketch.box(selected);
    if (box) {
      if (text.value !== box.text) text.value = box.text;
      followed.hidden = box.kind !== "effect" || benefit.options.length < 2;
      if (box.benefit && ![...benefit.options].some((o) => o.value === box.benefit)) benefit.add(new Option(box.benefit, box.benefit));
      benefit.value = box.benefit ?? "";
      planned.hidden = box.kind !== "measure" || (planStep.options.length < 2 && !box.step);
      if (box.step && ![...planStep.options].some((o) => o.value === box.step)) planStep.add(new Option(word("gone"), box.step));
      planStep.value = box.step ?? "";
      ties.replaceChildren(
        ...sketch.ahead(box.id).map((b) => {
          const item = document.createElement("li");
          const button = document.createElement("button");
          button.type = "button";
          button.className = "ds-button";
          button.dataset["variant"] = "tertiary";
          button.textContent = word("unlink", { text: b.text || word("unnamed") });
          button.addEventListener("click", () => {
            sketch.disconnect(box.id, b.id);
            changed(word("disconnected", { from: named(box.id), to: named(b.id) }));
            connectButton.focus();
          });
          item.append(button);
          return item;
        }),
      );
    }
    connectButton.hidden = from !== "";
    cancelButton.hidden = from === "";
    undoButton.disabled = !sketch.canUndo;
    redoButton.disabled = !sketch.canRedo;
    arrows();
  }

  /** Draws the arrows between the boxes where they stand now. */
  function arrows(extra?: { from: string; x: number; y: number }): void {
    const frame = area.getBoundingClientRect();
    lines.setAttribute("viewBox", `0 0 ${Math.round(frame.width)} ${Math.round(frame.height)}`);
    lines.setAttribute("width", String(Math.round(frame.width)));
    lines.setAttribute("height", String(Math.round(frame.height)));
    const beside = new Set(kinds.map((kind) => Math.round(root.querySelector(`[data-kind="${kind}"]`)!.getBoundingClientRect().left))).size > 1;
    const place = (id: string) => buttonOf(id)?.getBoundingClientRect();
    const curve = (x1: number, y1: number, x2: number, y2: number) => {
      const middle = (x1 + x2) / 2;
      return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}M${x2 - 7} ${y2 - 4}L${x2} ${y2}L${x2 - 7} ${y2 + 4}`;
    };
    const path = (d: string, kind: string) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
      line.setAttribute("d", d);
      line.setAttribute("class", kind);
      return line;
    };
    const all = sketch.arrows.flatMap((e) => {
      if (!beside) return []; // one below the other, each box says in words where it leads
      const [a, b] = [place(e.from), place(e.to)];
      if (!a || !b) return [];
      const d = curve(a.right - frame.left, a.top + a.height / 2 - frame.top, b.left - frame.left, b.top + b.height / 2 - frame.top);
      return [path(d, e.from === selected || e.to === selected ? "hh-mapper__line hh-mapper__line--near" : "hh-mapper__line")];
    });
    const begin = extra && place(extra.from);
    if (begin) all.push(path(`M${begin.left + begin.width / 2 - frame.left} ${begin.top + begin.height / 2 - frame.top}L${extra.x - frame.left} ${extra.y - frame.top}`, "hh-mapper__line hh-mapper__line--near"));
    lines.replaceChildren(...all);
  }

  function changed(line = ""): void {
    show(sketch.dirty ? "dirty" : "idle");
    draw();
    if (line) tell(line);
  }

  function select(id: string, into = false): void {
    selected = id;
    current = id || current;
    typing = "";
    draw();
    if (into) text.focus();
  }

  function stand(id: string | undefined): void {
    if (!id) return;
    current = id;
    draw();
    buttonOf(id)?.focus();
  }

  function begin(id: string): void {
    const targets = sketch.targets(id);
    if (targets.length === 0) {
      tell(word(sketch.box(id)?.kind === "goal" ? "last" : "nowhere"));
      return;
    }
    from = id;
    draw();
    tell(word("connecting", { text: named(id) }));
    const next = targets.reduce((a, b) => (column(b.kind) < column(a.kind) ? b : a));
    stand(next.id);
  }

  function cancel(): void {
    if (!from) return;
    const was = from;
    from = "";
    draw();
    tell(word("cancelled"));
    stand(was);
  }

  function connect(a: string, b: string): void {
    const [first, second] = column(sketch.box(a)?.kind ?? "goal") <= column(sketch.box(b)?.kind ?? "goal") ? [a, b] : [b, a];
    const tie = sketch.connect(a, b);
    from = "";
    changed(word(tie === "missing" ? "cancelled" : tie, { from: named(first), to: named(second) }));
  }

  function remove(id: string): void {
    const box = sketch.box(id);
    if (!box) return;
    const column = sketch.boxes(box.kind);
    const at = column.findIndex((b) => b.id === id);
    const next = column[at + 1] ?? column[at - 1] ?? sketch.drawn.nodes.find((b) => b.id !== id);
    const name = named(id);
    sketch.remove(id);
    from = from === id ? "" : from;
    changed(word("removed", { text: name }));
    if (next) stand(next.id);
    else root.querySelector<HTMLElement>(`[data-kind="${box.kind}"] [data-map-add]`)?.focus();
  }

  function step(back: boolean): void {
    if (!(back ? sketch.undo() : sketch.redo())) return;
    typing = "";
    from = "";
    changed(word(back ? "undone" : "redone"));
  }

  /** The box that the arrow keys lead to. */
  function toward(id: string, key: string): string | undefined {
    const box = sketch.box(id);
    if (!box) return undefined;
    const own = sketch.boxes(box.kind);
    const at = own.findIndex((b) => b.id === id);
    if (key === "ArrowUp") return own[at - 1]?.id;
    if (key === "ArrowDown") return own[at + 1]?.id;
    const by = key === "ArrowRight" ? 1 : -1;
    for (let i = column(box.kind) + by; i >= 0 && i < kinds.length; i += by) {
      const next = sketch.boxes(kinds[i]!);
      if (next.length) return next[Math.min(at, next.length - 1)]!.id;
    }
    return undefined;
  }

  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-map-add]")) {
    button.addEventListener("click", () => {
      from = "";
      const box = sketch.add(button.closest<HTMLElement>("[data-kind]")!.dataset["kind"] as Kind);
      if (!box) {
        tell(word("full"));
        return;
      }
      changed(word("added"));
      select(box.id, true);
    });
  }

  let dragged = false; // a click ends every drag
  area.addEventListener("click", (event) => {
    const id = (event.target as Element).closest<HTMLElement>("button[data-box]")?.dataset["box"];
    if (!id || dragged) {
      dragged = false;
      return;
    }
    if (!from) select(selected === id ? "" : id);
    else if (id === from) cancel();
    else {
      connect(from, id);
      stand(id);
    }
  });

  area.addEventListener("keydown", (event) => {
    const id = (event.target as Element).closest<HTMLElement>("button[data-box]")?.dataset["box"];
    if (event.key === "Escape" && from) {
      cancel();
      return;
    }
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) stand(toward(id, event.key));
    else if (event.key === "Delete" || event.key === "Backspace") remove(id);
    else if (event.key === "F2") select(id, true);
    else if (event.key.toLowerCase() === "k") begin(id);
    else return;
    event.preventDefault();
  });

  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "s") void save();
    else if (event.target === text || event.target === title) return; // a field undoes its own typing
    else if (key === "z") step(!event.shiftKey);
    else if (key === "y") step(false);
    else return;
    event.preventDefault();
  });

  // Dragging is for a mouse or a pen: with a finger it scrolls the page.
  area.addEventListener("pointerdown", (down) => {
    const id = (down.target as Element).closest<HTMLElement>("button[data-box]")?.dataset["box"];
    dragged = false;
    if (!id || down.button !== 0 || down.pointerType === "touch") return;
    const under = (event: PointerEvent) => document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("button[data-box]")?.dataset["box"];
    const move = (event: PointerEvent) => {
      if (!dragged && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 8) return;
      if (!dragged) {
        from = id;
        draw();
      }
      dragged = true;
      arrows({ from: id, x: event.clientX, y: event.clientY });
    };
    const end = (event: PointerEvent) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      if (!dragged) return;
      const to = event.type === "pointerup" ? under(event) : undefined;
      from = "";
      if (to && to !== id) connect(id, to);
      else draw();
      setTimeout(() => (dragged = false)); // where the click that ends a drag never comes
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  });
  area.addEventListener("dragstart", (event) => event.preventDefault());

  text.addEventListener("input", () => {
    sketch.word(selected, text.value.replaceAll("\n", " "), typing !== selected);
    typing = selected;
    changed();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    buttonOf(selected)?.focus();
  });
  text.addEventListener("blur", () => (typing = ""));
  title.addEventListener("input", () => {
    sketch.name(title.value, typing !== "title");
    typing = "title";
    changed();
  });
  title.addEventListener("blur", () => (typing = ""));
  benefit.addEventListener("change", () => {
    const box = sketch.box(selected);
    if (box && !box.text && benefit.value) sketch.word(selected, stored.benefits[benefit.value] ?? "", true);
    sketch.follow(selected, benefit.value);
    changed();
  });
  planStep.addEventListener("change", () => {
    const box = sketch.box(selected);
    if (box && !box.text && planStep.value) sketch.word(selected, stored.steps[planStep.value]?.what.slice(0, text.maxLength) ?? "", true);
    sketch.plan(selected, planStep.value);
    changed();
  });
  connectButton.addEventListener("click", () => begin(selected));
  cancelButton.addEventListener("click", cancel);
  find("remove").addEventListener("click", () => remove(selected));
  for (const [name, by] of [["up", -1], ["down", 1]] as const) {
    find(name).addEventListener("click", () => {
      const n = sketch.move(selected, by);
      changed(word("moved", { text: named(selected), n }));
      find(name).focus();
    });
  }
  undoButton.addEventListener("click", () => step(true));
  redoButton.addEventListener("click", () => step(false));

  function refuse(messages: { field: string; message: string }[]): void {
    faults.querySelector("ul")!.replaceChildren(
      ...messages
        .filter((m) => m.field !== "confirmNumber")
        .map((m) => {
          const item = document.createElement("li");
          item.textContent = m.message;
          return item;
        }),
    );
    confirm.hidden = !messages.some((m) => m.field === "confirmNumber");
    faults.hidden = false;
    const at = messages.find((m) => sketch.box(m.field));
    if (at) select(at.field);
    if (messages.some((m) => m.field === "title")) title.setAttribute("aria-invalid", "true");
    faults.focus();
    show("refused");
  }

  /** Saves what is drawn. What is drawn meanwhile stays, and is not saved yet. */
  async function save(confirmed = false): Promise<void> {
    if (saving || !sketch.dirty) return;
    saving = true;
    saveButton.setAttribute("aria-disabled", "true");
    show("saving");
    faults.hidden = true;
    title.removeAttribute("aria-invalid");
    const sent = sketch.drawn;
    const body = JSON.stringify(sent);
    if (edit?.body !== body + tag) edit = { id: crypto.getRandomValues(new Uint32Array(4)).join("-"), body: body + tag };
    try {
      const response = await fetch(root.dataset["saveTo"] ?? "", {
        method: "PUT",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json, application/problem+json",
          "If-Match": `"${tag}"`,
          "Idempotency-Key": edit.id,
          "Helhet-Person": person,
          ...(confirmed ? { "Helhet-Confirm": "person-number" } : {}),
        },
        body,
        credentials: "same-origin",
        redirect: "manual",
        cache: "no-store",
        signal: AbortSignal.timeout(20_000),
      });
      const answer = (await response.json().catch(() => ({}))) as Stored & { current?: Stored; errors?: { location?: string; message: string }[]; detail?: string; title?: string };
      if (response.ok && typeof answer.tag === "string") {
        tag = answer.tag;
        conflict.hidden = true;
        sketch.savedAs(sent);
        if (answer.merged && JSON.stringify(sketch.drawn) === body) {
          sketch.take(answer);
          tell(word("merged"));
        }
        show(sketch.dirty ? "dirty" : "saved", { time: new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) });
        draw();
      } else if (response.status === 401 || response.status === 403 || response.type === "opaqueredirect") show("signin");
      else if (response.status === 412 && answer.current) {
        theirs = answer.current;
        find("who").textContent = theirs.by ?? "";
        find("theirs").textContent = `${theirs.title}\n\n${theirs.text ?? ""}`;
        conflict.hidden = false;
        conflict.focus();
        show("conflict");
      } else if (response.status >= 400 && response.status < 500 && response.status !== 429) {
        refuse(answer.errors?.length ? answer.errors.map((e) => ({ field: (e.location ?? "").split(".").at(-1) ?? "", message: e.message })) : [{ field: "", message: answer.detail ?? answer.title ?? "" }]);
      } else show("away");
    } catch {
      show("away");
    } finally {
      saving = false;
      saveButton.removeAttribute("aria-disabled");
    }
  }

  saveButton.addEventListener("click", () => void save());
  confirm.addEventListener("click", () => void save(true));
  find("keep").addEventListener("click", () => {
    if (!theirs) return;
    tag = theirs.tag; // over what stands, which stays among the earlier versions
    conflict.hidden = true;
    void save();
    saveButton.focus();
  });
  find("take").addEventListener("click", () => {
    if (!theirs) return;
    tag = theirs.tag;
    sketch.take(theirs);
    conflict.hidden = true;
    changed();
    saveButton.focus();
  });

  addEventListener("beforeunload", (event) => {
    if (sketch.dirty) event.preventDefault();
  });
  new ResizeObserver(() => arrows()).observe(area);

  root.hidden = false;
  show("idle");
  draw();
  if (sketch.drawn.nodes.length === 0) tell(word("empty"));
}
