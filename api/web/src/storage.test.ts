import assert from "node:assert/strict";
import test from "node:test";
import { SafeStorage } from "./storage.ts";

test("a storage that is forbidden or full loses nothing while the page is open", () => {
  const forbidden = new SafeStorage(() => {
    throw new Error("SecurityError");
  });
  forbidden.setItem("a", "1");
  assert.equal(forbidden.getItem("a"), "1");
  assert.equal(forbidden.length, 1);

  const items = new Map([["old", "0"]]);
  let full = true;
  const limited = new SafeStorage(() => ({
    get length() {
      return items.size;
    },
    key: (i) => [...items.keys()][i] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem(key, value) {
      if (full) throw new Error("QuotaExceededError");
      items.set(key, value);
    },
    removeItem: (key) => void items.delete(key),
  }));
  limited.setItem("old", "1");
  limited.setItem("new", "2");
  assert.equal(limited.getItem("old"), "1", "the newest text, not the one the browser still holds");
  assert.deepEqual([0, 1].map((i) => limited.key(i)).sort(), ["new", "old"]);
  full = false;
  limited.setItem("old", "3");
  assert.equal(items.get("old"), "3");
  assert.equal(limited.getItem("old"), "3");
  limited.removeItem("old");
  limited.removeItem("new");
  assert.equal(limited.length, 0);
});
