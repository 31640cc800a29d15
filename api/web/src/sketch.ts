// A benefit map while it is drawn: boxes, arrows, and a way back. It knows no page, so that its tests need none.

export type Kind = "measure" | "change" | "effect" | "goal";
export const kinds: readonly Kind[] = ["measure", "change", "effect", "goal"];

export interface Box {
  id: string;
  kind: Kind;
  text: string;
  benefit?: string;
  step?: string; // of the improvement plan
}

export interface Arrow {
  from: string;
  to: string;
}

/** What is drawn, as the server takes it. */
export interface Drawn {
  title: string;
  nodes: Box[];
  edges: Arrow[];
}

export type Tie = "connected" | "already" | "same" | "missing";

const mostBoxes = 60; // as the server has it
const mostSteps = 200; // back

/** column of a kind, 0 to 3. */
export function column(kind: Kind): number {
  return kinds.indexOf(kind);
}

/** Sketch changes a map one step at a time. Every change can be undone, and done again until something else is done. */
export class Sketch {
  #now: Drawn;
  #back: Drawn[] = [];
  #ahead: Drawn[] = [];
  #saved: string;
  readonly #newID: () => string;

  constructor(begin: Drawn, newID: () => string) {
    this.#now = copy(begin);
    this.#saved = words(this.#now);
    this.#newID = newID;
  }

  get drawn(): Drawn {
    return copy(this.#now);
  }

  get dirty(): boolean {
    return words(this.#now) !== this.#saved;
  }

  get canUndo(): boolean {
    return this.#back.length > 0;
  }

  get canRedo(): boolean {
    return this.#ahead.length > 0;
  }

  box(id: string): Box | undefined {
    return this.#now.nodes.find((n) => n.id === id);
  }

  /** The boxes of a column, from the top. */
  boxes(kind: Kind): Box[] {
    return this.#now.nodes.filter((n) => n.kind === kind);
  }

  /** What a box leads to. */
  ahead(id: string): Box[] {
    return this.#now.edges.filter((e) => e.from === id).flatMap((e) => this.box(e.to) ?? []);
  }

  get arrows(): readonly Arrow[] {
    return this.#now.edges;
  }

  /** Where an arrow from a box may lead: every box of a later column. */
  targets(id: string): Box[] {
    const from = this.box(id);
    return from ? this.#now.nodes.filter((n) => column(n.kind) > column(from.kind)) : [];
  }

  /** Adds a box at the bottom of its column; nothing when the map is full. */
  add(kind: Kind): Box | undefined {
    if (this.#now.nodes.length >= mostBoxes) return undefined;
    const box: Box = { id: this.#newID(), kind, text: "" };
    this.#change((d) => d.nodes.push(box));
    return { ...box };
  }

  /** Words a box anew. Typing in one go is one step: `first` begins it. */
  word(id: string, text: string, first: boolean): void {
    this.#change((d) => {
      const box = d.nodes.find((n) => n.id === id);
      if (box) box.text = text;
    }, first);
  }

  name(title: string, first: boolean): void {
    this.#change((d) => (d.title = title), first);
  }

  /** Says which benefit an effect is followed up by, "" for none. */
  follow(id: string, benefit: string): void {
    this.#change((d) => {
      const box = d.nodes.find((n) => n.id === id);
      if (!box || box.kind !== "effect") return;
      if (benefit) box.benefit = benefit;
      else delete box.benefit;
    });
  }

  /** Says which step of the improvement plan a measure is, "" for none. */
  plan(id: string, step: string): void {
    this.#change((d) => {
      const box = d.nodes.find((n) => n.id === id);
      if (!box || box.kind !== "measure") return;
      if (step) box.step = step;
      else delete box.step;
    });
  }

  /** Connects two boxes, whichever is named first: the arrow leads to the later column. */
  connect(a: string, b: string): Tie {
    const one = this.box(a);
    const other = this.box(b);
    if (!one || !other) return "missing";
    if (one.kind === other.kind) return "same";
    const [from, to] = column(one.kind) < column(other.kind) ? [one, other] : [other, one];
    if (this.#now.edges.some((e) => e.from === from.id && e.to === to.id)) return "already";
    this.#change((d) => d.edges.push({ from: from.id, to: to.id }));
    return "connected";
  }

  disconnect(from: string, to: string): void {
    this.#change((d) => (d.edges = d.edges.filter((e) => e.from !== from || e.to !== to)));
  }

  /** Removes a box, and the arrows at it. */
  remove(id: string): void {
    this.#change((d) => {
      d.nodes = d.nodes.filter((n) => n.id !== id);
      d.edges = d.edges.filter((e) => e.from !== id && e.to !== id);
    });
  }

  /** Moves a box up (-1) or down (1) in its column, and tells at which place it is then, from 1. */
  move(id: string, by: -1 | 1): number {
    const box = this.box(id);
    if (!box) return 0;
    const column = this.boxes(box.kind);
    const at = column.findIndex((n) => n.id === id);
    const other = column[at + by];
    if (!other) return at + 1;
    this.#change((d) => {
      const i = d.nodes.findIndex((n) => n.id === id);
      const j = d.nodes.findIndex((n) => n.id === other.id);
      [d.nodes[i], d.nodes[j]] = [d.nodes[j]!, d.nodes[i]!];
    });
    return at + by + 1;
  }

  undo(): boolean {
    const before = this.#back.pop();
    if (!before) return false;
    this.#ahead.push(this.#now);
    this.#now = before;
    return true;
  }

  redo(): boolean {
    const after = this.#ahead.pop();
    if (!after) return false;
    this.#back.push(this.#now);
    this.#now = after;
    return true;
  }

  /** Takes over what stands on the server. It can be undone, which brings back what was drawn here. */
  take(theirs: Drawn): void {
    this.#change((d) => Object.assign(d, copy(theirs)));
    this.#saved = words(theirs);
  }

  /** Notes that something was saved; what was drawn meanwhile is not. */
  savedAs(sent: Drawn): void {
    this.#saved = words(sent);
  }

  #change(change: (d: Drawn) => unknown, step = true): void {
    const before = copy(this.#now);
    change(this.#now);
    if (words(before) === words(this.#now)) return;
    if (step) {
      this.#back.push(before);
      if (this.#back.length > mostSteps) this.#back.shift();
    }
    this.#ahead = [];
  }
}

function copy(d: Drawn): Drawn {
  return { title: d.title, nodes: d.nodes.map((n) => ({ ...n })), edges: d.edges.map((e) => ({ ...e })) };
}

/** words are the same for what is the same map: arrows have no order. */
function words(d: Drawn): string {
  return JSON.stringify([d.title, d.nodes.map((n) => [n.id, n.kind, n.text, n.benefit ?? "", n.step ?? ""]), d.edges.map((e) => `${e.from} ${e.to}`).sort()]);
}
