/* The Mapping tab: a pick is saved at once; only the row's status cell is swapped. */
(() => {
  "use strict";

  const FADES_AFTER = 4000;

  /* What is under way in the row comes first: the next save says which state of the row it was made from. */
  async function idle(row) {
    while (row.querySelector(".htmx-request")) {
      await new Promise((resolve) => document.addEventListener("htmx:afterRequest", () => setTimeout(resolve), { once: true }));
    }
  }

  document.addEventListener("combobox:pick", async (event) => {
    const box = event.target;
    const { name, undo } = event.detail;
    if (box.dataset.shows) {
      // A picker that saves nothing yet: what can be said about the field is shown beneath.
      htmx.ajax("GET", `${box.dataset.shows}?field=${encodeURIComponent(name)}`, { source: box, target: "#picked", swap: "innerHTML" });
      return;
    }
    const status = document.getElementById(box.dataset.status);
    const saving = document.createElement("span");
    saving.className = "muted row";
    const spinner = document.createElement("span");
    spinner.className = "spinner";
    spinner.setAttribute("aria-hidden", "true");
    saving.append(spinner, "Saving");
    status.replaceChildren(saving);
    box.closest("tr").classList.toggle("unmapped", !name);
    await idle(box.closest("tr"));
    let answered = 0;
    const listen = (settled) => {
      if (settled.detail.elt === box) answered = settled.detail.xhr.status;
    };
    document.addEventListener("htmx:afterRequest", listen);
    try {
      await htmx.ajax("POST", box.dataset.save, { source: box, target: status, swap: "innerHTML", values: { remote_field: name } });
    } catch {
      answered = 0;
    }
    document.removeEventListener("htmx:afterRequest", listen);
    if (answered === 200) return;
    undo();
    box.closest("tr").classList.toggle("unmapped", !box.querySelector(":scope > code").textContent);
    if (answered !== 422) status.replaceChildren("Not saved");
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const said = event.detail.target?.querySelector?.(":scope > [data-row-tone]");
    if (!said) return;
    const row = said.closest("tr");
    const box = row.querySelector(".combobox");
    for (const marked of [row, box].filter(Boolean)) {
      if (said.dataset.rowTone) marked.dataset.tone = said.dataset.rowTone;
      else delete marked.dataset.tone;
    }
    if (said.dataset.state !== "saved") return;
    setTimeout(() => {
      said.classList.add("leaving");
      setTimeout(() => said.remove(), 700);
    }, FADES_AFTER);
  });
})();
