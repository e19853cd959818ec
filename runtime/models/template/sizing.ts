import type { AppSpec, IdleCost } from "@devfactory/stacks/spec/index.ts";
import type { DescribedKind, DescribedOption } from "../../tools/describeKinds.ts";
import { readSizes, type SizeWish } from "./understand/sizes.ts";

/** A spec with the sizes that somebody asked for, and what was done, in sentences. */
export interface Sized {
  readonly spec: AppSpec;
  readonly notes: readonly string[];
  /** Wishes that nothing can fulfil, in the user's words. */
  readonly unmet: readonly string[];
}

interface Change {
  readonly change?: object;
  readonly note: string;
}

/**
 * Chooses options for what the texts ask, from the values that the catalogue allows: the next size that is offered, never a smaller
 * one. The last wish for an option wins.
 */
export function chooseSizes(spec: AppSpec, texts: readonly string[], kinds: readonly DescribedKind[]): Sized {
  const said = texts.flatMap((text) => readSizes(text).wishes);
  const wishes = [...new Map(said.map((wish) => [wish.option, wish])).values()];
  const notes: string[] = [];
  const unmet: string[] = [];
  let sized = spec;
  for (const wish of wishes) {
    const before = notes.length;
    const apply = <Part extends { readonly name: string; readonly kind: string }>(part: Part): Part => {
      const kind = kinds.find((each) => each.kind === part.kind);
      const found = kind && changeOf(part, wish, kind);
      if (!found) return part;
      notes.push(found.note);
      return { ...part, ...found.change };
    };
    sized = { ...sized, services: sized.services.map(apply), resources: sized.resources.map(apply) };
    if (notes.length === before) unmet.push(wish.words);
  }
  return { spec: sized, notes, unmet };
}

type Part = AppSpec["services"][number] | AppSpec["resources"][number] | { readonly name: string };

/** What a wish does to one part; undefined when the part has no such option. */
function changeOf(part: Part, { option, value }: SizeWish, kind: DescribedKind): Change | undefined {
  const facts = kind.options.find((each) => each.option === option);
  if (!facts) return undefined;
  if (option === "highAvailability") return standby(part, kind);
  const chosen = fitting(value, facts);
  if (chosen === undefined) {
    return { note: `${part.name} stays as it is: ${option} ${value} is not offered (${facts.allowed.join(", ")}).` };
  }
  const exactly = chosen === value ? "" : `, the next size after ${value}`;
  const note = `${part.name}: ${option} ${chosen}${exactly}. ${facts.doc}`.trim();
  if (option === "storageGb") {
    const now = (part as { readonly storageGb?: number }).storageGb ?? 0;
    if (now > chosen) return { note: `${part.name} keeps ${now} GB: ${facts.doc}` };
    return { change: { storageGb: chosen }, note };
  }
  if (option === "size.cpu") return { change: { size: { cpu: chosen } }, note };
  const { min, max, ...scale } = (part as AppSpec["services"][number]).scale;
  const bounds =
    option === "scale.min" ? { min: chosen, max: Math.max(max, chosen) } : { min: Math.min(min, chosen), max: chosen };
  return { change: { scale: { ...scale, ...bounds } }, note };
}

/** A second server needs a size that is not burstable: the one of production, when the present one is. */
function standby(part: Part, kind: DescribedKind): Change {
  const sku = kind.options.find((each) => each.option === "sku");
  const now = (part as { readonly sku?: string }).sku ?? String(sku?.default ?? "");
  const larger = now.startsWith("Standard_B") ? sku?.allowed.find((each) => /^Standard_D2s_/.test(each)) : undefined;
  const why = larger ? `, with sku ${larger}, because ${now} stands alone` : "";
  const doc = kind.options.find((each) => each.option === "highAvailability")?.doc ?? "";
  return {
    change: { highAvailability: true, ...(larger && { sku: larger }) },
    note: `${part.name}: highAvailability true${why}. ${doc}`.trim(),
  };
}

/** The smallest value that is offered and not below the one asked for. */
function fitting(value: number, { allowed }: DescribedOption): number | undefined {
  const bounds = /^(-?[\d.]+) to (-?[\d.]+)$/.exec(allowed[0] ?? "");
  if (allowed.length === 1 && bounds) {
    return value >= Number(bounds[1]) && value <= Number(bounds[2]) ? value : undefined;
  }
  return allowed
    .map(Number)
    .sort((one, other) => one - other)
    .find((each) => each >= value);
}

/** Cost class and replacement risk of everything in a spec, in sentences. */
export function explain(spec: AppSpec, kinds: readonly DescribedKind[]): readonly string[] {
  return [...spec.services, ...spec.resources].flatMap((part) => {
    const kind = kinds.find((each) => each.kind === part.kind);
    if (!kind) return [];
    const { losesData, by } = kind.replacement;
    const risk = losesData ? ` A change of ${list(by)} makes it anew, without its data.` : "";
    return [`${part.name} (${kind.component}): ${costOf(spec.profile, kind)}.${risk}`];
  });
}

/** The class in the app's profile, where it is known, and what it depends on. */
function costOf(profile: string, { cost, idleCost }: DescribedKind): string {
  const words = cost.replace(/\.$/, "");
  if (!idleCost || !isIdleCost(idleCost) || idleCost.class === "unknown") return words;
  const { class: group, monthlyUsd } = idleCost;
  const amount = monthlyUsd === 0 ? group : `${group} (${monthlyUsd.toFixed(2)}) USD a month`;
  return `${amount} when idle in ${profile}; ${words}`;
}

function isIdleCost(cost: NonNullable<DescribedKind["idleCost"]>): cost is IdleCost {
  return typeof cost.monthlyUsd === "number";
}

/** `a, b or c`. */
function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
