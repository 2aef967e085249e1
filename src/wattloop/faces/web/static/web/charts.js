// Charts: figures in the page or fetched, drawn in the page's colours, and told as a table to whoever reads.
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palettes = {
    light: ["#0b6b63", "#c77700", "#2f6fa8", "#9c3d54", "#6b7f2a", "#6a4fa3"],
    dark: ["#6fd0c2", "#f5b83d", "#8fc3f0", "#ef9fb0", "#bccf76", "#bfa8ee"],
  };
  const drawn = new Map();
  const palette = () => palettes[document.documentElement.dataset.bsTheme] || palettes.light;
  const figure = (value, unit) => (value == null ? "–" : `${Number(value).toLocaleString("en")}${unit ? ` ${unit}` : ""}`);

  const axes = () => ({
    axisLine: { lineStyle: { color: colour("--line-strong") } },
    axisLabel: { color: colour("--soft") },
    nameTextStyle: { color: colour("--soft") },
    splitLine: { lineStyle: { color: colour("--line") } },
  });
  const base = () => ({
    color: palette(),
    animation: false,
    aria: { enabled: true },
    textStyle: { color: colour("--ink"), fontFamily: getComputedStyle(document.body).fontFamily },
    legend: { top: 0, right: 0, textStyle: { color: colour("--soft") }, itemWidth: 14, itemHeight: 8 },
    grid: { left: 8, right: 12, top: 30, bottom: 4, containLabel: true },
    // Text drawn on the canvas: the page forbids styles inside elements.
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("--sheet"), borderColor: colour("--line-strong"), textStyle: { color: colour("--ink") } },
  });
  const option = (data) => {
    if (data.type === "option") {
      const own = { ...base(), ...data.option };
      own.tooltip = { ...base().tooltip, ...(data.option.tooltip || {}), renderMode: "richText" };
      for (const key of ["xAxis", "yAxis"]) if (own[key]) own[key] = [].concat(own[key]).map((one) => ({ ...axes(), ...one }));
      return own;
    }
    const bars = data.type === "bar" || data.type === "stacked";
    return {
      ...base(),
      tooltip: { ...base().tooltip, valueFormatter: (value) => figure(value, data.unit) },
      legend: { ...base().legend, show: data.series.length > 1 },
      xAxis: { type: "category", data: data.x, boundaryGap: bars, ...axes() },
      yAxis: { type: "value", name: data.unit || "", ...axes() },
      series: data.series.map((one) => ({
        type: bars ? "bar" : "line", name: one.name, data: one.data, showSymbol: false, barMaxWidth: 34,
        step: data.step ? "end" : false, lineStyle: { width: 1.8 },
        stack: data.type === "stacked" || data.type === "area" ? "all" : undefined,
        areaStyle: data.type === "area" ? { opacity: 0.35 } : undefined,
      })),
    };
  };
  const told = (data) => {
    const table = document.createElement("table");
    table.className = "table table-dense";
    const row = (cells, name) => {
      const tr = document.createElement("tr");
      cells.forEach((text, at) => {
        const cell = document.createElement(name || (at ? "td" : "th"));
        cell.textContent = text;
        if (at) cell.className = "num";
        tr.append(cell);
      });
      return tr;
    };
    const unit = data.unit ? ` (${data.unit})` : "";
    const head = table.createTHead();
    head.append(row(["", ...data.series.map((one) => one.name + unit)], "th"));
    const body = table.createTBody();
    data.x.forEach((x, at) => body.append(row([x, ...data.series.map((one) => figure(one.data[at]))])));
    return table;
  };
  const draw = async (holder) => {
    const canvas = holder.querySelector(".chart-canvas");
    let data;
    if (holder.dataset.chartUrl) {
      const answer = await fetch(holder.dataset.chartUrl, { headers: { Accept: "application/json" } });
      if (!answer.ok) { canvas.textContent = document.body.dataset.failed || ""; return; }
      data = await answer.json();
    } else {
      data = JSON.parse(document.getElementById(`chart-${holder.dataset.chart}`).textContent);
    }
    const chart = window.echarts.init(canvas);
    chart.setOption(option(data));
    drawn.set(holder, { chart, data });
    const rows = holder.querySelector(".chart-rows");
    if (rows && data.x && data.series) rows.replaceChildren(told(data));
    else holder.querySelector(".chart-table")?.remove();
  };
  const all = (root) => root.querySelectorAll("[data-chart]").forEach((holder) => { if (!drawn.has(holder)) { drawn.set(holder, null); draw(holder); } });
  const again = () => drawn.forEach((held) => held && held.chart.setOption(option(held.data), true));

  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:afterSettle", (event) => {
    drawn.forEach((held, holder) => { if (!holder.isConnected) { held?.chart.dispose(); drawn.delete(holder); } });
    all(event.target);
  });
  document.addEventListener("themechange", again);
  window.addEventListener("resize", () => drawn.forEach((held) => held?.chart.resize()));
})();
