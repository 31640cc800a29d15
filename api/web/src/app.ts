// What every page runs.
import { startAutosave } from "./autosave.ts";
import { startSession } from "./session.ts";
import { startTheme } from "./theme.ts";

document.documentElement.classList.add("js");
startTheme();
startAutosave();
startSession();

// A form that came back with faults: the summary is read first.
document.querySelector<HTMLElement>(".hh-errors")?.focus();
