import assert from "node:assert/strict";
import test from "node:test";
import { send, understand } from "./server.ts";

test("what statuses mean", () => {
  const cases: [number, string | null, unknown, unknown][] = [
    [200, null, { tag: "t1", savedAt: "14:02" }, { kind: "saved", tag: "t1", savedAt: "14:02" }],
    [200, null, { tag: "t1", savedAt: "14:02", target: "<p>Fra 2 til 3</p>" }, { kind: "saved", tag: "t1", savedAt: "14:02", target: "<p>Fra 2 til 3</p>" }],
    [201, null, { tag: "t1", savedAt: "14:02", progress: { it: { answered: 1, of: 8 } }, reload: true }, { kind: "saved", tag: "t1", savedAt: "14:02", progress: { it: { answered: 1, of: 8 } }, reload: true }],
    [200, null, undefined, { kind: "away" }], // somebody else's page
    [200, null, { hello: "hotel" }, { kind: "away" }],
    [302, null, undefined, { kind: "away" }],
    [401, null, {}, { kind: "signin" }],
    [403, null, {}, { kind: "signin" }],
    [412, null, { current: { tag: "t9", level: 2 } }, { kind: "stale", current: { tag: "t9", level: 2 } }],
    [412, null, { current: { level: null } }, { kind: "stale", current: { tag: "", level: null } }],
    [412, null, { detail: "endret" }, { kind: "invalid", faults: [{ field: "", message: "endret" }] }],
    [422, null, { detail: "feil", errors: [{ location: "body.note", message: "for lang" }] }, { kind: "invalid", faults: [{ field: "note", message: "for lang" }] }],
    [422, null, { detail: "feil", errors: [] }, { kind: "invalid", faults: [{ field: "", message: "feil" }] }],
    [409, null, { title: "forseglet" }, { kind: "invalid", faults: [{ field: "", message: "forseglet" }] }],
    [404, null, undefined, { kind: "invalid", faults: [{ field: "", message: "" }] }],
    [428, null, { detail: "uten merke" }, { kind: "invalid", faults: [{ field: "", message: "uten merke" }] }],
    [429, "7", {}, { kind: "away", after: 7 }],
    [503, null, {}, { kind: "away" }],
    [503, "Wed, 21 Oct 2026 07:28:00 GMT", {}, { kind: "away" }],
    [500, null, "text", { kind: "away" }],
  ];
  for (const [status, retryAfter, body, want] of cases) {
    assert.deepEqual(understand(status, retryAfter, body), want, `${status} ${JSON.stringify(body)}`);
  }
});

test("the request says what it changes and carries its edit id", async () => {
  const calls: RequestInit[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = ((_: string, init: RequestInit) => {
    calls.push(init);
    return Promise.resolve(new Response('{"tag":"t1","savedAt":"14:02"}'));
  }) as typeof fetch;
  try {
    await send({ url: "/a", edit: { id: "e1", body: "{}" }, base: "", leaving: false });
    await send({ url: "/a", edit: { id: "e2", body: "{}" }, base: "t1", leaving: true });
    globalThis.fetch = () => Promise.reject(new TypeError("network"));
    assert.deepEqual(await send({ url: "/a", edit: { id: "e3", body: "{}" }, base: "t1", leaving: false }), { kind: "away" });
  } finally {
    globalThis.fetch = real;
  }
  const [first, second] = calls.map((call) => call.headers as Record<string, string>);
  assert.equal(first?.["If-None-Match"], "*");
  assert.equal(first?.["If-Match"], undefined);
  assert.equal(first?.["Idempotency-Key"], "e1");
  assert.equal(second?.["If-Match"], '"t1"');
  assert.equal(second?.["If-None-Match"], undefined);
  assert.equal(calls[1]?.keepalive, true);
});
