import { api } from "./api.js";
import { h, linkButton, loading, notice } from "./elements.js";
import { retry, table } from "./list.js";
import { entities, title, views } from "./model.js";

/** The start page: how much there is of everything, and the views. */
export async function showHome(main) {
  const cards = entities.map((entity) => {
    const count = h("span", { class: "number" }, "…");
    api.list(entity.plural, { limit: 1 }).then(
      (page) => count.replaceChildren(String(page.total)),
      () => count.replaceChildren("–"),
    );
    return h("a", { href: `#/${entity.plural}`, class: "card tile" }, count, h("span", {}, entity.labelPlural));
  });
  const sections = views.map((view) => viewSection(view));
  main.replaceChildren(h("h1", {}, title), h("div", { class: "tiles" }, ...cards), ...sections);
}

/** One view on a page of its own. */
export function showView(main, view) {
  main.replaceChildren(viewSection(view, "h1", 100));
}

function viewSection(view, heading = "h2", limit = 10) {
  const entity = entities.find((each) => each.name === view.entity);
  const content = h("div", { "aria-live": "polite" }, loading());
  const load = async () => {
    try {
      const page = await api.list(`views/${view.name}`, { limit });
      content.replaceChildren(
        page.total > 0
          ? table(entity, page)
          : notice("empty", "Nothing here", `There are no ${view.title.toLowerCase()}.`),
      );
      if (page.total > page.items.length)
        content.append(h("p", { class: "count" }, h("a", { href: `#/views/${view.name}` }, `All ${page.total}`)));
    } catch (error) {
      content.replaceChildren(notice("error", "This could not be loaded", error.message, retry(load)));
    }
  };
  load();
  const add = linkButton(`Add ${entity.label.toLowerCase()}`, `#/${entity.plural}/new`, "plain");
  return h(
    "section",
    { "data-view": view.name },
    h("div", { class: "head" }, h(heading, {}, view.title), add),
    content,
  );
}
