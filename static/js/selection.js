/* Ticking leads and groups: the bar says how many, "all that match" is a flag that the server counts again. */
(() => {
  "use strict";

  const formOf = (element) => element.closest?.("form[data-selection]");
  const boxes = (form) => [...form.querySelectorAll("input[type=checkbox][data-count]")];
  const format = (count) => `${count.toLocaleString("en-US")} ${count === 1 ? "lead" : "leads"}`;

  function show(form) {
    const ticked = boxes(form).filter((box) => box.checked);
    const flag = form.querySelector("[data-all]");
    const bar = form.querySelector("[data-selection-bar]");
    if (!bar) return;
    if (ticked.length < boxes(form).length) flag.value = "";
    const matching = form.querySelector("[data-select-matching]");
    const total = Number(matching?.dataset.total ?? 0);
    const count = ticked.reduce((sum, box) => sum + Number(box.dataset.count), 0);
    bar.hidden = ticked.length === 0;
    form.querySelector("[data-selection-count]").textContent = flag.value ? `All ${matching.dataset.said} ${total === 1 ? "lead" : "leads"} that match` : format(count);
    if (matching) matching.hidden = Boolean(flag.value) || count >= total;
    const all = form.querySelector("[data-select-all]");
    if (all) {
      all.checked = ticked.length > 0 && ticked.length === boxes(form).length;
      all.indeterminate = ticked.length > 0 && !all.checked;
    }
    for (const box of boxes(form)) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
  }

  function tick(form, checked) {
    for (const box of boxes(form)) box.checked = checked;
    show(form);
  }

  document.addEventListener("change", (event) => {
    const form = formOf(event.target);
    if (!form) return;
    if (event.target.matches("[data-select-all]")) tick(form, event.target.checked);
    else if (event.target.matches("[data-count]")) show(form);
  });

  document.addEventListener("click", (event) => {
    const form = formOf(event.target);
    if (!form) return;
    if (event.target.closest("[data-select-none]")) tick(form, false);
    if (event.target.closest("[data-select-matching]")) {
      form.querySelector("[data-all]").value = "1";
      for (const box of boxes(form)) box.checked = true;
      show(form);
    }
  });

  // Leads that moved show at once; under the hands of somebody who is choosing among those that are there only the
  // figures above move.
  document.addEventListener("leads-moved", () => {
    const form = document.querySelector("form[data-selection]");
    if (!form) return;
    const inList = form.contains(document.activeElement) && document.activeElement.id !== "list-h";
    const choosing = inList || boxes(form).some((box) => box.checked);
    htmx.ajax("GET", location.href, { target: choosing ? document.getElementById("summary") : form, swap: "outerHTML" });
  });

  // The button that was pressed went with the old list: the focus goes to the heading of the new one.
  document.addEventListener("htmx:afterSettle", (event) => {
    const { target, requestConfig } = event.detail;
    if (requestConfig?.verb !== "post" || target?.id !== "list" || document.activeElement !== document.body) return;
    document.getElementById("list-h")?.focus({ preventScroll: true });
  });

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-selection]").forEach(show));
})();
