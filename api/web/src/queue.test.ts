import assert from "node:assert/strict";
import test from "node:test";
import { Queue, sameAnswer, type Event, type Reply, type Request } from "./queue.ts";

/** A browser's storage, which several queues may share as tabs do. */
class Store {
  readonly items = new Map<string, string>();
  get length() {
    return this.items.size;
  }
  key(i: number) {
    return [...this.items.keys()][i] ?? null;
  }
  getItem(key: string) {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.items.set(key, value);
  }
  removeItem(key: string) {
    this.items.delete(key);
  }
}

/** A server that keeps one answer per address the way the API does: tags, edit ids, conflicts. away makes it unreachable; lose lets it
    work but drops the reply. */
class Server {
  readonly answers = new Map<string, { tag: string; body: string; edits: Set<string> }>();
  readonly requests: Request[] = [];
  away = false;
  lose = false;
  refuse: Reply | undefined;
  #tags = 0;

  async send(request: Request): Promise<Reply> {
    this.requests.push(structuredClone(request));
    await Promise.resolve();
    if (this.away) return { kind: "away" };
    if (this.refuse) return this.refuse;
    const answer = this.answers.get(request.url);
    if (answer?.edits.has(request.edit.id)) return { kind: "saved", tag: answer.tag, savedAt: "14:02" };
    if ((answer?.tag ?? "") !== request.base) {
      return { kind: "stale", current: { tag: answer?.tag ?? "", by: "Kari", savedAt: "14:01", ...(JSON.parse(answer?.body ?? "{}") as object) } };
    }
    const tag = `t${++this.#tags}`;
    this.answers.set(request.url, { tag, body: request.edit.body, edits: new Set([...(answer?.edits ?? []), request.edit.id]) });
    return this.lose ? { kind: "away" } : { kind: "saved", tag, savedAt: "14:02" };
  }
}

let ids = 0;

function make(server: Server, store = new Store(), person = "kari") {
  const timers: { at: number; run: () => void }[] = [];
  const events: Event[] = [];
  let now = 0;
  const queue = new Queue({
    storage: store,
    person,
    send: (request) => server.send(request),
    later(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers.push(timer);
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
    },
    newId: () => `edit-${++ids}`,
    lock: (_, run) => run(),
    tell: (event) => events.push(structuredClone(event)),
  });
  return {
    queue,
    store,
    events,
    timers,
    /** Lets the time pass and everything that falls due happen. */
    async pass(milliseconds: number) {
      const until = now + milliseconds;
      for (;;) {
        await settle();
        const due = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.splice(timers.indexOf(due), 1);
        now = due.at;
        due.run();
      }
      now = until;
    },
  };
}

async function settle() {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

/** The tag that the form stands on after what the page was told, or undefined when nothing was saved yet. */
function tagOf(events: Event[]): string | undefined {
  const saved = events.findLast((event) => event.what === "saved");
  return saved?.what === "saved" ? saved.reply.tag : undefined;
}

const form = { name: "h2026/3909/a", url: "/answers/a", page: "/tasks/a", base: "" };
const level = (n: number, note = "") => JSON.stringify({ level: n, note });

test("what is written is stored before it is sent, and gone after it is saved", async () => {
  const server = new Server();
  const { queue, store, pass, events } = make(server);
  queue.put(form, level(3), 800);
  assert.equal(store.length, 1);
  assert.equal(server.requests.length, 0);
  await pass(799);
  assert.equal(server.requests.length, 0);
  await pass(1);
  assert.equal(server.requests.length, 1);
  assert.equal(store.length, 0);
  assert.equal(server.answers.get(form.url)?.body, level(3));
  assert.deepEqual(events.map((e) => e.what), ["entry", "entry", "saving", "saved"]);
});

test("key strokes within the wait become one edit with one id", async () => {
  const server = new Server();
  const { queue, pass } = make(server);
  for (const note of ["h", "he", "hei"]) {
    queue.put(form, level(3, note), 800);
    await pass(500);
  }
  await pass(300);
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0]?.edit.body, level(3, "hei"));
});

test("while the server is away it is tried again, ever less often, and saved when it is back", async () => {
  const server = new Server();
  server.away = true;
  const { queue, pass, store, events } = make(server);
  queue.put(form, level(3), 0);
  await pass(0);
  assert.equal(events.at(-1)?.what, "away");
  await pass(1000 + 2000 + 4000);
  assert.equal(server.requests.length, 4);
  await pass(3_600_000);
  const hour = server.requests.length;
  assert.ok(hour < 70, `${hour} tries in an hour`);
  server.away = false;
  await pass(60_000);
  assert.equal(store.length, 0);
  assert.equal(new Set(server.requests.map((r) => r.edit.id)).size, 1, "one edit keeps one id");
});

test("the server's own wish to wait is heeded", async () => {
  const server = new Server();
  server.refuse = { kind: "away", after: 20 };
  const { queue, pass } = make(server);
  queue.put(form, level(3), 0);
  await pass(19_999);
  assert.equal(server.requests.length, 1);
  server.refuse = undefined;
  await pass(1);
  assert.equal(server.answers.get(form.url)?.body, level(3));
});

test("a lost reply does not save twice, and what was written meanwhile builds on it", async () => {
  const server = new Server();
  server.lose = true;
  const { queue, pass, store } = make(server);
  queue.put(form, level(2), 0);
  await pass(0);
  assert.equal(server.answers.get(form.url)?.tag, "t1");
  server.lose = false;
  queue.put(form, level(4), 0);
  await pass(5000);
  assert.equal(server.answers.get(form.url)?.tag, "t2");
  assert.equal(server.answers.get(form.url)?.body, level(4));
  assert.equal(store.length, 0);
  assert.deepEqual(server.requests.map((r) => r.base), ["", "", "t1"]);
});

test("what was not sent survives a reload", async () => {
  const server = new Server();
  server.away = true;
  const before = make(server);
  before.queue.put(form, level(3, "viktig"), 0);
  await before.pass(100);
  server.away = false;
  const after = make(server, before.store);
  assert.equal(after.queue.get(form.name)?.sent?.body, level(3, "viktig"));
  await after.queue.flush();
  assert.equal(server.answers.get(form.url)?.body, level(3, "viktig"));
  assert.equal(before.store.length, 0);
});

test("an unsent edit keeps the tag it stands on, so a reload cannot overwrite unseen", async () => {
  const server = new Server();
  server.away = true;
  const before = make(server);
  before.queue.put(form, level(3), 0);
  await before.pass(0);
  server.away = false;
  await server.send({ url: form.url, person: "ola", edit: { id: "other", body: level(1) }, base: "", leaving: false });
  const after = make(server, before.store);
  after.queue.put({ ...form, base: "t1" }, level(5), 0); // the reloaded page shows the other's tag
  await after.pass(0);
  assert.equal(after.queue.get(form.name)?.state, "conflict");
  assert.equal(server.answers.get(form.url)?.body, level(1));
});

test("a conflict waits for her: keep mine", async () => {
  const server = new Server();
  await server.send({ url: form.url, person: "ola", edit: { id: "other", body: level(1, "theirs") }, base: "", leaving: false });
  const { queue, pass, store, events } = make(server);
  queue.put(form, level(3), 0);
  await pass(600_000);
  const entry = queue.get(form.name);
  assert.equal(entry?.state, "conflict");
  assert.equal(entry?.current?.["note"], "theirs");
  assert.equal(server.requests.length, 2, "a conflict is not tried again");
  queue.put(form, level(4), 0); // she goes on writing
  await pass(1000);
  const heard = events.length;
  queue.put(form, level(4), 0); // and leaves the field for the button of her choice, which must not be drawn anew under the pointer
  assert.equal(events.length, heard);
  assert.equal(queue.get(form.name)?.state, "conflict");
  queue.keep(form.name);
  await pass(0);
  assert.equal(server.answers.get(form.url)?.body, level(4));
  assert.equal(store.length, 0);
});

test("a conflict waits for her: take theirs", async () => {
  const server = new Server();
  await server.send({ url: form.url, person: "ola", edit: { id: "other", body: level(1) }, base: "", leaving: false });
  const { queue, pass, store } = make(server);
  queue.put(form, level(3), 0);
  await pass(0);
  queue.drop(form.name);
  await pass(60_000);
  assert.equal(store.length, 0);
  assert.equal(server.answers.get(form.url)?.body, level(1));
});

test("two who wrote the same have nothing to choose", async () => {
  const server = new Server();
  await server.send({ url: form.url, person: "ola", edit: { id: "other", body: level(3, "") }, base: "", leaving: false });
  const { queue, pass, store, events } = make(server);
  queue.put(form, level(3), 0);
  await pass(0);
  assert.equal(store.length, 0);
  assert.equal(events.at(-1)?.what, "saved");
});

test("a refused edit keeps its text, is not sent again unchanged, and goes with a new id once changed", async () => {
  const server = new Server();
  server.refuse = { kind: "invalid", faults: [{ field: "note", message: "for lang" }] };
  const { queue, pass } = make(server);
  queue.put(form, level(3, "x"), 0);
  await pass(600_000);
  await queue.flush();
  assert.equal(server.requests.length, 1);
  assert.equal(queue.get(form.name)?.faults?.[0]?.message, "for lang");
  assert.equal(queue.get(form.name)?.next?.body, level(3, "x"));
  server.refuse = undefined;
  queue.put(form, level(3, "y"), 0);
  await pass(0);
  assert.equal(server.answers.get(form.url)?.body, level(3, "y"));
  assert.notEqual(server.requests[0]?.edit.id, server.requests[1]?.edit.id);
});

test("signed out: kept, and sent when she is back", async () => {
  const server = new Server();
  server.refuse = { kind: "signin" };
  const { queue, pass, store } = make(server);
  queue.put(form, level(3), 0);
  await pass(600_000);
  assert.equal(server.requests.length, 1);
  assert.equal(queue.get(form.name)?.state, "signin");
  server.refuse = undefined;
  const later = make(server, store);
  await later.queue.flush();
  assert.equal(store.length, 0);
  assert.equal(server.answers.get(form.url)?.body, level(3));
});

test("held back until it is complete, and still there after a reload", async () => {
  const server = new Server();
  const { queue, pass, store } = make(server);
  queue.put(form, JSON.stringify({ notApplicable: "", note: "n" }), 0, true);
  await pass(600_000);
  await queue.flush();
  assert.equal(server.requests.length, 0);
  assert.equal(queue.waiting(), 0);
  const reloaded = make(server, store);
  reloaded.queue.put(form, JSON.stringify({ notApplicable: "ingen slik tjeneste", note: "n" }), 0);
  await reloaded.pass(0);
  assert.equal(server.requests.length, 1);
  assert.equal(store.length, 0);
});

test("held back while an earlier edit is on its way: that one is settled, the held one stays", async () => {
  const server = new Server();
  server.lose = true;
  const { queue, pass } = make(server);
  queue.put(form, level(2), 0);
  await pass(0);
  server.lose = false;
  queue.put(form, JSON.stringify({ notApplicable: "" }), 0, true);
  await pass(10_000);
  const entry = queue.get(form.name);
  assert.equal(entry?.sent, undefined);
  assert.equal(entry?.next?.held, true);
  assert.equal(entry?.base, "t1");
});

test("another person's text is neither sent, shown, counted nor erased", async () => {
  const server = new Server();
  server.away = true;
  const kari = make(server, new Store(), "kari");
  kari.queue.put(form, level(3, "Karis"), 0);
  await kari.pass(0);
  server.away = false;
  server.requests.length = 0;
  for (const person of ["ola", "kar", "kari/h2026", "", "%"]) {
    const other = make(server, kari.store, person);
    await other.queue.flush();
    assert.deepEqual(other.queue.all(), [], person);
    assert.equal(other.queue.get(form.name), undefined);
    other.queue.erase();
  }
  assert.equal(server.requests.length, 0);
  assert.equal(kari.queue.all().length, 1);
  kari.queue.erase();
  assert.equal(kari.store.length, 0);
});

test("erased while a reply is under way: the reply brings nothing back", async () => {
  const server = new Server();
  const { queue, store } = make(server);
  queue.put(form, level(3), 0);
  const sending = queue.flush();
  queue.erase();
  await sending;
  await settle();
  assert.equal(store.length, 0);
});

test("two tabs send each edit once at most as two, and the server keeps one", async () => {
  const server = new Server();
  server.away = true;
  const first = make(server);
  first.queue.put(form, level(3), 0);
  await first.pass(0);
  server.away = false;
  const second = make(server, first.store);
  await Promise.all([first.queue.flush(), second.queue.flush()]);
  assert.equal(server.answers.get(form.url)?.edits.size, 1);
  assert.equal(first.store.length, 0);
});

test("a storage entry that is not ours is left alone", async () => {
  const server = new Server();
  const { queue, store } = make(server);
  store.setItem("helhet.unsent/kari/x", "not json");
  await queue.flush();
  assert.deepEqual(queue.all(), []);
  assert.equal(store.getItem("helhet.unsent/kari/x"), "not json");
});

test("whatever order things happen in, the last thing she wrote is what is saved", async () => {
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed;
    const random = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >> 12) % n;
    }; // a failure names its seed
    const server = new Server();
    const store = new Store();
    let tab = make(server, store);
    let last = "";
    let base = ""; // the tag in the page as the server rendered it
    for (let step = 0; step < 12; step++) {
      switch (random(6)) {
        case 0:
        case 1:
          last = level(random(6), `${seed}-${step}`);
          tab.queue.put({ ...form, base: tagOf(tab.events) ?? base }, last, random(2) * 800);
          break;
        case 2:
          server.away = !server.away;
          break;
        case 3:
          server.lose = !server.lose;
          break;
        case 4:
          await tab.pass(random(3000));
          break;
        case 5:
          tab.timers.length = 0; // the page is closed and opened again
          await settle();
          base = server.answers.get(form.url)?.tag ?? "";
          tab = make(server, store);
          void tab.queue.flush();
      }
    }
    server.away = server.lose = false;
    await tab.pass(600_000);
    if (last === "") continue;
    assert.equal(server.answers.get(form.url)?.body, last, `seed ${seed}`);
    assert.equal(store.length, 0, `seed ${seed}`);
  }
});

test("the same answer, however it is written down", () => {
  assert.ok(sameAnswer('{"level":3,"note":""}', { tag: "x", by: "K", level: 3 }));
  assert.ok(sameAnswer('{"contributing":["it","user"]}', { tag: "x", contributing: ["user", "it"] }));
  assert.ok(!sameAnswer('{"level":0}', { tag: "x" }));
  assert.ok(!sameAnswer('{"level":3,"note":"a"}', { tag: "x", level: 3, note: "b" }));
  assert.ok(!sameAnswer('{"notApplicable":"a"}', { tag: "x", level: 3 }));
});

test("what was carried from last round is nobody's answer, so the same one is hers to give", async () => {
  const server = new Server();
  server.refuse = { kind: "stale", current: { tag: "t9", level: 3, carried: true } };
  const { queue } = make(server);
  queue.put({ name: "r/m/q", url: "/q", page: "/", base: "" }, level(3), 0);
  await queue.flush();
  assert.equal(queue.get("r/m/q")?.state, "conflict");
  server.refuse = undefined;
  server.answers.set("/q", { tag: "t9", body: "{}", edits: new Set() });
  queue.keep("r/m/q");
  await queue.flush();
  assert.equal(queue.get("r/m/q"), undefined);
  assert.deepEqual(server.requests.map((request) => request.base), ["", "t9"]);
  assert.ok(sameAnswer('{"level":3}', { tag: "x", level: 3, carried: false }));
});

test("each edit says who wrote it", async () => {
  const server = new Server();
  const { queue } = make(server);
  queue.put({ name: "r/m/q", url: "/q", page: "/", base: "" }, level(1), 0);
  await queue.flush();
  assert.deepEqual(server.requests.map((request) => request.person), ["kari"]);
});
