// What the axes of a chart need to be read: numbers in the reader's language, and room for long names. It knows no page.

/** How many pixels high a line of a name is, and how wide a letter at most on average. */
export const nameLine = 18;
export const letterWidth = 8;

/** How many pixels wide the names of bars are, as the server asks for, and what the axis and the legend of a chart of bars take. */
const nameWidth = 150;
const besides = 90;

/** How a language writes numbers: in nynorsk as in bokmål. */
export function numbersIn(language: string): Intl.NumberFormat {
  return new Intl.NumberFormat(language === "en" ? "en-GB" : "nb-NO", { maximumFractionDigits: 6 });
}

/** A text on lines of at most so many letters, as far as its words allow. */
export function broken(text: string, letters: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1] ?? "";
    if (line !== "" && line.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}

/** How many pixels high a chart of bars must be for each of these names to have all its lines. */
export function heightOf(names: string[]): number {
  const lines = (name: string) => name.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil((line.length * letterWidth) / nameWidth)), 0);
  return names.length * (Math.max(1, ...names.map(lines)) * nameLine + 8) + besides;
}
