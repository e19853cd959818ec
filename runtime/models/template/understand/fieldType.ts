import { FIELD_TYPES, type Field } from "@devfactory/stacks/spec/index.ts";
import { capital, isAdjective, isNoun, isParticiple, isPlural, singular } from "./words.ts";

type FieldType = Field["type"];

/** What the head noun of a phrase says about the type of its values: words of measure, time, money and communication. */
const BY_HEAD: readonly (readonly [FieldType, string])[] = [
  ["email", "email mail"],
  ["phone", "phone telephone mobile cell fax"],
  ["url", "url link website homepage webpage uri"],
  ["dateTime", "timestamp datetime"],
  ["date", "date day deadline birthday birthdate anniversary expiry expiration dob"],
  ["time", "time hour o'clock"],
  [
    "money",
    "price amount cost fee total subtotal salary wage budget balance payment revenue income expense discount deposit rent tax tip fare premium fine charge",
  ],
  [
    "integer",
    "count quantity qty age year capacity stock rating score duration minutes hours days weeks months years calories seats pages page rank points mileage population people size step floor attempts reps sets servings",
  ],
  [
    "decimal",
    "weight height length width depth distance temperature percentage percent latitude longitude volume speed area humidity ratio dose dosage moisture ph voltage",
  ],
  [
    "longText",
    "description notes note content contents body instructions instruction message details detail summary comment comments remarks remark biography bio text feedback directions story abstract diagnosis findings finding observations observation transcript",
  ],
];
const HEADS = new Map(BY_HEAD.flatMap(([type, words]) => words.split(" ").map((word) => [word, type] as const)));
/** Nouns whose values name the thing itself. */
const IDENTIFYING = new Set(
  "name title subject headline label code number isbn sku serial plate identifier id username nickname reference".split(
    " ",
  ),
);
const UNIQUE = new Set("isbn sku serial barcode".split(" "));
const STATE_NOUNS = new Set("status state stage phase progress".split(" "));
const COUNTED = /^(?:(?:max|maximum|min|minimum|total|average|expected) )?(?:number|count|amount|quantity) of \w/;
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const START_END = /^(?:starts?|ends?|begins?|finish(?:es)?|opens?|closes?|departs?|arrives?)(?: at| on)?$/;

/** `1-5`: from and to. */
const RANGE = /^(?:from )?(\d{1,6}) ?(?:-|–|to) ?(\d{1,6})$/;

/** Values of a state that nobody listed. */
export const DEFAULT_STATES = ["Open", "In progress", "Done"] as const;

export interface Phrase {
  /** Words without articles, in lower case. */
  readonly words: readonly string[];
  readonly choices?: readonly string[];
  readonly note?: string;
  /** What the values are measured in, as said: `in minutes`. */
  readonly unit?: string;
}

/** Units, which tell how a value is counted or measured. */
const BY_UNIT: readonly (readonly [FieldType, RegExp])[] = [
  [
    "integer",
    /^(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?|pages?|pieces?|points?|steps?|people|persons)$/,
  ],
  [
    "decimal",
    /^(?:kg|kgs|g|mg|grams?|kilograms?|kilos?|tons?|tonnes?|pounds?|lbs?|ounces?|oz|ml|cl|l|lit(?:er|re)s?|gallons?|mm|cm|m|km|met(?:er|re)s?|kilomet(?:er|re)s?|miles?|feet|inches|hectares?|acres?|celsius|fahrenheit|degrees?|percent|volts?|watts?|kwh?|hz|bar|ppm|mph)$/,
  ],
  ["money", /^(?:dollars?|euros?|usd|eur|gbp|chf|cents?|francs?|yen)$/],
];

/** The type of what is measured in a unit; undefined when the word is no unit. */
export function unitType(word: string): FieldType | undefined {
  return BY_UNIT.find(([, unit]) => unit.test(word))?.[0];
}

/** A field from the words of a noun phrase and from what stood in parentheses after it. */
export function toField({ words, choices, note, unit }: Phrase): Field {
  const flags = new Set(words.filter((word) => ["optional", "required", "unique", "mandatory"].includes(word)));
  const range = [note ?? "", words.at(-1) ?? ""].map((each) => RANGE.exec(each)).find((found) => found !== null);
  const own = words.filter((word) => !flags.has(word) && (!RANGE.test(word) || words.length === 1));
  const named = note && !RANGE.test(note) ? readNote(note) : {};
  for (const flag of named.flags ?? []) flags.add(flag);
  const values = choices ?? named.choices;
  const yesNo = /^(?:is|has|was|are|can|should)$/.test(own[0] ?? "") && own.length > 1;
  const kept = yesNo ? own.slice(1) : own;
  const name = camelWords(usual(kept));
  const measured = unit === undefined ? undefined : unitType(unit);
  const type = values ? "choice" : (named.type ?? (range ? "integer" : measured) ?? (yesNo ? "boolean" : typeOf(kept)));
  const head = kept.at(-1) ?? "";
  const usualValues = isWeekday(kept) ? WEEKDAYS : DEFAULT_STATES;
  return {
    name,
    label: capital(kept.join(" ")).slice(0, 60),
    type,
    required: flags.has("required") || flags.has("mandatory"),
    unique: flags.has("unique") || UNIQUE.has(head),
    ...(range && type === "integer" ? { min: Number(range[1]), max: Number(range[2]) } : {}),
    ...(type === "choice" ? { choices: [...(values ?? usualValues)] } : {}),
  };
}

/** `weekday` is one of seven, not a day of the calendar. */
function isWeekday(words: readonly string[]): boolean {
  return /^weekdays?$/.test(words.at(-1) ?? "");
}

/** `phone number` and `phone` are one field, and so are `email address` and `email`. */
function usual(words: readonly string[]): readonly string[] {
  const redundant =
    words.length > 1 &&
    ["number", "address"].includes(words.at(-1) ?? "") &&
    ["phone", "email"].includes(typeOf(words));
  return redundant ? words.slice(0, -1) : words;
}

/** The type that a phrase's words tell; plain text when they tell nothing. */
export function typeOf(words: readonly string[]): FieldType {
  const text = words.join(" ");
  const head = words.at(-1) ?? "";
  if (/^(?:amount|quantity) of (?!money)/.test(text)) return "decimal";
  if (COUNTED.test(text) && !text.startsWith("amount of money")) return "integer";
  const of = words.indexOf("of");
  if (of > 0) return typeOf(words.slice(0, of)); // date of birth
  if (/^(?:max|min|maximum|minimum|total)$/.test(words[0] ?? "") && isPlural(head)) return "integer";
  if (
    head === "time" &&
    /ing$/.test(words.at(-2) ?? "") &&
    !/^(?:open|clos|start|end|meet|board|check)/.test(words.at(-2) ?? "")
  )
    return "integer"; // cooking time: how long
  if (head === "number" || head === "no") return words.some((word) => HEADS.get(word) === "phone") ? "phone" : "text";
  if (head === "address") return words.includes("email") ? "email" : words.includes("web") ? "url" : "text";
  if (STATE_NOUNS.has(head) || isWeekday(words)) return "choice";
  if (words.includes("per") || text.endsWith(" rate")) return "money";
  if (text === "rate" || text === "hourly rate") return "money";
  if (START_END.test(text)) return "dateTime";
  const type = HEADS.get(head) ?? HEADS.get(singular(head));
  if (type) return type;
  if (/(?:ed)? (?:at|on)$/.test(text)) return text.endsWith("at") ? "dateTime" : "date";
  if (/^(?:price|cost|fee)s?$/.test(words[0] ?? "")) return "money";
  const adjective = words.length <= 2 && (isAdjective(head) || isParticiple(head)) && !isNounLike(head);
  return adjective ? "boolean" : "text";
}

/** Whether a plural such as `notes` or `hours` is one value, not many things. */
export function isMeasure(words: readonly string[]): boolean {
  if (/^(?:max|min|maximum|minimum|total)$/.test(words[0] ?? "")) return true;
  const head = words.at(-1) ?? "";
  return (
    HEADS.has(head) ||
    isWeekday(words) ||
    (isPlural(head) &&
      ["date", "dateTime", "time", "email", "phone", "url", "money", "decimal"].includes(
        HEADS.get(singular(head)) ?? "",
      ))
  );
}

export function isIdentifying(words: readonly string[]): boolean {
  const of = words.indexOf("of");
  return IDENTIFYING.has(words[of > 0 ? of - 1 : words.length - 1] ?? "") && typeOf(words) === "text";
}

/** `due date` → `dueDate`; always a valid name. */
export function camelWords(words: readonly string[]): string {
  const parts = words
    .flatMap((word) =>
      word
        .normalize("NFKD")
        .replace(/[^A-Za-z0-9]+/g, " ")
        .trim()
        .split(" "),
    )
    .filter(Boolean);
  const name = parts.map((part, index) => (index === 0 ? part.toLowerCase() : capital(part.toLowerCase()))).join("");
  const safe = /^[a-z]/.test(name) ? name : `field${capital(name)}`;
  return (RESERVED.has(safe) ? `${safe}Value` : safe).slice(0, 40);
}

/** Names that every item, or a list's query, has already. */
const RESERVED = new Set([
  "id",
  "createdAt",
  "updatedAt",
  "limit",
  "offset",
  "sort",
  "q",
  "labels",
  "constructor",
  "prototype",
]);

interface Note {
  readonly choices?: string[];
  readonly type?: FieldType;
  readonly flags?: string[];
}

function readNote(note: string): Note {
  const parts = note
    .replace(/^(?:either|one of|e\.g\.|like):?\s+/i, "")
    .split(/\s*(?:,|\/|\||\bor\b|\band\b)\s*/i)
    .map((part) => part.trim())
    .filter(Boolean);
  const lower = parts.map((part) => part.toLowerCase());
  const flags = lower.filter((part) => ["optional", "required", "unique", "mandatory"].includes(part));
  if (flags.length === parts.length) return { flags };
  const type = FIELD_TYPES.find(
    (each) => each !== "choice" && each !== "reference" && each.toLowerCase() === lower[0]?.replaceAll(" ", ""),
  );
  if (type) return { type, flags };
  if (lower[0] === "number" || lower[0] === "numeric") return { type: "decimal", flags };
  if (lower[0] === "yes" && lower[1] === "no" && lower.length === 2) return { type: "boolean" };
  const choices = [...new Set(parts.filter((_, index) => !flags.includes(lower[index] ?? "")))];
  return choices.length >= 2
    ? { choices: choices.slice(0, 30).map((choice) => choice.slice(0, 60)), flags }
    : { flags };
}

function isNounLike(word: string): boolean {
  return isNoun(word) && !isAdjective(word) && !isParticiple(word);
}
