/**
 * Makes an element. Text is always set as text, never as markup.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] `on…` functions become listeners; true, false and undefined work as expected
 * @param {...(Node | string | number | null | undefined)} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A link that looks like a button. */
export function linkButton(text, href, kind = "primary") {
  return h("a", { href, class: `button ${kind}` }, text);
}

/** A notice in place of content. */
export function notice(kind, title, text, action) {
  const role = kind === "error" ? "alert" : "status";
  return h("div", { class: `notice ${kind}`, role }, h("strong", {}, title), text ? h("p", {}, text) : null, action);
}

/** Grey bars while data is on its way. */
export function loading() {
  const bars = [1, 2, 3].map(() => h("div", { class: "bar" }));
  return h("div", { class: "loading", role: "status", "aria-label": "Loading" }, ...bars);
}

/** Says something to everyone: shown for a moment, and read by screen readers. */
export function announce(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => toast.classList.remove("shown"), 4000);
}
