import assert from "node:assert/strict";
import { test } from "node:test";
import { Presence } from "./presence.ts";

/** A page with a clock of its own, and a server that answers what the test says. */
function page(...answers: (string | undefined)[]) {
  const did = { asked: 0, left: 0, shown: [] as string[], heard: [] as string[] };
  let timer: (() => void) | undefined;
  const presence = new Presence({
    ask: () => Promise.resolve(answers[did.asked++]),
    leave: () => did.left++,
    later(_, run) {
      timer = run;
      return () => (timer = undefined);
    },
    show: (says) => did.shown.push(says),
    hear: (says) => did.heard.push(says),
  });
  /** The time until the next question has gone. */
  const pass = async () => {
    const run = timer;
    timer = undefined;
    run?.();
    await new Promise(setImmediate);
    return run !== undefined;
  };
  return { did, presence, pass };
}

test("a page in sight asks again and again, and says each sentence once to who listens", async () => {
  const { did, presence, pass } = page("Kari", "", "Kari", "Kari og Ola");
  await presence.start();
  for (let i = 0; i < 3; i++) assert.ok(await pass());
  assert.deepEqual(did.shown, ["Kari", "", "Kari", "Kari og Ola"]);
  assert.deepEqual(did.heard, ["Kari", "Kari og Ola"]);
});

test("a page out of sight asks nothing, and asks at once when it is looked at again", async () => {
  const { did, presence, pass } = page("Kari", "Ola");
  await presence.start();
  presence.stop();
  assert.ok(!(await pass()));
  await presence.start();
  assert.deepEqual(did.shown, ["Kari", "Ola"]);
  presence.leave();
  assert.ok(!(await pass()));
  assert.equal(did.left, 1);
});

test("nobody is shown when the server can't be asked, and who may not ask any more stops", async () => {
  const { did, presence, pass } = page("Kari", "away", undefined);
  await presence.start();
  assert.ok(await pass());
  assert.ok(await pass());
  assert.ok(!(await pass()), "it goes on asking");
  assert.deepEqual(did.shown, ["Kari", "", ""]);
});

test("an answer that comes when the page is out of sight is not shown", async () => {
  const { did, presence } = page("Kari");
  const asking = presence.start();
  presence.stop();
  await asking;
  assert.deepEqual(did.shown, []);
});
