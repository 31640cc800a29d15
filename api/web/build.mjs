// Builds the pages' scripts and styles into dist: hashed names, manifest.json, and .br and .gz beside each file. Fails when what
// a first visit loads is larger than the budget.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(root, "dist");

// What a first visit may load, compressed, in bytes. gzip is measured, the coding everybody has; brotli is smaller.
const budgets = [
  { name: "a page", files: ["app.js", "app.css", "icon.svg"], most: 120_000 },
  { name: "a page with charts", files: ["app.js", "app.css", "icon.svg", "charts.js"], most: 330_000 },
  { name: "a page with a benefit map to draw", files: ["app.js", "app.css", "icon.svg", "map.js"], most: 120_000 },
  { name: "what a page needs to follow", files: ["live.js"], most: 2_000 },
];

const result = await build({
  absWorkingDir: root,
  entryPoints: { app: "src/app.ts", charts: "src/charts.ts", live: "src/live.ts", map: "src/map.ts" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  legalComments: "none",
  write: false,
  logLevel: "warning",
});
const styles = await build({
  absWorkingDir: root,
  entryPoints: { app: "src/css/app.css" },
  outdir: "dist",
  bundle: true,
  minify: true,
  target: ["chrome109", "firefox115", "safari16.4"],
  legalComments: "none",
  write: false,
  logLevel: "warning",
});

const made = [...result.outputFiles, ...styles.outputFiles].map((file) => ({ name: path.basename(file.path), body: Buffer.from(file.contents) }));
made.push({ name: "icon.svg", body: await readFile(path.join(root, "src", "icon.svg")) });

await mkdir(dist, { recursive: true });
for (const old of await readdir(dist)) {
  if (old !== ".gitignore") await rm(path.join(dist, old), { recursive: true });
}

const manifest = {};
const sizes = {};
for (const { name, body } of made) {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 10);
  const extension = path.extname(name);
  const hashed = `${path.basename(name, extension)}-${hash}${extension}`;
  const gz = gzipSync(body, { level: 9 });
  const br = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } });
  await writeFile(path.join(dist, hashed), body);
  await writeFile(path.join(dist, hashed + ".gz"), gz);
  await writeFile(path.join(dist, hashed + ".br"), br);
  manifest[name] = hashed;
  sizes[name] = { plain: body.length, gz: gz.length, br: br.length };
}
await writeFile(path.join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");

for (const [name, size] of Object.entries(sizes)) {
  console.log(`${name.padEnd(10)} ${kilo(size.plain)} plain ${kilo(size.gz)} gzip ${kilo(size.br)} brotli`);
}
let over = false;
for (const { name, files, most } of budgets) {
  const sum = files.reduce((total, file) => total + sizes[file].gz, 0);
  console.log(`${name}: ${kilo(sum)} of ${kilo(most)} gzip`);
  over ||= sum > most;
}
if (over) {
  console.error("The bundle is larger than its budget.");
  process.exit(1);
}

function kilo(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
}
