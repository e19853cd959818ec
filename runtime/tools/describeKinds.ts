import {
  allowedValues,
  type IdleCost,
  type KindFacts,
  type KindGroup,
  kindFacts,
  kindsOf,
  type OptionFacts,
  PROFILES,
  type Profile,
} from "@devfactory/stacks/spec/index.ts";
import { z } from "zod";
import { RuntimeError } from "../errors.ts";
import { defineTool } from "./tool.ts";

const GROUPS: readonly KindGroup[] = ["resources", "services"];

/** One option as a model sees it. */
export interface DescribedOption {
  readonly option: string;
  readonly doc: string;
  /** What holds in the profile that was asked for, else in words. */
  readonly default?: string | number | boolean;
  /** Every value, or the bounds in words. */
  readonly allowed: readonly string[];
}

/** One kind of resource or service as a model sees it. */
export interface DescribedKind {
  readonly kind: string;
  readonly group: KindGroup;
  readonly component: string;
  readonly summary: string;
  readonly cost: string;
  /** Of the smallest one that nobody uses: in the profile that was asked for, else by profile. */
  readonly idleCost?: IdleCost | Readonly<Record<string, IdleCost>>;
  readonly limits: string;
  readonly access: readonly { readonly access: string; readonly role: string }[];
  readonly options: readonly DescribedOption[];
  /** What makes it anew, and whether its data are lost with that. */
  readonly replacement: { readonly losesData: boolean; readonly by: readonly string[] };
}

export const describeKinds = defineTool({
  name: "describe_kinds",
  description:
    "What the platform knows of kinds of resources and services: options with default and allowed values, access levels with their roles, cost class, limits, and what replaces them. Ask before you choose an option.",
  effect: "read",
  input: z.object({
    /** Empty: all of them. */
    kinds: z.array(z.string()).max(30).default([]),
    profile: z.enum(PROFILES).optional(),
  }),
  async run({ kinds, profile }) {
    const all = GROUPS.flatMap((group) => kindsOf(group).map((kind) => ({ group, kind })));
    const known = all.map(({ kind }) => kind);
    const unknown = kinds.find((kind) => !known.includes(kind));
    if (unknown !== undefined) throw new RuntimeError("KIND_UNKNOWN", { kind: unknown, known: known.join(", ") });
    const asked = all.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
    return { kinds: asked.flatMap(({ group, kind }) => describe(group, kind, profile)) };
  },
});

function describe(group: KindGroup, kind: string, profile: Profile | undefined): readonly DescribedKind[] {
  const facts = kindFacts(group, kind);
  if (!facts) return [];
  const { component, summary, cost, costs, limits, access, options } = facts;
  const idleCost = (profile && costs?.[profile]) ?? costs;
  return [
    {
      kind,
      group,
      component,
      summary,
      cost,
      ...(idleCost && { idleCost }),
      limits,
      access: access.map(({ access: level, role = "no rights" }) => ({ access: level, role })),
      options: Object.entries(options).map(([option, each]) => describeOption(option, each, profile)),
      replacement: replacementOf(facts),
    },
  ];
}

function describeOption(option: string, facts: OptionFacts, profile: Profile | undefined): DescribedOption {
  const standard = (profile && facts.profiles?.[profile]) ?? facts.default;
  return {
    option,
    doc: facts.doc,
    ...(standard !== undefined && { default: standard }),
    allowed: allowedValues(facts),
  };
}

/** A resource is found by its name in one region: both are part of it whatever the kind. */
function replacementOf({ keepsData, options }: KindFacts): DescribedKind["replacement"] {
  const named = Object.entries(options).filter(([, { change }]) => change === "replaces");
  return { losesData: keepsData, by: ["name", "region", ...named.map(([option]) => option)] };
}
