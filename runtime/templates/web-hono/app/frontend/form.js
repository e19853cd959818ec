import { api } from "./api.js";
import { announce, h, linkButton, loading, notice } from "./elements.js";
import { nameOf, toLocalInput } from "./format.js";
import { entities } from "./model.js";

const INPUTS = {
  text: { type: "text", maxlength: 200 },
  integer: { type: "number", step: 1, inputmode: "numeric" },
  decimal: { type: "number", step: "any", inputmode: "decimal" },
  money: { type: "number", step: "0.01", inputmode: "decimal" },
  date: { type: "date" },
  time: { type: "time" },
  dateTime: { type: "datetime-local" },
  email: { type: "email", autocomplete: "off", maxlength: 200 },
  phone: { type: "tel", autocomplete: "off", maxlength: 30 },
  url: { type: "url", placeholder: "https://", maxlength: 2000 },
};

/** The form of one entity, for a new item or for one that exists. */
export async function showForm(main, entity, id, preset = {}) {
  main.replaceChildren(loading());
  const [found, options] = await Promise.all([id ? api.get(entity.plural, id) : undefined, loadOptions(entity)]);
  const item = found ?? preset;
  const title = id ? `Edit ${entity.label.toLowerCase()}` : `Add ${entity.label.toLowerCase()}`;
  const problems = h("div", { class: "problems", tabindex: -1 });
  const back = id ? `#/${entity.plural}/${id}` : `#/${entity.plural}`;
  const save = h("button", { type: "submit", class: "button primary" }, "Save");
  const form = h(
    "form",
    { novalidate: true, class: "card form", "aria-label": title },
    problems,
    ...entity.fields.map((field) => row(field, item[field.name], options[field.name])),
    h("div", { class: "actions" }, save, linkButton("Cancel", back, "plain")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    clearErrors(form, problems);
    try {
      const values = read(form, entity);
      const saved = id ? await api.replace(entity.plural, id, values) : await api.create(entity.plural, values);
      announce(`${entity.label} saved`);
      location.hash = `#/${entity.plural}/${saved.id}`;
    } catch (error) {
      showErrors(form, problems, error);
    } finally {
      save.disabled = false;
    }
  });
  main.replaceChildren(h("h1", {}, title), form);
  form.querySelector("input, select, textarea")?.focus();
}

async function loadOptions(entity) {
  const references = entity.fields.filter((field) => field.type === "reference");
  const loaded = references.map(async (field) => {
    const target = entities.find((each) => each.name === field.entity);
    const page = await api.list(target.plural, { limit: 200 });
    const options = page.items.map((item) => ({ value: item.id, text: nameOf(target, item, page.labels) }));
    return [field.name, { target, options: options.sort((a, b) => a.text.localeCompare(b.text)) }];
  });
  return Object.fromEntries(await Promise.all(loaded));
}

function row(field, value, options) {
  const id = `field-${field.name}`;
  const shared = { id, name: field.name, required: field.required, "aria-describedby": `${id}-error` };
  const error = h("p", { class: "error", id: `${id}-error` });
  if (field.type === "boolean") {
    const box = h("input", { ...shared, required: undefined, type: "checkbox", checked: value === true });
    return h("div", { class: "row check" }, h("label", { for: id }, box, field.label), error);
  }
  const mark = field.required ? h("span", { class: "mark", "aria-hidden": "true" }, " *") : null;
  return h(
    "div",
    { class: "row" },
    h("label", { for: id }, field.label, mark),
    control(field, value, shared, options),
    error,
  );
}

function control(field, value, shared, options) {
  if (field.type === "longText") return h("textarea", { ...shared, rows: 4, maxlength: 10000 }, value ?? "");
  if (field.type === "choice" || field.type === "reference") {
    const choices = options?.options ?? field.choices.map((text) => ({ value: text, text }));
    const select = h(
      "select",
      shared,
      h("option", { value: "" }, choices.length > 0 ? "Choose…" : "Nothing to choose from yet"),
      ...choices.map((choice) => h("option", { value: choice.value, selected: choice.value === value }, choice.text)),
    );
    if (!options) return select;
    const label = `New ${options.target.label.toLowerCase()}`;
    return h("div", { class: "with-link" }, select, h("a", { href: `#/${options.target.plural}/new` }, label));
  }
  const shown = field.type === "dateTime" && value ? toLocalInput(value) : (value ?? "");
  return h("input", { ...shared, ...INPUTS[field.type], value: shown, min: field.min, max: field.max });
}

function read(form, entity) {
  return Object.fromEntries(
    entity.fields.map((field) => [field.name, readValue(form.elements.namedItem(field.name), field)]),
  );
}

function readValue(input, field) {
  if (field.type === "boolean") return input.checked;
  const text = input.value.trim();
  if (text === "") return null;
  if (["integer", "decimal", "money"].includes(field.type)) return Number(text);
  if (field.type === "dateTime") return new Date(text).toISOString();
  return text;
}

function clearErrors(form, problems) {
  problems.replaceChildren();
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const error of form.querySelectorAll(".error")) error.textContent = "";
}

function showErrors(form, problems, error) {
  const others = [];
  let first;
  for (const { field, message } of error.errors ?? []) {
    const input = field ? form.elements.namedItem(field) : null;
    if (!input) {
      others.push(message);
      continue;
    }
    input.setAttribute("aria-invalid", "true");
    document.getElementById(`field-${field}-error`).textContent = message;
    first ??= input;
  }
  const text = others.join(" ") || (first ? "Please look at the marked fields." : "");
  problems.replaceChildren(notice("error", error.message, text));
  (first ?? problems).focus();
}
