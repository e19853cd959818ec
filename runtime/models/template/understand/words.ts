import nlp from "compromise";

interface NounRules {
  toPlural(word: string, model: unknown): string;
  toSingular(word: string, model: unknown): string;
}
interface VerbRules {
  toInfinitive(word: string, model: unknown, tense: string): string;
}
const model: unknown = nlp.model();
const LEXICON = (model as { one: { lexicon: Readonly<Record<string, unknown>> } }).one.lexicon;
const rules = (nlp as unknown as { methods(): { two: { transform: { noun: NounRules; verb: VerbRules } } } }).methods()
  .two.transform;

/** Words that denote people although the tagger does not say so; general vocabulary, from kinship to membership. */
const PEOPLE = new Set(
  `person people user member owner client patient student pupil employee volunteer coach nurse vet parent child kid friend visitor
  attendee participant donor staff colleague contact applicant candidate subscriber adopter supplier vendor tenant resident crew
  instructor assistant neighbour neighbor sibling mother father child spouse man woman boy girl professional expert technician`.split(
    /\s+/,
  ),
);
const AGENT_SUFFIX =
  /(?:keeper|worker|holder|smith|man|woman|person|ologist|ician|[aod][rd]ian|eer|[a-z]{3}ist|[a-z]{3}ee)$/;
const COMPOUND_LIST = /(?:check|wish|play|black|white|price|short|watch)list$/;
const cache = new Map<string, readonly string[]>();

/** The tags of one word in a small frame, as the tagger sees it. */
function tags(frame: string, position: number): readonly string[] {
  const known = cache.get(frame);
  if (known) return known;
  const terms = nlp(frame).json()[0]?.terms as { tags: string[] }[] | undefined;
  const found = terms?.[position]?.tags ?? [];
  cache.set(frame, found);
  return found;
}

export function isPlural(word: string): boolean {
  if (/(?:ss|us|is|ics|news|species|series)$/.test(word)) return false;
  const asNoun = tags(`the ${word}`, 1);
  if (asNoun.includes("Plural") || isMany(word)) return true;
  return asNoun.includes("Uncountable")
    ? false
    : /[^s]s$/.test(word) && singular(word) !== word && !asNoun.includes("Singular");
}

/** `fields`, which the tagger takes for a name: a known noun with an s, where a plural must stand. */
function isMany(word: string): boolean {
  if (!/[^sui]s$/.test(word) || tags(`the ${word}`, 1).includes("Plural")) return false;
  const base = word.slice(0, -1);
  return tags(`these ${word} are`, 1).includes("Plural") && isWord(base) && isNoun(base);
}

/** Whether the dictionary holds a word. */
export function isWord(word: string): boolean {
  return LEXICON[word] !== undefined;
}

export function singular(word: string): string {
  if (/(?:ss|us|is|ics|species|series)$/.test(word)) return word;
  const asNoun = tags(`the ${word}`, 1);
  if (isMany(word)) return word.slice(0, -1);
  if (!asNoun.includes("Plural") && (asNoun.includes("Uncountable") || asNoun.includes("Singular"))) return word;
  return rules.noun.toSingular(word, model) || word;
}

export function plural(word: string): string {
  if (isPlural(word)) return word;
  return rules.noun.toPlural(word, model) || `${word}s`;
}

/** Whether a word can be a verb in the form that goes with a plural subject. */
export function isBaseVerb(word: string): boolean {
  const found = tags(`many customers ${word} the thing`, 2);
  return found.includes("Verb") && !found.includes("PastTense") && !found.includes("Gerund");
}

/** Whether a word without any neighbours reads as a verb: `send`, not `room`. */
export function isVerbAlone(word: string): boolean {
  return tags(word, 0).includes("Verb") && !tags(word, 0).includes("PastTense") && !tags(word, 0).includes("Gerund");
}

/** Whether the tagger takes the first word of a clause for a verb: `send reminders`, not `court bookings`. */
export function startsWithVerb(clause: string): boolean {
  return tags(clause, 0).includes("Verb");
}

/** `borrows` → `borrow`; undefined when the word is no verb in the third person. */
export function thirdPersonVerb(word: string): string | undefined {
  if (!/[^s]s$/.test(word)) return undefined;
  const bases = word.endsWith("ies")
    ? [`${word.slice(0, -3)}y`]
    : /(?:sh|ch|x|z|s|o)es$/.test(word)
      ? [word.slice(0, -1), word.slice(0, -2)]
      : [word.slice(0, -1)];
  return bases.find((base) => base.length > 1 && isBaseVerb(base));
}

export function infinitive(word: string): string {
  const found = tags(`it was ${word} by`, 2);
  const tense = word.endsWith("ing")
    ? "Gerund"
    : found.includes("PastTense") || word.endsWith("ed")
      ? "PastTense"
      : "PresentTense";
  return rules.verb.toInfinitive(word, model, tense) || word;
}

/** `paid`, `grouped`, `written`. */
export function isParticiple(word: string): boolean {
  if (!/(?:ed|en|t|d|n|wn|ne|de)$/.test(word)) return false;
  const alone = tags(word, 0);
  const known =
    alone.includes("PastTense") ||
    alone.includes("Participle") ||
    (alone.includes("Adjective") && /(?:ed|ne)$/.test(word));
  return known || (word.endsWith("ed") && tags(`it was ${word} by him`, 2).includes("PastTense"));
}

export function isAdjective(word: string): boolean {
  return tags(word, 0).includes("Adjective");
}

export function isNoun(word: string): boolean {
  return tags(`the ${word}`, 1).includes("Noun");
}

/** Whether a noun in the singular denotes a person. */
export function isPerson(noun: string): boolean {
  const head = noun.split(/[\s-]/).at(-1) ?? noun;
  if (PEOPLE.has(head)) return true;
  if (tags(`the ${head}`, 1).includes("Actor")) return true;
  if (DEVICES.has(head) || COMPOUND_LIST.test(head)) return false;
  if (AGENT_SUFFIX.test(head)) return true;
  const stem = /^(.{3,})(?:er|or)$/.exec(head)?.[1];
  if (!stem) return false;
  const bases = [stem, `${stem}e`, stem.replace(/(.)\1$/, "$1")];
  return bases.some((base) => isVerbAlone(base) && isBaseVerb(base));
}

/** Words in -er and -or that name things; the suffix alone would make persons of them. */
const DEVICES = new Set(
  `number order letter paper folder server printer computer sensor monitor counter container filter timer meter trailer poster cover
  sticker tracker planner reader scanner charger router mixer locker drawer ladder layer chapter semester quarter center corner
  border offer answer matter weather water power flower color colour error mirror motor factor vector tractor door floor tower
  dinner supper voucher newsletter banner header footer marker buffer adapter register calendar reminder character coffee degree committee`.split(
    /\s+/,
  ),
);

/** `books` or `book` → `Book`. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Something done, as a noun: `enroll` → `enrollment`. Word formation first, then the few that English forms otherwise. */
export function nominal(verb: string): string {
  const irregular = IRREGULAR_NOMINALS[verb];
  if (irregular) return irregular;
  if (
    tags(`the ${verb}`, 1).includes("Noun") &&
    /^(?:order|visit|review|purchase|request|bid|vote|donat|check|repair|order|log)/.test(verb)
  )
    return verb;
  if (/(?:[^aeiou]ct|ect|uct|ess|pt)$/.test(verb)) return `${verb}ion`;
  if (/(?:ete|ute|ite)$/.test(verb)) return `${verb.slice(0, -1)}ion`;
  if (/ine$/.test(verb)) return `${verb.slice(0, -1)}ation`;
  if (/i[sz]e$/.test(verb)) return `${verb.slice(0, -1)}ation`;
  if (/fy$/.test(verb)) return `${verb.slice(0, -1)}ication`;
  if (/erve$/.test(verb)) return `${verb.slice(0, -1)}ation`;
  if (/(?:ate)$/.test(verb)) return `${verb.slice(0, -1)}ion`;
  if (/(?:ister)$/.test(verb)) return `${verb.slice(0, -2)}ration`;
  if (/scribe$/.test(verb)) return `${verb.slice(0, -2)}ption`.replace("scripption", "scription");
  if (/(?:roll|sign|ship|pay|appoint|treat)$/.test(verb)) return `${verb}ment`;
  if (/[^aeiou]e$/.test(verb)) return `${verb.slice(0, -1)}ing`;
  return `${verb}ing`;
}

/** The noun of a verb whose particle changes what it means: `sign up` → sign up; undefined where the particle only leads on. */
export function phrasal(verb: string, particle: string): string[] | undefined {
  const whole = `${verb} ${particle}`;
  return /^(?:sign (?:up|in|out)|check (?:in|out)|pick up|drop off|log (?:in|out)|try out|hand over|clock (?:in|out))$/.test(
    whole,
  )
    ? whole.split(" ")
    : undefined;
}

const IRREGULAR_NOMINALS: Readonly<Record<string, string>> = {
  borrow: "loan",
  lend: "loan",
  buy: "purchase",
  rent: "rental",
  hire: "hire",
  attend: "attendance",
  apply: "application",
  subscribe: "subscription",
  perform: "performance",
  deliver: "delivery",
  sell: "sale",
  choose: "choice",
  take: "use",
  join: "membership",
};
