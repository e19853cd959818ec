import * as pulumi from "@pulumi/pulumi";
import { Group, TestPackage, Thing } from "./thing.ts";

/** One resource of a random program; it may need those before it (positions, modulo its own). */
export interface Item {
  readonly name: string;
  /** Registered as `NAME-new` with the alias `NAME`, else as `NAME` with the alias `NAME-new`. */
  readonly renamed: boolean;
  readonly value: number;
  readonly forced: number;
  /** The provider wants to delete before it replaces. */
  readonly deleteFirst: boolean;
  readonly secret: boolean;
  readonly needs: readonly number[];
  /** Which input the needed ones go to: a changed `forced` replaces. */
  readonly into: "inputs" | "forcedBy" | "dependsOn";
  readonly parent: "none" | "group" | "needed";
  readonly provider: "default" | "one" | "two";
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: boolean;
  readonly replaceOnChanges: boolean;
  readonly deleteBeforeReplace: boolean | null;
  readonly deletedWith: boolean;
  readonly secretOutputs: boolean;
}

/** A random program: its resources, and what its providers and its component are like. */
export interface Program {
  readonly items: readonly Item[];
  /** Changes replace the provider `one`. */
  readonly providerForced: number;
  /** Changes update the provider `two`. */
  readonly providerRegion: number;
  readonly groupRenamed: boolean;
}

/** The function that Pulumi runs. */
export function buildProgram(program: Program): () => Promise<void> {
  return async () => {
    const used = new Set(program.items.map(({ provider }) => provider));
    const providers: Partial<Record<Item["provider"], TestPackage>> = {};
    if (used.has("one")) providers.one = new TestPackage("one", { forced: program.providerForced });
    if (used.has("two")) providers.two = new TestPackage("two", { region: program.providerRegion });
    const group = program.items.some(({ parent }) => parent === "group") ? makeGroup(program.groupRenamed) : undefined;
    const made: Thing[] = [];
    for (const [index, item] of program.items.entries()) {
      const needed = index > 0 ? item.needs.flatMap((need) => made[need % index] ?? []) : [];
      made.push(makeThing(item, needed, group, providers[item.provider]));
    }
  };
}

function makeGroup(renamed: boolean): Group {
  const [name, former] = names("group", renamed);
  return new Group(name, { aliases: [{ name: former }] });
}

function makeThing(
  item: Item,
  needed: readonly Thing[],
  group: Group | undefined,
  provider: TestPackage | undefined,
): Thing {
  const [name, former] = names(item.name, item.renamed);
  const echoes = needed.map(({ physicalName }) => physicalName);
  const inputs: Record<string, unknown> = {
    value: item.secret ? pulumi.secret(item.value) : item.value,
    forced: item.into === "forcedBy" && echoes.length > 0 ? pulumi.all(echoes).apply((all) => all.join()) : item.forced,
    deleteFirst: item.deleteFirst,
    ...(item.into === "inputs" ? { inputs: echoes } : {}),
  };
  const [first] = needed;
  const parent = item.parent === "group" ? group : item.parent === "needed" ? first : undefined;
  const opts: pulumi.CustomResourceOptions = {
    aliases: [{ name: former }],
    ...(item.into === "dependsOn" ? { dependsOn: [...needed] } : {}),
    ...(parent ? { parent } : {}),
    ...(provider ? { provider } : {}),
    ...(item.retainOnDelete ? { retainOnDelete: true } : {}),
    ...(item.ignoreChanges ? { ignoreChanges: ["value"] } : {}),
    ...(item.replaceOnChanges ? { replaceOnChanges: ["value"] } : {}),
    ...(item.deleteBeforeReplace === null ? {} : { deleteBeforeReplace: item.deleteBeforeReplace }),
    ...(item.deletedWith && first ? { deletedWith: first } : {}),
    ...(item.secretOutputs ? { additionalSecretOutputs: ["echo"] } : {}),
  };
  return new Thing(name, inputs, opts);
}

function names(base: string, renamed: boolean): readonly [now: string, before: string] {
  return renamed ? [`${base}-new`, base] : [base, `${base}-new`];
}
