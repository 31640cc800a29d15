import assert from "node:assert/strict";
import { test } from "node:test";
import { understand, Watch, type Left, type Notice } from "./session.ts";

/** A page with a clock, and a server that answers what it is told to. */
function page(first: { left: number; most: number }) {
  const told: Notice[] = [];
  const timers: { at: number; run: () => void }[] = [];
  const p = {
    time: 0,
    answer: undefined as Left | "away",
    asked: 0,
    kept: 0,
    told,
    last: () => told.at(-1),
    /** Lets seconds pass, running what falls due. */
    async pass(seconds: number) {
      const end = p.time + seconds * 1000;
      for (;;) {
        const due = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.splice(timers.indexOf(due), 1);
        p.time = due.at;
        due.run();
        for (let i = 0; i < 5; i++) await Promise.resolve();
      }
      p.time = end;
    },
    watch: undefined as unknown as Watch,
  };
  p.watch = new Watch(
    {
      now: () => p.time,
      later(milliseconds, run) {
        const timer = { at: p.time + milliseconds, run };
        timers.push(timer);
        return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
      },
      ask: () => (p.asked++, Promise.resolve(p.answer)),
      keep: () => (p.kept++, Promise.resolve(p.answer)),
      tell: (notice) => told.push(notice),
    },
    first,
  );
  return p;
}

test("nothing is said, and the server not asked, until five minutes before the end", async () => {
  const p = page({ left: 1800, most: 7200 });
  await p.pass(1499);
  assert.equal(p.asked, 0);
  p.answer = { left: 300, most: 5700 };
  await p.pass(1);
  assert.deepEqual(p.last(), { what: "soon", minutes: 5 });
});

test("who was at work in another tab is not warned", async () => {
  const p = page({ left: 1800, most: 7200 });
  p.answer = { left: 1700, most: 5700 };
  await p.pass(1500);
  assert.deepEqual(p.last(), { what: "nothing" });
  p.answer = { left: 300, most: 4300 };
  await p.pass(1400);
  assert.deepEqual(p.last(), { what: "soon", minutes: 5 });
});

test("staying takes the warning away, and the next one comes in time", async () => {
  const p = page({ left: 1800, most: 7200 });
  p.answer = { left: 300, most: 5700 };
  await p.pass(1500);
  p.answer = { left: 1800, most: 5700 };
  await p.watch.keep();
  assert.deepEqual([p.kept, p.last()], [1, { what: "nothing" }]);
  p.answer = { left: 300, most: 4200 };
  await p.pass(1500);
  assert.deepEqual(p.last(), { what: "soon", minutes: 5 });
});

test("minutes are counted down, and then it is over", async () => {
  const p = page({ left: 1800, most: 7200 });
  p.answer = { left: 300, most: 5700 };
  await p.pass(1500);
  p.answer = { left: 240, most: 5640 };
  await p.pass(60);
  assert.deepEqual(p.last(), { what: "soon", minutes: 4 });
  p.answer = undefined;
  await p.pass(240);
  assert.deepEqual(p.last(), { what: "over" });
  const asked = p.asked;
  await p.pass(3600);
  assert.equal(p.asked, asked, "nothing more to ask");
});

test("the very end can't be put off", async () => {
  const p = page({ left: 1200, most: 1200 });
  p.answer = { left: 300, most: 300 };
  await p.pass(900);
  assert.deepEqual(p.last(), { what: "last", minutes: 5 });
});

test("an unreachable server says nothing about the session", async () => {
  const p = page({ left: 1800, most: 7200 });
  p.answer = "away";
  await p.pass(1560);
  assert.deepEqual(p.told, [{ what: "nothing" }]);
  assert.equal(p.asked, 2);
  p.answer = undefined;
  await p.pass(60);
  assert.deepEqual(p.last(), { what: "over" });
});

test("a short session warns half-way", async () => {
  const p = page({ left: 300, most: 300 });
  assert.deepEqual(p.last(), { what: "nothing" });
  p.answer = { left: 150, most: 150 };
  await p.pass(150);
  assert.deepEqual(p.last(), { what: "last", minutes: 3 });
});

test("answers", () => {
  assert.deepEqual(understand(200, { left: 5, most: 6 }), { left: 5, most: 6 });
  assert.equal(understand(401, {}), undefined);
  for (const [status, body] of [[200, undefined], [200, { left: "5" }], [503, {}], [0, undefined]] as const) assert.equal(understand(status, body), "away");
});
