// Asks before a page is left with text on it that nothing has: in a form that is saved by its button alone. So the button of another form, or a link,
// loses nothing that was typed. What is saved as one goes is safe without asking (autosave.ts).
export function startUnsaved(): void {
  if (!document.body.dataset["person"]) return; // before she is in there is nothing to lose
  let sent: EventTarget | null = null;
  document.addEventListener("submit", (event) => (sent = event.target));
  addEventListener("pageshow", () => (sent = null));
  addEventListener("beforeunload", (event) => {
    const leaves = sent; // once: what is typed in it afterwards is asked about again
    sent = null;
    if ([...document.forms].some((form) => form !== leaves && typed(form))) event.preventDefault();
  });
}

/** Whether the page has such text. */
export function unsaved(): boolean {
  return [...document.forms].some(typed);
}

// What the server refused came back as the form's own, and nothing has it either.
const refused = '[aria-invalid="true"], .hh-conflict:not([hidden])';

/** Whether a form holds text that it did not come with, or that was refused. */
function typed(form: HTMLFormElement): boolean {
  if (form.method !== "post" || form.dataset["autosave"]) return false;
  const back = form.querySelector(refused) !== null;
  return [...form.elements].some(
    (field) => (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && ["text", "url", "email"].includes(field.type))) && (field.value !== field.defaultValue || (back && field.value !== "")),
  );
}
