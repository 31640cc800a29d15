// What an autosave form holds, as the values that travel and back. Two kinds: "answer" is a level with why it changed, or not applicable with a
// reason, and a note; "fields" is every named control, as lists where the control's group carries data-list.

export type Values = Record<string, unknown>;

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export const confirmation = "confirmNumber"; // the box that saves a text although it seems to hold a fødselsnummer; no value of the answer
const notApplicable = "na"; // the radio beside the levels
const otherReason = "other"; // why it is not applicable, which wants words
const notRelevant = "not-relevant"; // the status that wants a reason

/** The named controls of a form that carry values of hers, not the form's own bookkeeping. */
export function controls(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(
    (e): e is Control =>
      (e instanceof HTMLInputElement || e instanceof HTMLSelectElement || e instanceof HTMLTextAreaElement) && e.name !== "" && e.type !== "hidden" && e.name !== confirmation,
  );
}

/** What the form says now, and whether it still lacks something before it can be saved. */
export function read(form: HTMLFormElement): { values: Values; held: boolean } {
  const { values, held } = answer(form);
  if (new FormData(form).has(confirmation)) values[confirmation] = true;
  return { values, held };
}

function answer(form: HTMLFormElement): { values: Values; held: boolean } {
  const given = new FormData(form);
  const text = (name: string) => String(given.get(name) ?? "").replaceAll("\r\n", "\n");
  if (form.dataset["autosave"] === "answer") {
    const level = given.get("level");
    const note = text("note");
    if (level === notApplicable) {
      const reason = text("notApplicableReason");
      const own = text("notApplicable");
      return { values: { notApplicableReason: reason, notApplicable: own, note }, held: own.trim() === "" && (reason === "" || reason === otherReason) };
    }
    const change = given.has("changeReason") ? { changeReason: text("changeReason") } : {};
    return { values: level === null ? { note } : { level: Number(level), note, ...change }, held: false };
  }
  const values: Values = {};
  for (const control of controls(form)) {
    values[control.name] = control.closest("[data-list]") ? given.getAll(control.name).map(String) : text(control.name);
  }
  return { values, held: values["status"] === notRelevant && "reason" in values && String(values["reason"]).trim() === "" };
}

/** Writes values into the form. */
export function fill(form: HTMLFormElement, values: Values): void {
  const answer = form.dataset["autosave"] === "answer";
  for (const control of controls(form)) {
    let value = values[control.name];
    if (answer && control.name === "level") {
      const none = values["level"] === undefined || values["level"] === null;
      // What she wrote says "not applicable" by having the field, even before she gave a reason; the server's says it by a reason.
      value = none && (values["notApplicable"] || values["notApplicableReason"] || (!("level" in values) && "notApplicable" in values)) ? notApplicable : values["level"];
    }
    const wanted = Array.isArray(value) ? value.map(String) : value === undefined || value === null ? [] : [String(value)];
    if (control instanceof HTMLInputElement && (control.type === "radio" || control.type === "checkbox")) {
      control.checked = wanted.includes(control.value);
    } else if (control instanceof HTMLSelectElement) {
      for (const option of control.options) option.selected = wanted.includes(option.value) || (wanted.length === 0 && option.value === "");
    } else {
      control.value = wanted[0] ?? "";
    }
  }
}

/** Says values in the words the form itself uses, for the conflict box. The note is apart, since it may be long. */
export function describe(form: HTMLFormElement, values: Values): { text: string; note: string } {
  const note = String(values["note"] ?? "");
  if (form.dataset["autosave"] === "answer") {
    const own = String(values["notApplicable"] ?? "");
    const reason = String(values["notApplicableReason"] ?? "");
    if (own || reason) {
      const why = [reason && reason !== otherReason ? words(form, "notApplicableReason", reason) : "", own].filter((said) => said !== "");
      return { text: `${words(form, "level", notApplicable)}: ${why.join(". ")}`, note };
    }
    const level = values["level"];
    return { text: level === undefined || level === null ? "–" : `${String(level)} · ${words(form, "level", String(level))}`, note };
  }
  const said: string[] = [];
  const seen = new Set<string>();
  for (const { name } of controls(form)) {
    if (seen.has(name) || name === "note") continue;
    seen.add(name);
    const value = values[name];
    const each = (Array.isArray(value) ? value : [value]).map((v) => String(v ?? "")).filter((v) => v !== "");
    if (each.length > 0) said.push(each.map((v) => words(form, name, v)).join(", "));
  }
  return { text: said.join(" · ") || "–", note };
}

/** The label of a choice; free text is its own words. */
function words(form: HTMLFormElement, name: string, value: string): string {
  for (const control of controls(form)) {
    if (control.name !== name) continue;
    if (control instanceof HTMLSelectElement) {
      for (const option of control.options) if (option.value === value) return option.text.trim();
    } else if (control instanceof HTMLInputElement && (control.type === "radio" || control.type === "checkbox") && control.value === value) {
      const label = control.labels?.[0];
      return (label?.querySelector("strong") ?? label)?.textContent?.trim() ?? value;
    }
  }
  return value;
}
