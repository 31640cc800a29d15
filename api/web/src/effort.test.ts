import assert from "node:assert/strict";
import { test } from "node:test";
import { Minutes } from "./effort.ts";

test("a minute counts when somebody did something and saw the page", () => {
  const minutes = new Minutes();
  assert.equal(minutes.pass(true), false, "nobody did anything");
  minutes.act();
  minutes.act();
  assert.equal(minutes.pass(true), true);
  assert.equal(minutes.pass(true), false, "what was done counts in its own minute only");
  minutes.act();
  assert.equal(minutes.pass(false), false, "the page was out of sight");
  assert.equal(minutes.pass(true), false, "nor does it count later");
});
