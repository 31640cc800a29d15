import assert from "node:assert/strict";
import { test } from "node:test";
import { broken, heightOf, numbersIn } from "./axis.ts";

test("numbers on axes are the language's", () => {
  const written = (language: string) => numbersIn(language).format(1234567.5).replaceAll("\u00a0", " ");
  assert.equal(written("nb"), "1 234 567,5");
  assert.equal(written("nn"), "1 234 567,5");
  assert.equal(written("en"), "1,234,567.5");
  assert.equal(numbersIn("nb").format(0.05), "0,05");
});

test("a long name is broken between words, and loses none", () => {
  const name = "Timer per uke, endring fra nullpunktet. Mer er bedre";
  const lines = broken(name, 30).split("\n");
  assert.deepEqual(lines, ["Timer per uke, endring fra", "nullpunktet. Mer er bedre"]);
  assert.equal(broken(name, 200), name);
  assert.equal(broken("Velferdsteknologi og annet", 5), "Velferdsteknologi\nog\nannet");
  assert.equal(broken("", 30), "");
});

test("every bar has room for all lines of the longest name", () => {
  const short = heightOf(["IT-drift", "Support"]);
  const long = heightOf(["IT-drift", "Oppgraderinger og vedlikehold av løsninger"]);
  assert.ok(long - short >= 2 * 2 * 18, `${short} and ${long}`);
  assert.ok(heightOf(Array.from({ length: 24 }, () => "Forvalte rutiner for behandling av personopplysninger")) >= 24 * 3 * 18);
  assert.ok(heightOf(["Alle\n(ikke bestemt)"]) > heightOf(["Alle"]));
});
