// Follows what others do: the server streams the shown part of the page, whole each time, and it is put in place of the one that is there.
import { Follower, type Source } from "./follow.ts";

const box = document.querySelector<HTMLElement>("[data-live]");
const state = document.querySelector<HTMLElement>("[data-live-state]");
const text = state?.querySelector<HTMLElement>("[data-live-text]");
const again = state?.querySelector<HTMLElement>("[data-live-again]");
const heard = document.querySelector<HTMLElement>("[data-live-heard]");

if (box && state && text && again && heard) {
  const follower = new Follower({
    open: () => new EventSource(box.dataset["live"] ?? "") as Source,
    later(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    show(html) {
      if (box.innerHTML === html) return;
      box.innerHTML = html;
      const said = box.querySelector<HTMLElement>("[data-heard]")?.dataset["heard"] ?? "";
      if (heard.textContent !== said) heard.textContent = said;
    },
    tell(what) {
      text.textContent = state.dataset[what] ?? "";
      again.hidden = what === "following";
    },
  });
  // A browser has few connections to one server, and nobody looks at a hidden page: what it missed comes whole when it is shown.
  const visible = () => (document.visibilityState === "hidden" ? follower.stop() : follower.start());
  document.addEventListener("visibilitychange", visible);
  addEventListener("pagehide", () => follower.stop());
  addEventListener("pageshow", visible);
  visible();
}
