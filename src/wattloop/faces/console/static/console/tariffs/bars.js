// Bars of a day whose boundaries are moved by pointer or keys. The inputs hold the truth: a bar draws what stands
// in them and writes into them, so that what is sent is the same with and without it.
(() => {
  const WIDE = 960, DAY = 1440, TOP = 8, HIGH = 30, ROOM = 30;
  const NS = "http://www.w3.org/2000/svg";
  const form = document.getElementById("trial");
  if (!form) return;
  const periods = JSON.parse(form.dataset.periods);
  const step = Number(form.dataset.slot) || 15;
  const minutes = (time) => { const [h, m] = time.split(":").map(Number); return h * 60 + m; };
  const clock = (at) => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
  const x = (at) => at * WIDE / DAY;
  const made = (name, attributes, parent) => {
    const one = document.createElementNS(NS, name);
    Object.entries(attributes).forEach(([key, value]) => one.setAttribute(key, value));
    parent.append(one);
    return one;
  };

  const bar = (day) => {
    const svg = day.querySelector(".day-bar");
    const blocks = svg.querySelector(".blocks"), handles = svg.querySelector(".handles");
    const rows = () => [...day.querySelectorAll("li[data-stretch]")]
      .map((row) => ({ time: row.querySelector("input"), period: row.querySelector("select") }))
      .filter((row) => row.time.value)
      .sort((one, other) => minutes(one.time.value) - minutes(other.time.value));

    const draw = () => {
      const all = rows();
      blocks.replaceChildren();
      all.forEach((row, at) => {
        const [colour, sign, name] = periods[row.period.value] || [3, "?", ""];
        const low = x(minutes(row.time.value)), high = at + 1 < all.length ? x(minutes(all[at + 1].time.value)) : WIDE;
        const block = made("rect", { class: `tou-${colour}`, x: low, y: TOP, width: high - low, height: HIGH }, blocks);
        made("title", {}, block).textContent = `${clock(minutes(row.time.value))} ${name}`;
        if (high - low >= ROOM) made("text", { class: `tou-text-${colour}`, x: (low + high) / 2, y: TOP + 20, "text-anchor": "middle" }, blocks).textContent = sign;
      });
      const wanted = all.slice(1);
      while (handles.children.length > wanted.length) handles.lastChild.remove();
      wanted.forEach((row, at) => place(handles.children[at] || handle(at + 1), row, all[at], all[at + 2]));
    };

    const place = (one, row, before, after) => {
      const at = minutes(row.time.value), label = handles.dataset.label.replace("{period}", (periods[row.period.value] || [])[2] || "");
      const [low, high] = reach(before, after);
      one.setAttribute("transform", `translate(${x(at)} 0)`);
      one.setAttribute("aria-label", label);
      one.setAttribute("aria-valuemin", low);
      one.setAttribute("aria-valuemax", high);
      one.setAttribute("aria-valuenow", at);
      one.setAttribute("aria-valuetext", clock(at));
      const edge = Math.max(20 - x(at), Math.min(0, WIDE - 20 - x(at)));
      one.querySelector(".plate").setAttribute("x", edge - 22);
      one.querySelector(".when").setAttribute("x", edge);
      one.querySelector(".when").textContent = clock(at);
    };
    const reach = (before, after) => [
      Math.ceil((minutes(before.time.value) + 1) / step) * step,
      Math.floor(((after ? minutes(after.time.value) : DAY) - 1) / step) * step,
    ];

    const handle = (number) => {
      const one = made("g", { class: "handle", role: "slider", tabindex: "0", "data-number": number }, handles);
      made("rect", { class: "reach", x: -11, y: 0, width: 22, height: 46 }, one);
      made("line", { class: "stem", x1: 0, x2: 0, y1: 3, y2: 43 }, one);
      made("rect", { class: "grip", x: -5, y: 15, width: 10, height: 16, rx: 3 }, one);
      made("rect", { class: "plate", x: -22, y: 41, width: 44, height: 17, rx: 3 }, one);
      made("text", { class: "when", x: 0, y: 54, "text-anchor": "middle" }, one);
      one.addEventListener("keydown", (event) => {
        const at = Number(one.getAttribute("aria-valuenow"));
        const to = {
          ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step,
          PageDown: at - 60, PageUp: at + 60, Home: -1, End: DAY,
        }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        move(number, to);
      });
      one.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        one.focus();
        one.setPointerCapture(event.pointerId);
        one.classList.add("held");
      });
      one.addEventListener("pointermove", (event) => {
        if (!one.classList.contains("held")) return;
        const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
        move(number, Math.round(point.x * DAY / WIDE / step) * step);
      });
      const release = () => one.classList.remove("held");
      one.addEventListener("pointerup", release);
      one.addEventListener("pointercancel", release);
      one.addEventListener("lostpointercapture", release);
      return one;
    };

    const move = (number, to) => {
      const all = rows(), row = all[number];
      const [low, high] = reach(all[number - 1], all[number + 1]);
      const at = clock(Math.max(low, Math.min(high, to)));
      if (low > high || row.time.value === at) return;
      row.time.value = at;
      draw();
      form.dispatchEvent(new Event("redrawn", { bubbles: true }));
    };

    // A stretch that is added gets a row of its own, and one whose time is emptied goes.
    day.addEventListener("change", (event) => {
      const fresh = event.target.closest("li[data-new]");
      if (fresh && fresh.querySelector("input").value) {
        const row = day.querySelector("li[data-stretch]").cloneNode(true);
        row.querySelector("input").readOnly = false;
        row.querySelector("input").value = fresh.querySelector("input").value;
        row.querySelector("select").value = fresh.querySelector("select").value;
        fresh.before(row);
        fresh.querySelector("input").value = "";
        row.querySelector("select").focus();
      }
      const gone = event.target.closest("li[data-stretch]");
      if (gone && event.target.matches("input") && !event.target.value) gone.remove();
      draw();
    });
    draw();
  };

  document.querySelectorAll(".day").forEach(bar);
  const mark = (input) => input.classList.toggle("differs", input.value.trim() !== input.dataset.now);
  form.querySelectorAll("input[data-now]").forEach(mark);
  form.addEventListener("input", (event) => { if (event.target.matches("input[data-now]")) mark(event.target); });
})();
