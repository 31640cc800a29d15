import assert from "node:assert/strict";
import { test } from "node:test";
import { Sketch, type Drawn } from "./sketch.ts";

const begin: Drawn = {
  title: "Tilsyn",
  nodes: [
    { id: "a", kind: "measure", text: "A" },
    { id: "b", kind: "change", text: "B" },
    { id: "c", kind: "goal", text: "C" },
  ],
  edges: [{ from: "a", to: "b" }],
};

function sketch(): Sketch {
  let n = 0;
  return new Sketch(begin, () => `n${++n}`);
}

test("every change can be undone and done again, back to what was saved", () => {
  const s = sketch();
  const states = [s.drawn];
  const note = () => states.push(s.drawn);
  const box = s.add("effect");
  assert.equal(box?.id, "n1");
  note();
  s.word("n1", "Min", true);
  s.word("n1", "Mindre", false);
  s.word("n1", "Mindre kjøring", false);
  note();
  s.follow("n1", "b-1");
  note();
  assert.equal(s.connect("b", "n1"), "connected");
  note();
  s.remove("b");
  note();
  s.name("Nytt", true);
  note();
  assert.equal(s.dirty, true);
  assert.deepEqual(s.drawn.edges, []);
  for (let i = states.length - 2; i >= 0; i--) {
    assert.equal(s.undo(), true);
    assert.deepEqual(s.drawn, states[i]);
  }
  assert.equal(s.canUndo, false);
  assert.equal(s.undo(), false);
  assert.equal(s.dirty, false);
  for (let i = 1; i < states.length; i++) {
    assert.equal(s.redo(), true);
    assert.deepEqual(s.drawn, states[i]);
  }
  assert.equal(s.redo(), false);
  s.undo();
  s.add("goal");
  assert.equal(s.canRedo, false);
});

test("a measure is a step of the plan, and nothing else is; what is chosen can be undone", () => {
  const s = sketch();
  const measure = s.add("measure")!.id;
  const goal = s.add("goal")!.id;
  s.plan(measure, "s-1");
  s.plan(goal, "s-1");
  assert.equal(s.box(measure)?.step, "s-1");
  assert.equal(s.box(goal)?.step, undefined);
  s.savedAs(s.drawn);
  s.plan(measure, "");
  assert.equal(s.box(measure)?.step, undefined);
  assert.equal(s.dirty, true);
  s.undo();
  assert.equal(s.box(measure)?.step, "s-1");
  assert.equal(s.dirty, false);
});

test("an arrow leads to the later column, whichever box was named first, and is there once", () => {
  const s = sketch();
  assert.equal(s.connect("c", "b"), "connected");
  assert.deepEqual(s.arrows.at(-1), { from: "b", to: "c" });
  assert.equal(s.connect("b", "c"), "already");
  const other = s.add("change")!;
  assert.equal(s.connect("b", other.id), "same");
  assert.equal(s.connect("b", "none"), "missing");
  assert.deepEqual(s.targets("a").map((n) => n.id), ["b", "c", "n1"]);
  assert.deepEqual(s.targets("c"), []);
  s.disconnect("b", "c");
  assert.deepEqual(s.arrows, [{ from: "a", to: "b" }]);
});

test("a box moves within its column and stops at its ends", () => {
  const s = sketch();
  s.add("measure");
  assert.equal(s.move("a", -1), 1);
  assert.equal(s.move("a", 1), 2);
  assert.deepEqual(s.boxes("measure").map((n) => n.id), ["n1", "a"]);
  assert.equal(s.move("a", 1), 2);
});

test("a full map takes no more boxes", () => {
  const s = sketch();
  for (let i = 3; i < 60; i++) assert.ok(s.add("goal"));
  assert.equal(s.add("goal"), undefined);
});

test("what is drawn while a save is under way is not saved, and theirs can be undone", () => {
  const s = sketch();
  s.word("a", "Sensor", true);
  const sent = s.drawn;
  s.word("b", "Søvn", true);
  s.savedAs(sent);
  assert.equal(s.dirty, true);
  s.take(begin);
  assert.equal(s.dirty, false);
  s.undo();
  assert.equal(s.drawn.nodes[1]!.text, "Søvn");
  assert.equal(s.dirty, true);
});
