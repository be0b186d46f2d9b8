/* The fix-it drawer: its group stays marked while it is open, whatever happens to the list meanwhile. */
(() => {
  "use strict";

  function mark() {
    const open = document.querySelector(".drawer[data-returns]")?.dataset.returns.split(" ") ?? [];
    for (const opener of document.querySelectorAll("[data-fix]")) opener.setAttribute("aria-expanded", String(open.includes(opener.id)));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("drawer");
    if (place) new MutationObserver(mark).observe(place, { childList: true });
  });
  document.addEventListener("htmx:afterSwap", mark);
})();
