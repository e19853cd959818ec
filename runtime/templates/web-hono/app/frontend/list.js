import { api } from "./api.js";
import { h, linkButton, loading, notice } from "./elements.js";
import { format, nameOf } from "./format.js";
import { entities } from "./model.js";

const PAGE_SIZE = 20;

/** The page of an entity: search, table, paging. `query` holds q, offset and filters from the address. */
export async function showList(main, entity, query) {
  const search = h("input", {
    type: "search",
    name: "q",
    value: query.q ?? "",
    placeholder: `Search ${entity.labelPlural.toLowerCase()}`,
    "aria-label": `Search ${entity.labelPlural.toLowerCase()}`,
  });
  const results = h("div", { "aria-live": "polite" }, loading());
  const head = h(
    "div",
    { class: "head" },
    h("h1", {}, entity.labelPlural),
    linkButton(`Add ${entity.label.toLowerCase()}`, `#/${entity.plural}/new`),
  );
  const state = { ...query, offset: Number(query.offset ?? 0) };
  const load = async () => {
    try {
      const page = await api.list(entity.plural, { ...state, limit: PAGE_SIZE });
      results.replaceChildren(page.total === 0 ? empty(entity, state) : table(entity, page), paging(state, page, load));
    } catch (error) {
      results.replaceChildren(notice("error", "The list could not be loaded", error.message, retry(load)));
    }
  };
  let timer;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      Object.assign(state, { q: search.value, offset: 0 });
      load();
    }, 200);
  });
  const bar = h("form", { class: "toolbar", role: "search", onsubmit: (event) => event.preventDefault() }, search);
  main.replaceChildren(head, bar, results);
  await load();
}

/** A table of items; every row leads to its item. Used by lists, views and details. */
export function table(entity, { items, labels }, without) {
  const fields = entity.fields.filter((field) => field.name !== without && field.type !== "longText").slice(0, 6);
  const rows = items.map((item) => {
    const href = `#/${entity.plural}/${item.id}`;
    const cells = fields.map((field, index) => {
      const text = format(field, item[field.name], labels) || "–";
      const shown = field.type === "choice" && item[field.name] ? h("span", { class: "chip" }, text) : text;
      return h(
        "td",
        { "data-label": field.label, class: field.type },
        index === 0 ? h("a", { href }, text === "–" ? nameOf(entity, item, labels) : text) : shown,
      );
    });
    return h("tr", {}, ...cells);
  });
  const head = h("tr", {}, ...fields.map((field) => h("th", { scope: "col", class: field.type }, field.label)));
  return h("div", { class: "card table" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
}

export function retry(load) {
  return h("button", { type: "button", class: "button plain", onclick: load }, "Try again");
}

function empty(entity, state) {
  if (state.q) return notice("empty", "Nothing found", `No ${entity.labelPlural.toLowerCase()} match “${state.q}”.`);
  const needed = entity.fields.find((field) => field.type === "reference" && field.required);
  const target = needed && entities.find((each) => each.name === needed.entity);
  const hint = target
    ? `Each one belongs to a ${target.label.toLowerCase()}, so there has to be one first.`
    : "Add the first one.";
  return notice(
    "empty",
    `No ${entity.labelPlural.toLowerCase()} yet`,
    hint,
    linkButton(`Add ${entity.label.toLowerCase()}`, `#/${entity.plural}/new`),
  );
}

function paging(state, { total }, load) {
  if (total <= PAGE_SIZE) return h("p", { class: "count" }, total === 0 ? "" : `${total} in total`);
  const go = (offset) => () => {
    state.offset = offset;
    load();
  };
  const last = Math.min(state.offset + PAGE_SIZE, total);
  const button = (text, offset, disabled) =>
    h("button", { type: "button", class: "button plain", disabled, onclick: go(offset) }, text);
  return h(
    "nav",
    { class: "paging", "aria-label": "Pages" },
    button("Previous", Math.max(0, state.offset - PAGE_SIZE), state.offset === 0),
    h("span", {}, `${state.offset + 1}–${last} of ${total}`),
    button("Next", state.offset + PAGE_SIZE, last >= total),
  );
}
