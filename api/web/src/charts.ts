// Draws the page's charts. The options come from the server as data; this file adds the page's own colours and keeps the chart's size.
// Only the parts of ECharts that the options use are bundled; a new kind of chart adds its part here.
import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendScrollComponent, MarkAreaComponent, MarkLineComponent, PolarComponent, TooltipComponent, VisualMapPiecewiseComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers"; // the SVG renderer writes style attributes, which the content security policy refuses
import { broken, heightOf, letterWidth, nameLine, numbersIn } from "./axis.ts";

echarts.use([
  BarChart, HeatmapChart, LineChart, ScatterChart,
  AriaComponent, GridComponent, LegendScrollComponent, MarkAreaComponent, MarkLineComponent, PolarComponent, TooltipComponent, VisualMapPiecewiseComponent,
  CanvasRenderer,
]);

type Options = Record<string, unknown>;

const axes = ["xAxis", "yAxis", "angleAxis", "radiusAxis"];

class LiveChart {
  readonly #canvas: HTMLElement;
  readonly #options: Options;
  #chart: echarts.ECharts | undefined;
  #width = 0; // it was drawn for

  constructor(canvas: HTMLElement, options: Options) {
    this.#canvas = canvas;
    this.#options = options;
    new ResizeObserver(() => {
      if (!this.#chart || canvas.clientWidth === this.#width) return;
      this.draw();
    }).observe(canvas);
  }

  /** Draws anew with the colours the page has now. */
  draw(): void {
    this.#canvas.hidden = false;
    this.#width = this.#canvas.clientWidth;
    this.#chart ??= echarts.init(this.#canvas, null, { renderer: "canvas" });
    const options = fitted(dressed(this.#options, numbersAt(this.#canvas)), this.#canvas);
    this.#chart.setOption(options, { notMerge: true });
    this.#chart.resize();
  }
}

/** How numbers are written where an element stands: a report may be in another language than the page. */
function numbersAt(element: HTMLElement): Intl.NumberFormat {
  return numbersIn(element.closest<HTMLElement>("[lang]")?.lang ?? "");
}

/** The options made to fit the canvas: it becomes high enough for all names of bars, and long names of axes are broken on a narrow one, where they would be cut at its edge. */
function fitted(options: Options, canvas: HTMLElement): Options {
  const bars = list(options["series"]).some((series) => series["type"] === "bar");
  for (const axis of list(options["yAxis"])) {
    if (bars && axis["type"] === "category" && Array.isArray(axis["data"])) {
      const needed = heightOf(axis["data"].map(String));
      canvas.style.height = "";
      if (needed > canvas.clientHeight) canvas.style.height = `${needed}px`;
    } else if (axis["type"] === "value" && axis["name"]) {
      axis["name"] = broken(String(axis["name"]), (canvas.clientWidth - 80) / letterWidth);
      axis["nameTextStyle"] = { ...object(axis["nameTextStyle"]), lineHeight: 15 };
    }
  }
  return options;
}

/** The options with the page's text, line and surface colours, its typeface, numbers as the language writes them, and no motion where none is wanted. */
function dressed(options: Options, numbers: Intl.NumberFormat): Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const ink = colour("--hh-ink");
  const quiet = colour("--hh-quiet");
  const line = colour("--hh-line");
  const own = structuredClone(options);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  own["textStyle"] = { ...object(own["textStyle"]), color: ink, fontFamily: getComputedStyle(document.body).fontFamily };
  if (still) own["animation"] = false;
  own["tooltip"] = { ...object(own["tooltip"]), renderMode: "richText", confine: true, backgroundColor: colour("--hh-card"), borderColor: colour("--hh-edge"), textStyle: { color: ink, fontSize: 14, lineHeight: 20 } };
  for (const name of ["legend", "visualMap"]) {
    for (const each of list(own[name])) {
      each["textStyle"] = { ...object(each["textStyle"]), color: ink };
      if (name === "legend") Object.assign(each, { pageTextStyle: { color: ink }, pageIconColor: ink, pageIconInactiveColor: line, inactiveColor: quiet });
    }
  }
  for (const name of axes) {
    for (const axis of list(own[name])) {
      // A line height must be given: ECharts guesses it from a glyph that few typefaces here have, and lines fall on each other.
      axis["axisLabel"] = { fontSize: 13, lineHeight: nameLine, ...object(axis["axisLabel"]), color: quiet };
      if (axis["type"] === "value") Object.assign(object(axis["axisLabel"]), { formatter: (value: number) => numbers.format(value) });
      // ECharts leaves the first and the last name out where they come close to their neighbours; each bar has its own.
      if (axis["type"] === "category" && name === "yAxis") Object.assign(object(axis["axisLabel"]), { showMinLabel: true, showMaxLabel: true });
      // A long name would be centred over the axis and cut at the chart's edge: it begins there instead.
      axis["nameTextStyle"] = { ...(name === "yAxis" ? { align: "left" } : {}), ...object(axis["nameTextStyle"]), color: quiet };
      for (const part of ["axisLine", "axisTick", "splitLine"]) {
        const drawn = object(axis[part]);
        axis[part] = { ...drawn, lineStyle: { ...object(drawn["lineStyle"]), color: line } };
      }
    }
  }
  return own;
}

function object(value: unknown): Options {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Options) : {};
}

/** A part of the options that may be one or several. */
function list(value: unknown): Options[] {
  return (Array.isArray(value) ? value : value ? [value] : []).map(object);
}

async function optionsOf(figure: HTMLElement): Promise<Options | undefined> {
  const source = figure.dataset["chartSrc"];
  if (!source) return JSON.parse(figure.querySelector("script[data-chart-options]")?.textContent ?? "null") as Options | undefined;
  const response = await fetch(source, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  return response.ok ? ((await response.json()) as Options) : undefined;
}

const drawn: LiveChart[] = [];
const drawAll = () => drawn.forEach((chart) => chart.draw());

for (const figure of document.querySelectorAll<HTMLElement>("figure[data-chart], figure[data-chart-src]")) {
  const canvas = figure.querySelector<HTMLElement>("[data-chart-canvas]");
  if (!canvas) continue;
  void optionsOf(figure)
    .then((options) => {
      if (!options) throw new Error("no options");
      const chart = new LiveChart(canvas, options);
      chart.draw();
      drawn.push(chart);
    })
    .catch(() => {
      // Without the picture the table says the same: open it.
      canvas.hidden = true;
      figure.querySelector("details")?.setAttribute("open", "");
    });
}

document.addEventListener("helhet:scheme", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
