/* A combobox over a list that is fetched when it is first needed. WAI-ARIA combobox with a listbox: type to search label
   and API name, arrows, Home, End, Page keys to move, Enter to choose, Escape to leave. It says what was chosen by the
   event `combobox:pick` (detail: {name, label}); who listens saves it. */
(() => {
  "use strict";

  const LIMIT = 200;
  const lists = new WeakMap();
  let openBox = null;

  const inputOf = (box) => box.querySelector("input");
  const codeOf = (box) => box.querySelector(":scope > code");
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  /* --- The list -------------------------------------------------------------------------------------------------- */

  async function load(box) {
    if (!lists.has(box)) {
      // The promise is kept, not its answer: who types while it loads asks once, and is shown last.
      const asked = fetch(box.dataset.fields, { headers: { Accept: "application/json" } }).then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      });
      lists.set(box, asked);
      asked.catch(() => lists.delete(box));
    }
    return lists.get(box);
  }

  function matches(field, wanted) {
    return wanted.every((word) => field.label.toLowerCase().includes(word) || field.name.toLowerCase().includes(word));
  }

  function marked(text, wanted) {
    const found = wanted
      .map((word) => [text.toLowerCase().indexOf(word), word.length])
      .filter(([at]) => at >= 0)
      .sort(([a], [b]) => a - b)[0];
    if (!found) return [text];
    const [at, length] = found;
    return [text.slice(0, at), make("mark", { textContent: text.slice(at, at + length) }), text.slice(at + length)];
  }

  function option(box, field, wanted, index) {
    const label = make("span", {}, ...marked(field.label, wanted));
    if (field.required) label.append(" ", make("span", { className: "req", textContent: "*" }));
    const small = make("small", {}, make("code", { textContent: field.name }));
    if (field.note) small.append(` · ${field.note}`);
    const item = make("li", { id: `${inputOf(box).id}-option-${index}` }, label, make("span", { className: "type", textContent: field.badge }), small);
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    if (field.disabled) item.setAttribute("aria-disabled", "true");
    item.dataset.name = field.name;
    item.dataset.label = field.label + (field.required ? " *" : "");
    return item;
  }

  function fill(box, data, typed) {
    const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const found = data.fields.filter((field) => matches(field, wanted));
    const list = box.querySelector("[role=listbox]");
    list.replaceChildren(...found.slice(0, LIMIT).map((field, index) => option(box, field, wanted, index)));
    const footer = box.querySelector(".listbox footer");
    const shown = Math.min(found.length, LIMIT);
    footer.replaceChildren(
      found.length ? `${shown} of ${data.fields.length} ${data.object} fields. ` : `None of the ${data.fields.length} ${data.object} fields is called so. `,
      make("kbd", { textContent: "↑" }), " ", make("kbd", { textContent: "↓" }), " to move, ",
      make("kbd", { textContent: "Enter" }), " to choose, ", make("kbd", { textContent: "Esc" }), " to leave",
    );
    const chosen = typed ? list.querySelector("li:not([aria-disabled])") : list.querySelector(`[data-name="${CSS.escape(codeOf(box).textContent)}"]`);
    activate(box, chosen);
  }

  /* --- Open and closed ------------------------------------------------------------------------------------------- */

  async function open(box, typed = "") {
    if (openBox && openBox !== box) close(openBox);
    openBox = box;
    const input = inputOf(box);
    if (!box.querySelector(".listbox")) {
      const list = make("ul", { id: `${input.id}-list` });
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", "Fields");
      box.append(make("div", { className: "listbox" }, list, make("footer", { textContent: "Loading the fields." })));
    }
    input.setAttribute("aria-expanded", "true");
    try {
      const data = await load(box);
      if (openBox === box) fill(box, data, typed);
    } catch {
      const footer = box.querySelector(".listbox footer");
      if (footer) footer.textContent = "The fields did not load. Close the list and open it again.";
    }
  }

  function close(box, { restore = true } = {}) {
    const input = inputOf(box);
    box.querySelector(".listbox")?.remove();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    if (restore) input.value = input.defaultValue;
    if (openBox === box) openBox = null;
  }

  const isOpen = (box) => openBox === box;

  function activate(box, item) {
    box.querySelectorAll("[aria-selected=true]").forEach((other) => other.setAttribute("aria-selected", "false"));
    if (!item) {
      inputOf(box).removeAttribute("aria-activedescendant");
      return;
    }
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    inputOf(box).setAttribute("aria-activedescendant", item.id);
  }

  function move(box, step, absolute) {
    const items = [...box.querySelectorAll("[role=option]")];
    if (!items.length) return;
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const next = absolute ?? (at < 0 && step < 0 ? items.length - 1 : at + step);
    activate(box, items[Math.max(0, Math.min(items.length - 1, next))]);
  }

  /* --- Choosing -------------------------------------------------------------------------------------------------- */

  function show(box, name, label) {
    const input = inputOf(box);
    input.value = input.defaultValue = label;
    codeOf(box).textContent = name;
    box.querySelector("[data-clear]").hidden = !name;
    box.querySelector("[data-open]").hidden = Boolean(name);
  }

  function pick(box, name, label) {
    const before = { name: codeOf(box).textContent, label: inputOf(box).defaultValue };
    close(box, { restore: false });
    show(box, name, label);
    if (name === before.name) return;
    document.querySelectorAll("[data-combobox]").forEach((other) => lists.delete(other));
    box.dispatchEvent(new CustomEvent("combobox:pick", { bubbles: true, detail: { name, label, undo: () => show(box, before.name, before.label) } }));
  }

  function choose(box, item) {
    if (item && item.getAttribute("aria-disabled") !== "true") pick(box, item.dataset.name, item.dataset.label);
  }

  /* --- Keys and pointer ------------------------------------------------------------------------------------------ */

  const KEYS = {
    ArrowDown: (box) => move(box, 1),
    ArrowUp: (box) => move(box, -1),
    PageDown: (box) => move(box, 8),
    PageUp: (box) => move(box, -8),
  };

  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-combobox]");
    if (!box || event.target !== inputOf(box)) return;
    if (KEYS[event.key]) {
      event.preventDefault();
      if (isOpen(box)) KEYS[event.key](box);
      else open(box);
    } else if (isOpen(box) && event.key === "Enter") {
      event.preventDefault();
      choose(box, box.querySelector("[aria-selected=true]"));
    } else if (isOpen(box) && event.key === "Escape") {
      event.preventDefault();
      close(box);
      event.target.select();
    }
  });

  document.addEventListener("input", (event) => {
    const box = event.target.closest?.("[data-combobox]");
    if (box && event.target === inputOf(box)) open(box, event.target.value.trim());
  });

  document.addEventListener("focusin", (event) => {
    if (openBox && !openBox.contains(event.target)) close(openBox);
    if (event.target.matches?.("[data-combobox] input")) event.target.select();
  });

  document.addEventListener("mousedown", (event) => {
    // The input keeps the focus while the list is used.
    if (event.target.closest(".listbox")) event.preventDefault();
    else if (openBox && !openBox.contains(event.target)) close(openBox);
  });

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-combobox]");
    if (!box) return;
    const item = event.target.closest("[role=option]");
    if (item) choose(box, item);
    else if (event.target.closest("[data-clear]")) {
      pick(box, "", "");
      inputOf(box).focus();
    } else if (event.target.closest("[data-open]")) {
      inputOf(box).focus();
      if (!isOpen(box)) open(box);
    } else if (event.target === inputOf(box) && !isOpen(box)) open(box);
  });
})();
