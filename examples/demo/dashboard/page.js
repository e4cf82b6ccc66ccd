// Lays out a dashboard's body: graphs, text, log lines, and custom widgets, which are asked of their functions.
"use strict";

const SECONDS = 3;
const COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2"];
const SVG = "http://www.w3.org/2000/svg";

const make = (tag, properties = {}, ...content) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...content);
  return element;
};
const draw = (tag, attributes, ...content) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
};

// The little of Markdown that headings have; what is text stays text.
function markdown(text) {
  const block = make("div");
  for (const line of text.split("\n").filter((one) => one.trim())) {
    if (line.startsWith("#")) {
      block.append(make("h1", {}, line.replace(/^#+\s*/, "")));
      continue;
    }
    const paragraph = make("p");
    let rest = line;
    for (let found; (found = rest.match(/\[(?:button:)?([^\]]+)\]\((https?:[^)]+)\)/)); ) {
      paragraph.append(rest.slice(0, found.index), make("a", { href: found[2], target: "_blank", rel: "noreferrer" }, found[1]));
      rest = rest.slice(found.index + found[0].length);
    }
    paragraph.append(rest);
    block.append(paragraph);
  }
  return block;
}

// The lines that one entry of a widget's `metrics` stands for. A search has a line for each migration.
function lines(entry, before, series) {
  const options = entry.find((one) => one && typeof one === "object" && !Array.isArray(one)) ?? {};
  if (options.expression) {
    const name = options.expression.match(/MetricName="([^"]+)"/)?.[1];
    const services = [...options.expression.matchAll(/service="([^"]+)"/g)].map((one) => one[1]);
    return series
      .filter((one) => one.name === name && services.includes(one.dimensions.service))
      .map((one) => ({ ...options, label: (options.label ?? "").replace("${PROP('Dim.migration')}", one.dimensions.migration), points: one.points }));
  }
  const names = entry.filter((one) => typeof one === "string").map((one, at) => (one === "." ? before[at] : one));
  before.splice(0, before.length, ...names);
  const found = series.find((one) => one.name === names[1] && (names.length < 4 || one.dimensions[names[2]] === names[3]));
  return [{ ...options, label: options.label ?? names[1], points: found?.points ?? [] }];
}

function graph(properties, series, now) {
  const before = [];
  const shown = (properties.metrics ?? []).flatMap((entry) => lines(entry, before, series));
  const [width, height, left, top, bottom] = [400, 150, 42, 8, 18];
  const first = Math.min(now - 60, ...shown.flatMap((one) => one.points.map((point) => point[0])));
  const most = Math.max(1, ...shown.flatMap((one) => one.points.map((point) => point[1])));
  const x = (time) => left + ((time - first) / (now - first)) * (width - left - 8);
  const y = (value) => top + (1 - value / (most * 1.1)) * (height - top - bottom);
  const clock = (time) => new Date(time * 1000).toISOString().slice(11, 19);
  const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": properties.title ?? "" });
  for (const part of [0, 0.5, 1]) {
    const value = part * most;
    picture.append(
      draw("line", { x1: left, x2: width - 8, y1: y(value), y2: y(value), stroke: "currentColor", opacity: 0.14 }),
      draw("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, Number(value.toPrecision(3)).toLocaleString("en")),
    );
  }
  picture.append(
    draw("text", { x: left, y: height - 3 }, clock(first)),
    draw("text", { x: width - 8, y: height - 3, "text-anchor": "end" }, clock(now)),
  );
  const legend = make("div", { className: "legend" });
  shown.forEach((one, at) => {
    const colour = one.color ?? COLOURS[at % COLOURS.length];
    const path = one.points.map(([time, value], place) => `${place ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    picture.append(draw("path", { d: path, fill: "none", stroke: colour, "stroke-width": 1.8 }));
    for (const [time, value] of one.points.length < 12 ? one.points : one.points.slice(-1)) {
      picture.append(draw("circle", { cx: x(time), cy: y(value), r: 2.6, fill: colour }));
    }
    const spot = make("i");
    spot.style.background = colour;
    legend.append(make("span", {}, spot, one.label));
  });
  return make("div", { className: "graph" }, picture, legend);
}

function logLines(rows) {
  const table = make("table");
  for (const row of rows) table.append(make("tr", {}, ...row.map((cell) => make("td", {}, cell))));
  return make("div", { className: "log" }, table);
}

// Shows what source.state() gives; source.invoke(endpoint, event) calls a function.
async function show(source, theme) {
  const state = await source.state();
  document.title = document.querySelector("header h1").textContent = state.name;
  const main = document.querySelector("main");
  const found = state.widgets.map(async (widget, at) => {
    const { properties, type, width, height, x, y } = widget;
    let section = main.children[at];
    if (!section) {
      section = make("section", { className: type }, make("h2", {}, properties.title ?? ""), make("div"));
      section.style.gridColumn = `${x + 1} / span ${width}`;
      section.style.gridRow = `${y + 1} / span ${height}`;
      main.append(section);
    }
    const place = section.lastElementChild;
    if (type === "custom") {
      const context = {
        dashboardName: state.name,
        theme,
        width: place.clientWidth,
        timezone: { label: "Local", offsetISO: offset(new Date().getTimezoneOffset()) },
        forms: { all: {} },
      };
      const call = (endpoint, event) => source.invoke(endpoint, { ...event, widgetContext: context });
      const answer = await call(properties.endpoint, properties.params ?? {});
      // What somebody has opened, or is being asked, is not taken away by a refresh.
      if (!place.querySelector("details[open]") && !document.querySelector("dialog[open]")) console_.show(place, answer, call);
    } else if (type === "metric") place.replaceChildren(graph(properties, state.series, state.now));
    else if (type === "log") place.replaceChildren(logLines(state.log));
    else if (type === "text") place.replaceChildren(markdown(properties.markdown ?? ""));
  });
  await Promise.all(found);
}

function offset(behind) {
  const minutes = Math.abs(behind);
  const two = (number) => String(number).padStart(2, "0");
  return `${behind > 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

async function start(source) {
  const button = document.querySelector("#theme");
  const theme = () => (document.body.classList.contains("dark") ? "dark" : "light");
  const said = document.querySelector("#said");
  const refresh = async () => {
    try {
      await show(source, theme());
      said.textContent = "";
    } catch (error) {
      said.textContent = `No answer: ${error.message}. Is make dashboard still running?`;
    }
  };
  button.addEventListener("click", () => {
    document.body.className = theme() === "dark" ? "light" : "dark";
    button.textContent = theme() === "dark" ? "Light" : "Dark";
    refresh();
  });
  for (;;) {
    await refresh();
    await new Promise((resolve) => setTimeout(resolve, 1000 * SECONDS));
  }
}

if (location.protocol.startsWith("http")) {
  const answered = async (response) => {
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  start({
    state: async () => answered(await fetch("state")),
    invoke: async (endpoint, event) =>
      answered(
        await fetch("invoke", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ endpoint, event }),
        }),
      ),
  });
}
