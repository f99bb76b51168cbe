// The step chart of a product's offers, drawn with uPlot over the data in the page. The same
// chart stands there already as an SVG, for readers without a script; this one can be
// pointed at and zoomed into.
"use strict";

(() => {
  const LANE_PLACE = 10;
  const LANE_HEIGHT = 6;
  const OUT_HEIGHT = 2;
  const AXIS_HEIGHT = 44; // two lines of labels
  const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [], [4, 4], [12, 4], [1, 3]];

  const figure = document.querySelector("[data-chart]");
  if (!figure || typeof uPlot === "undefined") return;
  const box = figure.querySelector(".chart-box");
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const hiddenLines = new Set();
  let plot = null;

  const style = () => getComputedStyle(document.documentElement);
  const colour = (name) => style().getPropertyValue(name).trim();
  const number = new Intl.NumberFormat("en", {
    minimumFractionDigits: data.decimals, maximumFractionDigits: Math.max(2, data.decimals),
  });
  const money = (value) => `${number.format(value).replaceAll(",", "\u202f")} ${data.currency}`;
  const tipTime = new Intl.DateTimeFormat(undefined, {
    weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
  });

  // Below the axis: one bar per offer, thick while it is in stock.
  function drawLanes(u) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const { left, top, width, height } = u.bbox;
    const clamp = (value) => Math.min(Math.max(value, left), left + width);
    ctx.save();
    data.lines.forEach((line, index) => {
      if (hiddenLines.has(index)) return;
      const y = top + height + (AXIS_HEIGHT + index * LANE_PLACE) * ratio;
      for (const [start, end, kind] of line.lanes) {
        const x0 = clamp(u.valToPos(start, "x", true));
        const x1 = clamp(u.valToPos(end, "x", true));
        if (x1 - x0 < 0.5) continue;
        const paint = colour(kind === "unchecked" ? "--muted" : `--c${index}`);
        ctx.globalAlpha = kind === "unchecked" ? 0.3 : 1;
        ctx.fillStyle = paint;
        const high = kind === "out" ? OUT_HEIGHT : LANE_HEIGHT;
        ctx.fillRect(x0, y + ((LANE_HEIGHT - high) / 2) * ratio, x1 - x0, high * ratio);
      }
    });
    ctx.restore();
  }

  // The all-time low: a level line, and a ring where it began, as far as they are in view.
  function drawLow(u) {
    const { min, max } = u.scales.y;
    if (data.low.amount < min || data.low.amount > max) return;
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const { left, width } = u.bbox;
    const y = u.valToPos(data.low.amount, "y", true);
    const x = u.valToPos(data.low.at, "x", true);
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("--good");
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.setLineDash([]);
    if (x >= left && x <= left + width) {
      ctx.beginPath();
      ctx.arc(x, y, 4.5 * ratio, 0, 2 * Math.PI);
      ctx.lineWidth = 2 * ratio;
      ctx.fillStyle = colour("--surface");
      ctx.fill();
      ctx.stroke();
    }
    ctx.font = `${12 * ratio}px system-ui, sans-serif`;
    ctx.fillStyle = colour("--good");
    // On the side where the ring is not, below the line, where no price can be.
    const early = x < left + width / 2;
    ctx.textAlign = early ? "right" : "left";
    ctx.fillText(`all-time low ${money(data.low.amount)}`, early ? left + width - 4 * ratio : left + 4 * ratio, y + 15 * ratio);
    ctx.restore();
  }

  // What every line says at the pointer, beside it.
  function tip() {
    const element = document.createElement("div");
    element.className = "chart-tip";
    element.hidden = true;
    return {
      hooks: {
        init: (u) => u.over.appendChild(element),
        setCursor: (u) => {
          const { left, top } = u.cursor;
          element.hidden = left < 0;
          if (element.hidden) return;
          const at = u.posToVal(left, "x");
          element.replaceChildren();
          const head = document.createElement("b");
          head.textContent = tipTime.format(new Date(at * 1000));
          element.append(head);
          data.lines.forEach((line, index) => {
            if (hiddenLines.has(index)) return;
            const row = document.createElement("div");
            row.className = `hue-${index}`;
            const name = document.createElement("i");
            name.textContent = line.name;
            const value = document.createElement("span");
            value.textContent = says(line, at);
            row.append(name, value);
            element.append(row);
          });
          const width = u.over.clientWidth;
          const own = element.offsetWidth;
          element.style.left = `${left + own + 24 > width ? Math.max(0, left - own - 12) : left + 12}px`;
          element.style.top = `${Math.max(0, Math.min(top, u.over.clientHeight - element.offsetHeight))}px`;
        },
      },
    };
  }

  function says(line, at) {
    const lane = line.lanes.find(([start, end]) => start <= at && at < end);
    const kind = lane ? lane[2] : "";
    if (kind === "unchecked") return "not checked";
    let index = data.x.length - 1;
    while (index >= 0 && data.x[index] > at) index -= 1;
    const value = index < 0 ? null : line.y[index];
    if (value === null) return "not listed";
    return kind === "out" ? `${money(value)}, out of stock` : money(value);
  }

  function options(width) {
    const narrow = width < 560;
    const text = colour("--muted");
    const axis = { stroke: text, font: "12px system-ui, sans-serif", grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    const lanes = data.lines.length * LANE_PLACE + 4;
    return {
      width,
      height: (narrow ? 260 : 340) + lanes,
      padding: [12, 12, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 7 }, drag: { x: true, y: false }, y: false },
      scales: {
        x: { time: true, range: (_, low, high) => [Math.max(low, data.start), Math.min(high, data.end)] },
        y: { range: (_, low, high) => (low === high ? [low * 0.95, high * 1.05] : uPlot.rangeNum(low, high, 0.14, true)) },
      },
      axes: [
        { ...axis, size: AXIS_HEIGHT + lanes, values: [
          [3600 * 24 * 365, "{YYYY}", null, null, null, null, null, null, 1],
          [3600 * 24 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
          [3600 * 24, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
          [3600, "{HH}:{mm}", "\n{D} {MMM}", null, null, null, null, null, 1],
          [60, "{HH}:{mm}", "\n{D} {MMM}", null, null, null, null, null, 1],
        ], gap: 4 },
        { ...axis, size: narrow ? 52 : 64, values: (_, ticks) => ticks.map((tick) => number.format(tick).replaceAll(",", "\u202f")) },
      ],
      series: [
        {},
        ...data.lines.map((line, index) => ({
          label: line.name,
          show: !hiddenLines.has(index),
          stroke: colour(`--c${index}`),
          width: 2,
          dash: DASHES[index],
          paths: uPlot.paths.stepped({ align: 1, alignGaps: 1 }),
          points: { show: false },
          spanGaps: false,
        })),
      ],
      plugins: [tip()],
      hooks: { draw: [drawLanes, drawLow] },
    };
  }

  function draw() {
    const width = box.clientWidth;
    if (!width) return;
    plot?.destroy();
    box.querySelector(".drawing").setAttribute("hidden", "");
    plot = new uPlot(options(width), [data.x, ...data.lines.map((line) => line.y)], box);
    plot.setScale("x", { min: data.start, max: data.end });
  }

  function offerSwitches() {
    for (const button of figure.querySelectorAll("[data-line]")) {
      button.addEventListener("click", () => {
        const index = Number(button.dataset.line);
        if (hiddenLines.has(index)) hiddenLines.delete(index);
        else hiddenLines.add(index);
        button.setAttribute("aria-pressed", String(!hiddenLines.has(index)));
        plot.setSeries(index + 1, { show: !hiddenLines.has(index) });
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    draw();
    offerSwitches();
    document.addEventListener("themechange", draw);
    let waiting = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => { if (plot && plot.width !== box.clientWidth) draw(); });
    }).observe(box);
  });
})();
