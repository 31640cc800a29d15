// Light, dark, or as the device: changed without a reload, and remembered in the cookie the server renders the next page by.

const year = 365 * 24 * 3600; // seconds

export function startTheme(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-scheme-switch]")) {
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!(button instanceof HTMLButtonElement)) return;
      event.preventDefault();
      document.documentElement.dataset["colorScheme"] = button.value;
      document.cookie = `helhet_scheme=${encodeURIComponent(button.value)}; Path=/; Max-Age=${year}; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
      for (const each of form.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
      document.dispatchEvent(new Event("helhet:scheme"));
    });
  }

  // Paper is white whatever the screen is.
  const page = document.documentElement.dataset;
  let shown: string | undefined;
  addEventListener("beforeprint", () => {
    shown = page["colorScheme"] ?? "auto";
    page["colorScheme"] = "light";
    document.dispatchEvent(new Event("helhet:scheme"));
  });
  addEventListener("afterprint", () => {
    page["colorScheme"] = shown ?? "auto";
    document.dispatchEvent(new Event("helhet:scheme"));
  });
}
