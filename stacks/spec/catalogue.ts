import catalogue from "./catalogue.json" with { type: "json" };

/** What the component catalogue says about one option of a kind. */
export interface OptionFacts {
  /** The component's argument that it becomes. */
  readonly argument: string;
  readonly doc: string;
  /** In words. */
  readonly default?: string;
  /** By profile, where a table decides. */
  readonly profiles?: Readonly<Record<string, string | number | boolean>>;
  readonly allowed?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  /** Characters of each name in a list. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** What a change does to the resource. */
  readonly change: "updates" | "replaces";
}

/** A cost class with its amount; `unknown`: a part has no price, and it costs at least that much. */
export interface IdleCost {
  readonly class: string;
  readonly monthlyUsd: number;
}

/** What the component catalogue says about one kind of resource or service. */
export interface KindFacts {
  readonly component: string;
  readonly summary: string;
  /** Cost class, in words. */
  readonly cost: string;
  /** What the smallest one costs in a month when nobody uses it, by profile. */
  readonly costs?: Readonly<Record<string, IdleCost>>;
  readonly limits: string;
  /** Whether deleting or replacing it loses data. */
  readonly keepsData: boolean;
  /** Words that the app's name must not hold, because it becomes part of a public name. */
  readonly reservedWords: readonly string[];
  readonly access: readonly {
    readonly access: string;
    /** Absent: no rights are given. */
    readonly role?: string;
    readonly variables: readonly string[];
  }[];
  readonly options: Readonly<Record<string, OptionFacts>>;
}

export type KindGroup = "resources" | "services";

const FACTS: Readonly<Record<KindGroup, Readonly<Record<string, KindFacts>>>> = {
  resources: catalogue.resources as Readonly<Record<string, KindFacts>>,
  services: catalogue.services as Readonly<Record<string, KindFacts>>,
};

/** Bounds that the schema needs, with the names that the compiler checks. */
export const BOUNDS = {
  cpu: catalogue.services.web.options["size.cpu"],
  minReplicas: catalogue.services.web.options["scale.min"],
  maxReplicas: catalogue.services.web.options["scale.max"],
  pauseMinutes: catalogue.resources.sql.options.pauseMinutes,
  blobContainers: catalogue.resources.blob.options.containers,
} as const;

/** Words that no public name may hold. */
export const RESERVED_WORDS: readonly string[] = catalogue.resources.postgres.reservedWords;

/** All kinds of a group, in the order of the catalogue. */
export function kindsOf(group: KindGroup): readonly string[] {
  return Object.keys(FACTS[group]);
}

/** Facts of a kind; undefined when there is none of that name. */
export function kindFacts(group: KindGroup, kind: string): KindFacts | undefined {
  return Object.hasOwn(FACTS[group], kind) ? FACTS[group][kind] : undefined;
}

/** Most values of a range that are listed one by one. */
const LISTED = 20;

/** The values of an option for a message: each of them, or the bounds in words. Empty when the catalogue sets none. */
export function allowedValues({ allowed, ...bounds }: OptionFacts): readonly string[] {
  if (allowed) return allowed.map(String);
  const { minimum, maximum, multipleOf, minLength, maxLength } = bounds;
  if (minimum !== undefined && maximum !== undefined) {
    const steps =
      multipleOf === undefined ? Number.POSITIVE_INFINITY : Math.round((maximum - minimum) / multipleOf) + 1;
    if (multipleOf !== undefined && steps <= LISTED)
      return Array.from({ length: steps }, (_, index) => String(minimum + index * multipleOf));
    return [`${minimum} to ${maximum}${multipleOf === undefined ? "" : `, a multiple of ${multipleOf}`}`];
  }
  return minLength !== undefined && maxLength !== undefined ? [`names of ${minLength} to ${maxLength} characters`] : [];
}
