// Keys: / searches, j and k walk rows, Enter opens, x chooses, g h goes home, ? helps; a page's own by data-key.
(() => {
  const writing = (at) => at.closest("input, textarea, select, [contenteditable], dialog[open]");
  let before = "";
  const rows = () => [...document.querySelectorAll("tr[data-row]")].filter((row) => row.offsetParent);
  const walk = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("at"));
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    all.forEach((row) => row.classList.toggle("at", row === next));
    next.scrollIntoView({ block: "nearest" });
    const link = next.querySelector("a[href]");
    if (link) link.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("rowat", { detail: next }));
  };
  const at = () => document.querySelector("tr.at");
  const acts = {
    "/": () => { const box = document.getElementById("search"); if (box) { box.focus(); box.select(); } },
    "?": () => document.getElementById("keys")?.showModal(),
    j: () => walk(1),
    k: () => walk(-1),
    x: () => at()?.querySelector('input[name="chosen"]')?.click(),
    Enter: () => { const row = at(); const to = row?.dataset.row || row?.querySelector("a[href]")?.href; if (to) window.location.assign(to); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && writing(event.target)) { event.target.blur(); return; }
    if (writing(event.target)) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    if (before === "g" && event.key === "h") { before = ""; window.location.assign("/"); return; }
    before = event.key;
    const own = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (own) { event.preventDefault(); own.click(); return; }
    if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
  });
})();
