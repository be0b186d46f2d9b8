/* The manners of every page: what is pressed says that it works, what failed says so, what opened can be closed.
   Pages do their work without this file; it only makes them kinder. */
(() => {
  "use strict";

  const messages = () => document.getElementById("messages");
  const TOAST_SECONDS = 8;

  /* --- One sentence at a time in the one live region ------------------------------------------------------------- */

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
    svg.firstChild.setAttribute("href", `#i-${name}`);
    return svg;
  }

  function button(words, className, onClick) {
    const made = Object.assign(document.createElement("button"), { type: "button", className });
    made.append(words);
    made.addEventListener("click", onClick);
    return made;
  }

  function say(sentence, again) {
    const bar = Object.assign(document.createElement("div"), { className: "dark-bar" });
    bar.dataset.toast = "error";
    const words = Object.assign(document.createElement("p"), { textContent: sentence });
    const close = button(icon("x"), "btn btn-sm btn-icon", () => bar.remove());
    close.setAttribute("aria-label", "Dismiss");
    bar.append(icon("failed"), words, button("Load again", "btn btn-sm", again), close);
    messages().replaceChildren(bar);
  }

  function letGo(toast) {
    if (toast.dataset.timed) return;
    toast.dataset.timed = "1";
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : toast.remove());
    setTimeout(leave, TOAST_SECONDS * 1000);
  }

  function tendToasts() {
    // What went wrong stays until somebody has read it.
    messages()?.querySelectorAll("[data-toast=success], [data-toast=info]").forEach(letGo);
  }

  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove());

  /* --- A pressed button is busy until its answer is there -------------------------------------------------------- */

  function busy(pressed) {
    if (!pressed || pressed.getAttribute("aria-busy") === "true") return;
    pressed.style.minInlineSize = `${pressed.offsetWidth}px`;
    pressed.setAttribute("aria-busy", "true");
    const spinner = Object.assign(document.createElement("span"), { className: "spinner" });
    spinner.setAttribute("aria-hidden", "true");
    if (pressed.dataset.busy) {
      pressed.dataset.words = pressed.innerHTML;
      pressed.replaceChildren(spinner, pressed.dataset.busy);
    } else {
      pressed.prepend(spinner);
    }
  }

  function idle(pressed) {
    if (!pressed || pressed.getAttribute("aria-busy") !== "true") return;
    pressed.removeAttribute("aria-busy");
    pressed.style.minInlineSize = "";
    if (pressed.dataset.words) {
      pressed.innerHTML = pressed.dataset.words;
      delete pressed.dataset.words;
    } else {
      pressed.querySelector(":scope > .spinner")?.remove();
    }
  }

  const pressedBy = (detail) => {
    const source = detail.requestConfig?.triggeringEvent?.submitter ?? detail.elt;
    return source?.matches?.("button.btn, a.btn") ? source : null;
  };

  document.addEventListener("submit", (event) => {
    // A plain form post: a second tap would send it twice.
    if (!event.target.closest("[hx-post], [hx-get]") && event.submitter?.matches(".btn")) {
      if (event.submitter.getAttribute("aria-busy") === "true") event.preventDefault();
      else setTimeout(() => busy(event.submitter));
    }
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("button[aria-busy=true]").forEach(idle));

  document.addEventListener("htmx:beforeRequest", (event) => {
    busy(pressedBy(event.detail));
    if (event.detail.target?.matches(".dims")) event.detail.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    idle(pressedBy(event.detail));
    event.detail.target?.removeAttribute("aria-busy");
  });

  /* --- A request that failed: the old content stays, and a sentence says what did not happen ---------------------- */

  const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const didNot = (detail) => (detail.requestConfig?.verb === "get" ? "This did not load" : "This was not saved");
  const reload = () => location.reload();

  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    const why = status === 403 || status === 401 ? "you are no longer signed in" : `the server answered ${status}`;
    say(`${didNot(event.detail)}: ${why} at ${clock()}. What was on the page is kept.`, reload);
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      say(`${didNot(event.detail)}: the server could not be reached at ${clock()}. What was on the page is kept.`, reload);
    });
  }

  /* --- What opens takes the focus, what closes gives it back ------------------------------------------------------ */

  const openers = new WeakMap();
  const narrow = matchMedia("(width < 75rem)");
  let lastOpener = null;

  /* Where a drawer lies over the page, nothing under it can be reached; messages are still read out. */
  function shield() {
    const drawer = narrow.matches ? document.querySelector(".drawer") : null;
    const under = new Set();
    for (let part = drawer; part && part !== document.body; part = part.parentElement) {
      for (const beside of part.parentElement.children) if (beside !== part && beside.id !== "messages") under.add(beside);
    }
    for (const part of document.querySelectorAll("[data-under]")) {
      if (under.has(part)) continue;
      part.inert = false;
      delete part.dataset.under;
    }
    for (const part of under) {
      if (part.inert) continue;
      part.inert = true;
      part.dataset.under = "";
    }
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    const drawer = event.detail.target?.querySelector?.(".drawer");
    const opener = event.detail.requestConfig?.elt;
    if (drawer && opener && !drawer.contains(opener) && !openers.has(drawer)) {
      // What was pressed in the drawer before went with it: this one goes back to where that one came from.
      if (opener.isConnected) lastOpener = opener;
      openers.set(drawer, lastOpener);
      drawer.querySelector("[tabindex='-1']")?.focus();
    }
    shield();
    tendToasts();
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    shield();
    tendToasts();
  });
  narrow.addEventListener("change", shield);

  function close(drawer) {
    const opener = openers.get(drawer);
    // A drawer whose opener may be swapped meanwhile names those that take the focus in its place.
    const others = (drawer.dataset.returns ?? "").split(" ").map((id) => id && document.getElementById(id));
    drawer.remove();
    shield();
    [opener?.isConnected && opener, ...others].find(Boolean)?.focus();
  }

  document.addEventListener("click", (event) => {
    const drawer = event.target.closest("[data-close]")?.closest(".drawer");
    if (!drawer) return;
    // The way out is a link, for whoever came to the drawer's own address; a removed link would still be followed.
    if (openers.has(drawer)) event.preventDefault();
    close(drawer);
  });
  document.addEventListener("keydown", (event) => {
    // A listbox and a popover close themselves first and say so.
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector(":popover-open, dialog[open]:not(.static)")) return;
    const menu = event.target.closest?.("details.account[open]");
    const drawer = document.querySelector(".drawer");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (drawer) {
      close(drawer);
    }
  });

  /* --- A strip of tabs wider than the window begins at the current one ------------------------------------------- */

  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const strip = tab.closest("ul");
    const [all, one] = [strip.getBoundingClientRect(), tab.getBoundingClientRect()];
    strip.scrollLeft += one.left + one.width / 2 - (all.left + all.width / 2);
  }

  shield();
  tendToasts();
})();
