import { type DraftView, keyOf, type Period } from "./draft.ts";
import type { Token } from "./tokens.ts";
import { DETERMINERS, VIEW } from "./vocabulary.ts";
import { isAdjective, isParticiple, isPlural } from "./words.ts";

/** Words of time that pick items out of a list. */
export const TIME_QUALIFIERS: Readonly<Record<string, "upcoming" | "past" | "today">> = {
  upcoming: "upcoming",
  future: "upcoming",
  next: "upcoming",
  coming: "upcoming",
  planned: "upcoming",
  overdue: "past",
  late: "past",
  past: "past",
  expired: "past",
  previous: "past",
  due: "upcoming",
  today: "today",
  "today's": "today",
  todays: "today",
};
const LEADING = new Set([
  "view",
  "page",
  "list",
  "overview",
  "screen",
  "dashboard",
  "of",
  "for",
  "showing",
  "the",
  "a",
  "an",
  "me",
  "all",
  "to",
  "users",
  "can",
  "and",
  "which",
  "with",
]);

/**
 * Views that a clause asks for: `list overdue tasks`, `upcoming appointments`, `show books that are available`, `tasks due today`.
 * @returns undefined when the clause is no such wish
 */
export function viewOf(
  tokens: readonly Token[],
  isKnown: (words: readonly string[]) => boolean,
): DraftView[] | undefined {
  const command =
    VIEW.has(tokens[0]?.word ?? "") || /^(?:page|view|overview|dashboard|list)$/.test(nounAfterArticle(tokens));
  let rest = command ? tokens.slice(1) : tokens;
  while (rest[0] && (LEADING.has(rest[0].word) || VIEW.has(rest[0].word)) && rest.length > 1) rest = rest.slice(1);
  const views = split(rest).map((part) => readView(part, command, isKnown));
  const found = views.filter((view) => view !== undefined);
  return found.length > 0 && found.length === views.length ? found : undefined;
}

/** Words that ask for an order, not for a part. */
const ORDERS = /^(?:latest|newest|recent|oldest|earliest)$/;
const SPAN = /^(?:days?|weeks?|weekends?|months?|quarters?|years?|season|hours?)$/;
const SIDE: Readonly<Record<string, Period["op"]>> = {
  next: "upcoming",
  coming: "upcoming",
  following: "upcoming",
  last: "past",
  past: "past",
  previous: "past",
};

/** `in the next 7 days`, `this week's`, `tomorrow`: when, and the words without it. */
function takePeriod(words: readonly string[]): { words: readonly string[]; period?: Period } {
  for (let index = 0; index < words.length; index += 1) {
    const plain = (words[index] ?? "").replace(/'s$/, "");
    if (plain === "tomorrow") return without(words, index, 1, { said: plain, op: "upcoming" });
    if (plain === "yesterday") return without(words, index, 1, { said: plain, op: "past" });
    if (plain !== "this" && plain !== "current" && !(plain in SIDE)) continue;
    const length = /^\d+$|^(?:two|three|four|five|six|seven|ten|few|couple)$/.test(words[index + 1] ?? "") ? 3 : 2;
    const span = (words[index + length - 1] ?? "").replace(/'s?$/, "");
    if (!SPAN.test(span)) continue;
    const said = [...words.slice(index, index + length - 1), span].join(" ");
    const op = SIDE[plain];
    return without(words, index, length, { said: length === 3 ? `the ${said}` : said, ...(op ? { op } : {}) });
  }
  return { words };
}

function without(
  words: readonly string[],
  at: number,
  length: number,
  period: Period,
): { words: readonly string[]; period: Period } {
  const before = words.slice(0, at);
  while (/^(?:in|within|during|over|for|the|on|from|of)$/.test(before.at(-1) ?? "")) before.pop();
  return { words: [...before, ...words.slice(at + length)], period };
}

function readView(
  all: readonly string[],
  command: boolean,
  isKnown: (words: readonly string[]) => boolean,
): DraftView | undefined {
  const { words, period } = takePeriod(all);
  const sort = words.findIndex(
    (word, index) => word === "by" && /^(?:sorted|ordered|sort|order|list|listed)$/.test(words[index - 1] ?? ""),
  );
  const sortBy = sort > 0 ? words.slice(sort + 1).filter((word) => !DETERMINERS.has(word)) : undefined;
  const own = sort > 0 ? words.slice(0, sort - 1) : words;
  const noun = own.findIndex((word) => isPlural(word) && !(word in TIME_QUALIFIERS));
  if (noun < 0) return undefined;
  const before = own.slice(0, noun).filter((word) => !DETERMINERS.has(word));
  const after = own
    .slice(noun + 1)
    .filter((word) => !["that", "which", "are", "is", "who", "the", "for", "on"].includes(word));
  const newest = before.findIndex((word) => ORDERS.test(word));
  const order = newest < 0 ? undefined : before.splice(newest, 1)[0];
  const start = before.findIndex((word) => !isQualifier(word));
  const qualifiers = [...(start < 0 ? before : before.slice(0, start)), ...after];
  const name = [...(start < 0 ? [] : before.slice(start)), own[noun] ?? ""];
  const timed = qualifiers.some((word) => word in TIME_QUALIFIERS);
  const moved = after.every((word) => /ing$/.test(word)) && period !== undefined; // contracts ending this month
  if (order && qualifiers.length === 0) return command ? { entity: keyOf(name), qualifiers, order } : undefined;
  if (qualifiers.length === 0 && !sortBy && !period)
    return command && isKnown(name) ? { entity: keyOf(name), qualifiers } : undefined;
  if (
    !(moved ? before : qualifiers).every((word) => isQualifier(word) || !qualifiers.includes(word)) ||
    qualifiers.length > 3
  )
    return undefined;
  if (!command && !(timed && before.length > 0)) return undefined;
  return { entity: keyOf(name), qualifiers, ...(sortBy ? { sortBy } : {}), ...(period ? { period } : {}) };
}

function isQualifier(word: string): boolean {
  return word in TIME_QUALIFIERS || /^(?:un|not|in)/.test(word) || isParticiple(word) || isAdjective(word);
}

function split(tokens: readonly Token[]): string[][] {
  const parts: string[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "word") parts.at(-1)?.push(token.word);
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}

function nounAfterArticle(tokens: readonly Token[]): string {
  return DETERMINERS.has(tokens[0]?.word ?? "") ? (tokens[1]?.word ?? "") : "";
}
