const money = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const number = new Intl.NumberFormat();
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** A value as a person reads it. @returns {string} empty when there is none */
export function format(field, value, labels = {}) {
  if (value === null || value === undefined || value === "") return "";
  if (field.type === "reference") return labels[value] ?? String(value).slice(0, 8);
  if (field.type === "boolean") return value ? "Yes" : "No";
  if (field.type === "money") return money.format(value);
  if (field.type === "integer" || field.type === "decimal") return number.format(value);
  if (field.type === "date") return date.format(new Date(`${value}T00:00:00Z`));
  if (field.type === "dateTime") return dateTime.format(new Date(value));
  return String(value);
}

/** The words by which a person knows an item. */
export function nameOf(entity, item, labels = {}) {
  const fields = entity.display.map((name) => entity.fields.find((field) => field.name === name));
  const parts = fields.map((field) => field && format(field, item[field.name], labels)).filter(Boolean);
  return parts.join(" · ") || item.id.slice(0, 8);
}

/** `2026-01-31T09:00` in local time, as the input for a moment wants it. */
export function toLocalInput(value) {
  const moment = new Date(value);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
