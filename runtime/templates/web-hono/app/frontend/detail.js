import { api } from "./api.js";
import { announce, h, linkButton, loading, notice } from "./elements.js";
import { format, nameOf } from "./format.js";
import { table } from "./list.js";
import { entities } from "./model.js";

/** The page of one item, with what belongs to it. */
export async function showDetail(main, entity, id) {
  main.replaceChildren(loading());
  const item = await api.get(entity.plural, id);
  const name = nameOf(entity, item, item.labels);
  const head = h(
    "div",
    { class: "head" },
    h(
      "div",
      {},
      h("p", { class: "crumb" }, h("a", { href: `#/${entity.plural}` }, entity.labelPlural)),
      h("h1", {}, name),
    ),
    h(
      "div",
      { class: "actions" },
      linkButton("Edit", `#/${entity.plural}/${id}/edit`, "plain"),
      h(
        "button",
        { type: "button", class: "button danger", onclick: () => confirmDelete(entity, item, name) },
        "Delete",
      ),
    ),
  );
  const values = entity.fields.flatMap((field) => [h("dt", {}, field.label), h("dd", {}, value(field, item))]);
  main.replaceChildren(head, h("dl", { class: "card facts" }, ...values), ...(await related(entity, id)));
}

function value(field, item) {
  const text = format(field, item[field.name], item.labels);
  if (!text) return h("span", { class: "muted" }, "–");
  if (field.type === "email") return h("a", { href: `mailto:${text}` }, text);
  if (field.type === "phone") return h("a", { href: `tel:${text.replace(/[^+0-9]/g, "")}` }, text);
  if (field.type === "url" && /^https?:/.test(text)) return h("a", { href: text, rel: "noopener noreferrer" }, text);
  if (field.type === "choice") return h("span", { class: "chip" }, text);
  const target = field.type === "reference" && entities.find((each) => each.name === field.entity);
  return target ? h("a", { href: `#/${target.plural}/${item[field.name]}` }, text) : text;
}

async function related(entity, id) {
  const sections = entities.flatMap((other) =>
    other.fields
      .filter((field) => field.type === "reference" && field.entity === entity.name)
      .map(async (field) => {
        const page = await api.list(other.plural, { [field.name]: id, limit: 50 });
        const add = linkButton(
          `Add ${other.label.toLowerCase()}`,
          `#/${other.plural}/new?${field.name}=${id}`,
          "plain",
        );
        const content =
          page.total > 0
            ? table(other, page, field.name)
            : h("p", { class: "muted" }, `No ${other.labelPlural.toLowerCase()} yet.`);
        return h("section", {}, h("div", { class: "head" }, h("h2", {}, other.labelPlural), add), content);
      }),
  );
  return Promise.all(sections);
}

function confirmDelete(entity, item, name) {
  const problem = h("div", {});
  const dialog = h(
    "dialog",
    { "aria-labelledby": "confirm-title" },
    h("h2", { id: "confirm-title" }, `Delete ${name}?`),
    h("p", {}, "This cannot be undone."),
    problem,
    h(
      "form",
      { class: "actions", method: "dialog" },
      h("button", { class: "button plain", value: "cancel" }, "Keep"),
      h("button", { class: "button danger", type: "button", onclick: remove }, `Delete ${entity.label.toLowerCase()}`),
    ),
  );
  async function remove() {
    try {
      await api.remove(entity.plural, item.id);
      dialog.close();
      announce(`${entity.label} deleted`);
      location.hash = `#/${entity.plural}`;
    } catch (error) {
      problem.replaceChildren(notice("error", error.message));
    }
  }
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
