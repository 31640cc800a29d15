import assert from "node:assert/strict";
import test from "node:test";
import { Follower, type Source } from "./follow.ts";

/** A page with a clock of its own, and sources whose events the test makes. */
class Page {
  sources: Fake[] = [];
  shown: string[] = [];
  told: string[] = [];
  timers = new Map<number, { at: number; run: () => void }>();
  now = 0;
  #timer = 0;

  follower = new Follower({
    open: () => {
      const source = new Fake();
      this.sources.push(source);
      return source;
    },
    later: (milliseconds, run) => {
      const id = ++this.#timer;
      this.timers.set(id, { at: this.now + milliseconds, run });
      return () => this.timers.delete(id);
    },
    show: (html) => this.shown.push(html),
    tell: (what) => this.told.push(what),
  });

  get source(): Fake {
    return this.sources.at(-1)!;
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    for (const [id, timer] of [...this.timers]) {
      if (timer.at <= this.now && this.timers.delete(id)) timer.run();
    }
  }
}

class Fake implements Source {
  readyState = 0;
  #hear = new Map<string, (event: { data?: unknown }) => void>();
  addEventListener(kind: string, hear: (event: { data?: unknown }) => void): void {
    this.#hear.set(kind, hear);
  }
  close(): void {
    this.readyState = 2;
  }
  say(kind: string, data?: string): void {
    this.#hear.get(kind)?.({ data });
  }
}

test("each state is shown, and silence is not taken for an end while the server says it is there", () => {
  const page = new Page();
  page.follower.start();
  page.source.say("open");
  page.source.say("state", "<p>1</p>");
  for (let i = 0; i < 10; i++) {
    page.pass(15_000);
    page.source.say("beat");
  }
  page.source.say("state", "<p>2</p>");
  assert.deepEqual(page.shown, ["<p>1</p>", "<p>2</p>"]);
  assert.equal(page.sources.length, 1);
  assert.equal(page.told.at(-1), "following");
});

test("a stream that has fallen silent is begun anew, and the old one is heard no more", () => {
  const page = new Page();
  page.follower.start();
  const first = page.source;
  first.say("open");
  page.pass(40_000);
  assert.equal(page.sources.length, 2);
  assert.equal(first.readyState, 2);
  first.say("state", "<p>late</p>");
  assert.deepEqual(page.shown, []);
});

test("a server that refuses is asked again after longer and longer pauses, until it answers", () => {
  const page = new Page();
  page.follower.start();
  const pauses: number[] = [];
  for (let i = 0; i < 6; i++) {
    page.source.close();
    page.source.say("error");
    assert.equal(page.told.at(-1), "away");
    const before = page.now;
    const count = page.sources.length;
    while (page.sources.length === count) page.pass(1_000);
    pauses.push(page.now - before);
  }
  assert.deepEqual(pauses, [2_000, 5_000, 15_000, 30_000, 30_000, 30_000]);
  page.source.say("open");
  page.source.close();
  page.source.say("error");
  const count = page.sources.length;
  page.pass(2_000);
  assert.equal(page.sources.length, count + 1);
});

test("a broken connection that the browser mends itself is left to it", () => {
  const page = new Page();
  page.follower.start();
  page.source.say("open");
  page.source.say("error"); // readyState: connecting
  page.pass(30_000);
  assert.equal(page.sources.length, 1);
  page.source.say("open");
  assert.deepEqual(page.told, ["following", "away", "following"]);
});

test("when it is over it is over, also when the page is shown again", () => {
  const page = new Page();
  page.follower.start();
  page.source.say("over");
  page.pass(1_000_000);
  page.follower.start();
  assert.equal(page.sources.length, 1);
  assert.equal(page.source.readyState, 2);
  assert.deepEqual(page.told, ["over"]);
  assert.equal(page.timers.size, 0);
});

test("a hidden page holds no connection, and begins anew when it is shown", () => {
  const page = new Page();
  page.follower.start();
  page.follower.stop();
  assert.equal(page.source.readyState, 2);
  page.pass(1_000_000);
  assert.equal(page.sources.length, 1);
  page.follower.start();
  page.follower.start();
  assert.equal(page.sources.length, 2);
});
