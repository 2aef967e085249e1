// What pages do beyond links and forms: menus, confirmation, choosing rows, toasts, the row that is clicked.
(() => {
  const on = (kind, selector, act) => document.addEventListener(kind, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });
  on("click", "[data-toggles]", (button) => {
    const open = document.getElementById(button.dataset.toggles).classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  });
  on("click", "[data-opens]", (button) => document.getElementById(button.dataset.opens).showModal());
  on("click", "[data-prints]", () => window.print());
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  on("change", "[data-submits]", (input) => input.form.requestSubmit());

  // A form or button with data-confirm asks first; htmx's own question uses the same dialog.
  const ask = (text) => new Promise((done) => {
    const dialog = document.getElementById("confirm");
    document.getElementById("confirm-text").textContent = text;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const text = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!text || form.dataset.confirmed) { delete form.dataset.confirmed; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    if (await ask(text)) { form.dataset.confirmed = "1"; form.requestSubmit(submitter); }
  }, true);
  document.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await ask(event.detail.question)) event.detail.issueRequest(true);
  });

  // Choosing rows: the bar shows while any is chosen, and how many.
  const chosen = (form) => {
    const boxes = [...form.querySelectorAll('input[name="chosen"]')];
    const count = boxes.filter((box) => box.checked).length;
    const bar = form.querySelector(".bulk");
    if (bar) {
      bar.classList.toggle("open", count > 0);
      const told = bar.querySelector("[data-count]");
      if (told) told.textContent = bar.querySelector('[name="all"]')?.checked ? told.dataset.count : String(count);
    }
    const whole = form.querySelector("[data-select-page]");
    if (whole) { whole.checked = count > 0 && count === boxes.length; whole.indeterminate = count > 0 && count < boxes.length; }
  };
  on("change", "[data-select-page]", (whole) => {
    whole.form.querySelectorAll('input[name="chosen"]').forEach((box) => { box.checked = whole.checked; });
    chosen(whole.form);
  });
  on("change", 'input[name="chosen"], .bulk [name="all"]', (box) => chosen(box.form));
  const ready = () => document.querySelectorAll(".bulk").forEach((bar) => { bar.setAttribute("data-ready", ""); chosen(bar.closest("form")); });
  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("htmx:afterSettle", ready);

  // Messages that come with a fragment: HX-Trigger: {"toast": {"text": …, "tone": …}}.
  document.addEventListener("toast", (event) => {
    const note = document.createElement("div");
    note.className = `note tone-${event.detail.tone || "info"}`;
    note.textContent = event.detail.text;
    document.getElementById("toasts").append(note);
    setTimeout(() => note.remove(), 6000);
  });
  // A fragment that could not be fetched says so in its place.
  document.addEventListener("htmx:responseError", (event) => {
    const text = document.body.dataset.failed;
    if (text) document.dispatchEvent(new CustomEvent("toast", { detail: { text: `${text} (${event.detail.xhr.status})`, tone: "bad" } }));
  });
  // What a page fetches by itself is not somebody at work: it does not keep their session alive.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.triggeringEvent?.isTrusted) event.detail.headers["X-Unasked"] = "1";
  });
  // Tabs: one of them is chosen, its address is kept.
  on("click", ".tabs a[hx-get]", (tab) => {
    tab.parentElement.querySelectorAll("a").forEach((one) => one.setAttribute("aria-selected", String(one === tab)));
  });
})();
