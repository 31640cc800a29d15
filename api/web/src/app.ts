// What every page runs.
import { startAutosave } from "./autosave.ts";
import { startEffort } from "./effort.ts";
import { startFolds } from "./fold.ts";
import { startPresence } from "./presence.ts";
import { startPrint } from "./print.ts";
import { startSession } from "./session.ts";
import { startTheme } from "./theme.ts";
import { startUnsaved } from "./unsaved.ts";

document.documentElement.classList.add("js");
startTheme();
startAutosave();
startFolds();
startSession();
startEffort();
startPresence();
startPrint();
startUnsaved();

// A form that came back with faults: the summary is read first.
document.querySelector<HTMLElement>(".hh-errors")?.focus();
