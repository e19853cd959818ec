import { kindFacts } from "@devfactory/stacks/spec/index.ts";
import { type Command, Option } from "commander";
import { CliError } from "./cliError.ts";
import { type OutputFormat, print, printJson } from "./output.ts";

type Catalogue = typeof import("@devfactory/components/catalogue.json");
type Entry = Catalogue["components"][number];
type Argument = Pick<Entry["arguments"][number], "name" | "doc" | "required" | "change"> & {
  readonly default?: string;
  readonly allowed?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
};

const HELP = `
Examples:
  npx devfactory components                          # all of them, with their cost class
  npx devfactory components PostgresServer           # one: what it creates, options, links, examples
  npx devfactory components postgres                 # the same, by its kind in devfactory.yaml
  npx devfactory components --output json            # the whole catalogue

Exit codes: 0 done, 2 there is no such component.`;

/** Common options of all components, which docs/components.md explains once. */
const COMMON = ["context", "name", "location", "tags", "transform", "roleAssignments", "lock", "alerts"];
const WIDTH = 100;

/** `devfactory components [name]`: the catalogue for people. */
export function addComponentsCommand(program: Command): void {
  program
    .command("components [name]")
    .description("the components, what they create, take, grant and cost")
    .addOption(
      new Option("-o, --output <format>", "how the result is printed").choices(["text", "json"]).default("text"),
    )
    .addHelpText("after", HELP)
    .action(async (name: string | undefined, { output }: { readonly output: OutputFormat }) => {
      const { default: catalogue } = await import("@devfactory/components/catalogue.json", { with: { type: "json" } });
      if (name === undefined) {
        if (output === "json") printJson(catalogue);
        else for (const line of listLines(catalogue.components)) print(line);
        return;
      }
      const component = find(catalogue.components, name);
      if (output === "json") printJson(component);
      else for (const line of componentLines(component)) print(line);
    });
}

/** By name in any case, or by the kind of a spec. */
function find(components: readonly Entry[], name: string): Entry {
  const named = kindFacts("resources", name)?.component ?? kindFacts("services", name)?.component ?? name;
  const found = components.find((each) => each.name.toLowerCase() === named.toLowerCase());
  if (found) return found;
  const names = components.map((each) => each.name).join(", ");
  throw new CliError(`There is no component ${name}.`, `Use one of: ${names}.`, { wrongUse: true });
}

/** One line for each: name, family, cost class. */
export function listLines(components: readonly Entry[]): readonly string[] {
  const rows = components.map(({ name, family, cost }) => [name, family, cost] as const);
  const [first, second] = ([0, 1] as const).map((column) => Math.max(...rows.map((row) => row[column].length)));
  return [
    ...rows.map(([name, family, cost]) => `${name.padEnd(first ?? 0)}  ${family.padEnd(second ?? 0)}  ${cost}`),
    "",
    `${components.length} components; more of one: npx devfactory components <name>, docs/reference/.`,
  ];
}

/** All that a person needs to use one. */
export function componentLines(component: Entry): readonly string[] {
  const { name, summary, file, cost, limits, examples, replacedBy } = component;
  const own = (component.arguments as readonly Argument[]).filter((each) => !COMMON.includes(each.name));
  const data = component.keepsData ? ["It holds data: what replaces it loses them."] : [];
  return [
    `${name}: ${summary} (${file})`,
    "",
    `Cost class: ${cost}`,
    ...idleLines(component),
    ...wrap(`Limits: ${limits}`, ""),
    ...data,
    "",
    "Creates",
    ...component.creates.map((each) => `  ${each.slot}${"resource" in each ? `  ${each.resource}` : ""}`),
    "",
    "Arguments",
    ...own.flatMap(argumentLines),
    `  common: ${component.arguments.flatMap((each) => (COMMON.includes(each.name) ? [each.name] : [])).join(", ")}`,
    `  a change of these replaces a resource: ${replacedBy.join(", ")}`,
    ...linkLines(component),
    ...examples.flatMap(({ title, code }) => ["", `Example: ${title}`, ...code.split("\n").map((line) => `  ${line}`)]),
  ];
}

/** What the first example costs by profile, where it has a price. */
function idleLines(component: Entry): readonly string[] {
  if (!("costs" in component)) return [];
  const costs = component.costs as Readonly<Record<string, { readonly class: string; readonly monthlyUsd: number }>>;
  const amounts = Object.entries(costs).map(
    ([profile, each]) => `${profile} ${each.class === "unknown" ? "at least " : ""}${each.monthlyUsd.toFixed(2)}`,
  );
  return [`Idle, USD a month: ${amounts.join(", ")} (the first example, East US)`];
}

function argumentLines({ name, doc, required, default: standard, allowed, minimum, maximum }: Argument): string[] {
  const values = allowed ? `One of ${allowed.join(", ")}.` : minimum === undefined ? "" : `${minimum} to ${maximum}.`;
  const without = required ? "Required." : standard === undefined ? "" : `Default: ${standard}.`;
  const text = [doc, values, without].filter((each) => each !== "").join(" ");
  return [`  ${name}`, ...wrap(text, "      ")];
}

function linkLines({ grants }: Entry): readonly string[] {
  if (grants.length === 0) return [];
  const rows = grants.map((grant) => {
    const path = grant.of === "" ? "" : `${grant.of.split(".").join("(…).")}(…).`;
    return `  ${path}link("${grant.access}")  ${"role" in grant ? grant.role : "no rights"}`;
  });
  return ["", "Links", ...rows];
}

/** A text in lines of at most `WIDTH` characters. */
function wrap(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}
