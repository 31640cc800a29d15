// Asks before a page is left with text on it that nothing has: in a form that is saved by its button alone. So the button of another form, or a link,
// loses nothing that was typed. What is saved as one goes is safe without asking (autosave.ts).
export function startUnsaved(): void {
  if (!document.body.dataset["person"]) return; // before she is in there is nothing to lose
  let sent: EventTarget | null = null;
  document.addEventListener("submit", (event) => (sent = event.target));
  addEventListener("pageshow", () => (sent = null));
  addEventListener("beforeunload", (event) => {
    if ([...document.forms].some((form) => form !== sent && typed(form))) event.preventDefault();
  });
}

/** Whether a form holds text that it did not come with. */
function typed(form: HTMLFormElement): boolean {
  if (form.method !== "post" || form.dataset["autosave"]) return false;
  return [...form.elements].some(
    (field) => (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && ["text", "url", "email"].includes(field.type))) && field.value !== field.defaultValue,
  );
}
