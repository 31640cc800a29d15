// A report's button that prints it. Without scripts the page says nothing of it, and the browser's own menu prints.
export function startPrint(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}
