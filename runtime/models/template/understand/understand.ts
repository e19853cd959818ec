import { type AppSpec, DataModel, parseAppSpec, RESERVED_WORDS } from "@devfactory/stacks/spec/index.ts";
import type { Renames } from "../../../generators/renames.ts";
import { buildModel } from "./build.ts";
import { Draft } from "./draft.ts";
import { applyFeedback } from "./edits.ts";
import { Interpreter } from "./interpret.ts";
import { isLanguage } from "./items.ts";
import { normalize, sentences } from "./tokens.ts";
import { capital, plural } from "./words.ts";

/** A plan, or the questions that must be answered before there can be one. */
export type Understanding = {
  readonly notUnderstood: string[];
  readonly renames: Renames;
} & ({ readonly spec: AppSpec } | { readonly spec?: undefined; readonly questions: string[] });

const DATABASE =
  /\s*\b(?:(?:using|use|with|on|in|and|backed by|stored? (?:the |all |everything |its )?(?:data )?(?:in|on)|saved? (?:the )?(?:data )?in|keep(?: the)? data in)\s+)?(?:an? |the )?(?:azure )?(cosmos(?: ?db)?|nosql|document|postgres(?:ql)?|sql)\b(?: (?:database|db|store|as (?:the )?database|for (?:storage|the data)))?/gi;
const QUESTION =
  "What should the app keep track of? Name the things and what belongs to them, for example: owners have pets; pets have appointments with a date and reason.";

/**
 * Makes the plan of an app from a request and the feedback that followed. With a spec, the feedback changes that spec; what it
 * holds already is not applied twice.
 */
export function understand(prompt: string, feedback: readonly string[], existing?: AppSpec): Understanding {
  let wishes = [...feedback];
  let spec = existing?.model ? existing : undefined;
  const notUnderstood: string[] = [];
  if (!spec) {
    let planned = plan(prompt);
    while (!planned.spec && wishes.length > 0) planned = plan(wishes.shift() ?? "");
    if (!planned.spec) return { notUnderstood: planned.notUnderstood, renames: [], questions: [QUESTION] };
    spec = planned.spec;
    notUnderstood.push(...planned.notUnderstood);
  }
  const renames: Renames = [];
  for (const wish of wishes) {
    const changed = applyFeedback(spec, wish);
    spec = changed.spec;
    renames.push(...changed.renames);
    notUnderstood.push(...changed.notUnderstood);
  }
  wishes = [];
  return { spec, renames, notUnderstood: notUnderstood.slice(0, 20).map((text) => text.slice(0, 500)) };
}

/** Reads a text into a draft, twice: the second time it is known what the things are. */
export function readText(text: string, known: Iterable<string> = []): Draft {
  const parts = sentences(normalize(text));
  let names = new Set(known);
  let draft = new Draft();
  for (let pass = 0; pass < 2; pass += 1) {
    const before = pass > 0 ? { names, draft } : { names };
    draft = new Draft(aliasesOf(names, draft));
    const interpreter = new Interpreter(draft, before);
    parts.forEach((part, index) => {
      interpreter.sentence(part, index === 0);
    });
    names = new Set([...names, ...draft.entities.keys()]);
  }
  return draft;
}

/** `greenhouse sensors` and later only `sensors` are the same things: the short name stands for both. */
function aliasesOf(names: ReadonlySet<string>, before: Draft): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const name of names) {
    if (before.entities.get(name)?.undated) continue; // a line of products is no product
    const short = name.split(" ").at(-1) ?? name;
    if (short !== name && names.has(short)) aliases.set(name, short);
  }
  return aliases;
}

function plan(prompt: string): { spec?: AppSpec; notUnderstood: string[] } {
  let cosmos = false;
  const text = prompt.replace(DATABASE, (_, kind: string) => {
    cosmos ||= /cosmos|nosql|document/i.test(kind);
    return " ";
  });
  const draft = readText(text);
  if (draft.entities.size === 0 && draft.subject.length > 0 && isLanguage(draft.subject)) draft.entity(draft.subject);
  if (draft.entities.size === 0) return { notUnderstood: draft.notUnderstood };
  const built = buildModel(draft);
  if (built.entities.length === 0) return { notUnderstood: draft.notUnderstood };
  const model = DataModel.parse(built);
  const title = titleOf(draft, model);
  const containers = model.entities.map((entity) => ({ name: entity.plural, partitionKey: "/id" }));
  const result = parseAppSpec({
    version: 1,
    name: dnsName(title),
    title,
    description: prompt.trim().slice(0, 4000),
    services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] }],
    resources: [cosmos ? { name: "db", kind: "cosmos", containers } : { name: "db", kind: "postgres" }],
    model,
  });
  if (!result.ok)
    return {
      notUnderstood: [...draft.notUnderstood, ...result.problems.map((each) => `${each.path}: ${each.problem}`)],
    };
  return { spec: result.spec, notUnderstood: draft.notUnderstood };
}

function titleOf(draft: Draft, model: DataModel): string {
  if (draft.title) return capital(draft.title.trim()).slice(0, 80);
  const first = model.entities[0];
  return first ? first.labelPlural : plural("item");
}

/** A name for addresses and resources: 2 to 30 lower case letters, digits and single hyphens, without words that Azure refuses. */
export function dnsName(title: string): string {
  const words = title.normalize("NFKD").toLowerCase();
  const plain = RESERVED_WORDS.reduce((text, word) => text.replaceAll(apart(word), ""), words)
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  const cut = plain.slice(0, 30).replace(/-+$/, "");
  return cut.length >= 2 ? cut : `app-${cut || "web"}`.replace(/-+$/, "");
}

/** The word with anything but letters and digits between its own, because some names have no hyphens. */
function apart(word: string): RegExp {
  return new RegExp([...word].join("[^a-z0-9]*"), "g");
}
