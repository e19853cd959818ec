/** A word of a clause, or what separates parts of a list. */
export interface Token {
  readonly kind: "word" | "and" | "or" | "comma";
  /** As written. */
  readonly text: string;
  /** In lower case. */
  readonly word: string;
  /** What stood in parentheses right after it. */
  readonly note?: string;
}

/** Phrases that only say how many, or lead to the noun that matters. */
const FILLERS = [
  /\b(?:one|zero|two|three) or more\b/gi,
  /\bat least one\b/gi,
  /\b(?:a|the)? ?(?:lists?|collection|set|series|catalog(?:ue)?|overview|kinds?|types?) of (?=(?:[a-z-]+ )?[a-z-]+s\b)/gi,
  /\ba (?:lot|number|bunch) of\b/gi,
  /\b(?:any number of|lots of|plenty of)\b/gi,
  /\b(?:the following|as follows|these fields|following fields)\b:?/gi,
  /\b(?:fields?|properties|attributes|columns) (?:like|such as|for|of|are|is)\b/gi,
  /\b(?:for example|e\.g\.|i\.e\.|etc\.?|such as|and so on)\b,?/gi,
];

/** One spelling for quotes, dashes and common words, and without politeness. */
export function normalize(text: string): string {
  let result = text
    .normalize("NFKC")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/(?<=\S)[^\S\n]+[\u2013\u2014-]\s/g, ": ")
    .replace(/\bsign(s?) ((?:their |the |an? )?[\w-]+) up for\b/gi, "sign$1 up $2 for")
    .replace(/\bas an? [\w -]{2,40}?,? (?=(?:i|we) (?:want|need|would|can|should|must)\b)/gi, "")
    .replace(/\b(i|we)'d\b/gi, "$1 would")
    .replace(/\b(i)'m\b/gi, "$1 am")
    .replace(/\b(we|they|you)'re\b/gi, "$1 are")
    .replace(/\bw\/\s*/gi, "with ")
    .replace(/\bthere (?:is|are|was|were|(?:should|must|will|can) be) /gi, "")
    .replace(/,? \b(?:once|twice|three times) (?:a|an|per|every) (?:day|week|month|quarter|year)\b/gi, "")
    .replace(
      /\bwhen (?:i|we|they|it|he|she|you) (?:was |were |is |are )?(last |first |next )?([a-z]+(?:ed|ght|nt))(?: (?:them|it|him|her))?\b/gi,
      "$1$2 date",
    )
    .replace(/\bhow often\b[^,;.:]*/gi, "frequency")
    .replace(/\bhow (?:many|much) ([a-z]+)\b[^,;.:]*/gi, "number of $1")
    .replace(/\band (?:another )?one for (?=[a-z])/gi, "and ")
    .replace(/\btake place\b/gi, "occur")
    .replace(/\btakes place\b/gi, "occurs")
    .replace(/\bday of (?:the )?week\b/gi, "weekday")
    .replace(/\b(and|with) there (?!is\b|are\b|was\b|were\b|can\b|should\b|will\b|must\b)/gi, "$1 their ")
    .replace(/\be-mails?\b/gi, "email")
    .replace(/(\w)\/(?=\w)/g, "$1 or ")
    .replace(/\b(?:please|kindly|just|simply|basically|hello|hi|hey|thanks|thank you)\b,?/gi, "")
    .replace(/\bas well as\b|\bplus\b|&/gi, " and ")
    .replace(/\b(?:i|we) (?:want|need|would like|wish) to (?=(?:see|view|list|find|show)\b)/gi, "")
    .replace(/\b(?:users?|people|it|staff|everyone) (?:should|must|can) (?:be able to|be possible to) /gi, "users can ")
    .replace(/\bkeep(?:s|ing)? track of\b/gi, "track")
    .replace(/\bkeep(?:s|ing)? (?:a )?records? of\b/gi, "track")
    .replace(/\btodos?\b/gi, (word) => (word.toLowerCase().endsWith("s") ? "tasks" : "task"));
  for (const filler of FILLERS) result = result.replace(filler, " ");
  return result.replace(/[^\S\n]+/g, " ").trim();
}

/** Sentences and their independent parts; what stands in parentheses is never cut. */
export function sentences(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = "";
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === "(" || char === "[") depth += 1;
    if (char === ")" || char === "]") depth = Math.max(0, depth - 1);
    const ends = /[!?;\n]/.test(char) || (char === "." && !/\w/.test(text.charAt(index + 1)));
    if (ends && depth === 0) {
      parts.push(current);
      current = "";
    } else current += char;
  }
  parts.push(current);
  return parts
    .map((part) => part.replace(/^[\s*•\-–\d.)]+(?=[A-Za-z"'])/, "").trim())
    .filter((part) => /[\p{L}\p{N}]/u.test(part));
}

/** Words and separators of one sentence. A note in parentheses hangs on the word before it. */
export function tokenize(sentence: string): Token[] {
  const tokens: Token[] = [];
  for (const match of sentence.matchAll(/[([]([^)\]]*)[)\]]|(,)|"([^"]*)"|([\p{L}\p{N}][\p{L}\p{N}'’_.-]*)/gu)) {
    const [, note, comma, quoted, word] = match;
    const last = tokens.at(-1);
    if (note !== undefined) {
      if (last?.kind === "word") tokens[tokens.length - 1] = { ...last, note };
    } else if (comma) tokens.push({ kind: "comma", text: ",", word: "," });
    else {
      const text = (quoted ?? word ?? "").replace(/[.'-]+$/, "");
      const lower = text.toLowerCase();
      if (lower === "") continue;
      const kind = lower === "and" || lower === "or" ? lower : "word";
      tokens.push({ kind, text, word: lower });
    }
  }
  return tokens;
}

/** The words of tokens as text. */
export function textOf(tokens: readonly Token[]): string {
  return tokens
    .map((token) => token.text)
    .join(" ")
    .replace(/ ,/g, ",");
}
