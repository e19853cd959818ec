/** A wish about the size of what runs an app, with the words that it was said in. */
export interface SizeWish {
  readonly option: "storageGb" | "highAvailability" | "size.cpu" | "scale.min" | "scale.max";
  /** GB, vCPUs or replicas; 1 for yes. */
  readonly value: number;
  readonly words: string;
}

const SIZE = String.raw`(\d+(?:\.\d+)?)`;
const HOLDER = "(?:database|disk|storage|db)";

/** How people say it. The words around the number belong to the wish, so that no entity is made of them. */
const PHRASES: readonly { readonly option: SizeWish["option"]; readonly pattern: RegExp }[] = [
  {
    option: "storageGb",
    pattern: new RegExp(
      String.raw`\b${HOLDER}\s+(?:has|have|of|with|gets|needs|should have|to)?\s*(?:at least\s+)?${SIZE}\s*([GT])B\b(?:\s+of\s+(?:disk|storage|space))?`,
      "i",
    ),
  },
  {
    option: "storageGb",
    pattern: new RegExp(String.raw`\b${SIZE}\s*([GT])B\s+(?:of\s+)?${HOLDER}(?:\s+space)?\b`, "i"),
  },
  {
    option: "highAvailability",
    pattern:
      /\b(?:highly available|high availability|(?:with |has |have )?a standby(?: server| database)?)(?:\s+database)?\b/i,
  },
  { option: "size.cpu", pattern: new RegExp(String.raw`\b${SIZE}\s*v?CPUs?\b`, "i") },
  { option: "scale.min", pattern: new RegExp(String.raw`\bat least\s+${SIZE}\s+(?:replicas?|instances?)\b`, "i") },
  {
    option: "scale.max",
    pattern: new RegExp(String.raw`\b(?:at most|up to)\s+${SIZE}\s+(?:replicas?|instances?)\b`, "i"),
  },
];

/** Words that say nothing of an app once its size is taken out of a sentence. */
const EMPTY =
  /^(?:a|an|the|it|its|app|is|be|has|have|with|of|on|in|to|and|but|give|gives|make|run|runs|use|keep|needs?|should|must|server|service|please|web|database|db|disk|storage|each|for)$/i;

/**
 * Takes the wishes about sizes out of a text.
 *
 * @returns `rest`: the text without them; sentences that spoke of nothing else are gone
 */
export function readSizes(text: string): { readonly wishes: readonly SizeWish[]; readonly rest: string } {
  const wishes: SizeWish[] = [];
  const sentences = text.split(/(?<=[.;!?\n])\s+/).map((sentence) => {
    const found = takeFrom(sentence);
    if (found.wishes.length === 0) return sentence;
    wishes.push(...found.wishes);
    const words = found.rest.match(/[\w'-]+/g) ?? [];
    return words.every((word) => EMPTY.test(word)) ? "" : tidy(found.rest);
  });
  return { wishes, rest: sentences.filter((sentence) => sentence !== "").join(" ") };
}

function takeFrom(sentence: string): { readonly wishes: readonly SizeWish[]; readonly rest: string } {
  const wishes: SizeWish[] = [];
  let rest = sentence;
  for (const { option, pattern } of PHRASES) {
    const match = pattern.exec(rest);
    if (!match) continue;
    const [words, size = "1", unit = ""] = match;
    wishes.push({ option, value: Number(size) * (unit.toUpperCase() === "T" ? 1024 : 1), words: words.trim() });
    rest = rest.replace(words, " ");
  }
  return { wishes, rest };
}

/** What stays of a sentence, without the joints that led to what was taken. */
function tidy(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replace(/(?:[,\s]+(?:and|with|on|a|an|the|has|have|is))*\s*([.;!?]?)\s*$/i, "$1")
    .trim();
}
