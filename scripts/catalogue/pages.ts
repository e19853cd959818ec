import type { ArgumentEntry, Catalogue, Component } from "./schema.ts";

/** What every component takes; explained on one page and not on each. */
const COMMON = [
  "context",
  "name",
  "location",
  "tags",
  "transform",
  "roleAssignments",
  "privateEndpoints",
  "diagnostics",
  "lock",
  "alerts",
];

/** Pages of `docs/reference/` by file name: one for each component, and the index. */
export function pagesOf(catalogue: Catalogue): Map<string, string> {
  const pages = catalogue.components.map((each) => [`${each.name}.md`, page(each)] as const);
  return new Map([["README.md", index(catalogue)], ...pages]);
}

/** What an example takes for granted, in words. */
const NAMES = [
  ["`context`", "the deployment that the component belongs to: app, stage, profile, region, tags (`createContext`)"],
  [
    "`environment`, `registry`, `image`",
    "a `ContainerEnvironment`, a `ContainerRegistry`, an image in it with its digest",
  ],
  ["`app`", "`{ context, environment, registry, image }`"],
  [
    "`network`, `monitoring`",
    "a `Network`, a `Monitoring`; `network.within(context)` is a context whose services get endpoints there",
  ],
  ["`vault`, `files`, `data`, `bus`, `relay`, `site`, `api`, `entraApp`", "one more component of each kind"],
  ["`database`", "a database of a `PostgresServer`"],
  ["`administrator`, `operators`, `publisher`, `principal`, `actionGroupId`", "ids and people of your own"],
  ["`buildContext`, `dockerfile`", "paths"],
] as const;

function index({ components }: Catalogue): string {
  const rows = components.map(({ name, family, summary, cost = "" }) => [
    `[${name}](${name}.md)`,
    family,
    summary,
    cost,
  ]);
  return sections([
    "# Reference",
    "One page for each component, made from its source by `npx vitest run scripts/catalogue -u`; do not edit. The same for programs: `components/catalogue.json`. What all\ncomponents have in common: [components.md](../components.md).",
    "Each page: what the component creates, examples from the smallest upwards (compiled and run by a test), what its links grant, defaults by\nprofile with the cost class, limits, outputs, and arguments with what a change of them does.",
    table(["component", "family", "what it is", "cost class"], rows),
    "## Names in the examples",
    table(["name", "what it is"], NAMES),
  ]);
}

function page(component: Component): string {
  const { name, summary, file, createsDoc, examples, limits, outputs, replacedBy } = component;
  const own = component.arguments.filter((each) => !COMMON.includes(each.name));
  const common = component.arguments.filter((each) => COMMON.includes(each.name)).map((each) => `\`${each.name}\``);
  return sections([
    `# ${name}`,
    `${summary} Source: [${file}](../../${file}).`,
    "## Creates",
    createsDoc,
    table(
      ["slot", "class", "data"],
      component.creates.map(({ slot, resource = "", replacedBy }) => [
        `\`${slot}\``,
        code(resource),
        dataOf(replacedBy),
      ]),
    ),
    "## Examples",
    "What they do not declare (`context`, `app`, `network` …) is explained [once for all](README.md#names-in-the-examples).",
    ...examples.flatMap(({ title, code: text }) => [`### ${title}`, `\`\`\`ts\n${text}\n\`\`\``]),
    "## Grants",
    ...grants(component),
    "## Defaults by profile",
    ...profiles(component),
    "## Limits, and what it does not do",
    nameLine(component),
    limits && `${limits.charAt(0).toUpperCase()}${limits.slice(1)}`,
    "## Outputs",
    table(
      ["output", "type", "what it is", "known", "secret"],
      outputs.map((each) => [
        `\`${each.name}\``,
        code(each.type),
        each.doc,
        knownWhen(each.type),
        each.secret ? "yes" : "no",
      ]),
    ),
    "## Arguments",
    own.length > 0 &&
      table(["argument", "type", "what it does, and its limits", "default", "a change"], own.map(argumentRow)),
    `Common ([components.md](../components.md)): ${common.join(", ")}.`,
    `Changing one of these replaces a resource: ${replacedBy.map((each) => `\`${each}\``).join(", ")}.`,
  ]);
}

function argumentRow(argument: ArgumentEntry): string[] {
  const { name, type, required, doc, default: standard, change } = argument;
  const short = type.includes("{") ? "" : code(type);
  return [
    `\`${name}\``,
    short,
    [doc, valuesOf(argument)].filter((each) => each !== "").join(" "),
    required ? "required" : (standard ?? ""),
    change === "replaces" ? "**replaces**" : "updates",
  ];
}

function nameLine({ naming }: Component): string | undefined {
  if (!naming) return undefined;
  const shared = naming.global ? ", part of a host name that all of Azure shares" : "";
  return `Its name has ${naming.min} to ${naming.max} characters${shared}; the context makes it, with a hash, unless \`name\` is given.`;
}

/** What replaces a resource that holds data, and so loses them. */
function dataOf(replacedBy: readonly string[] | undefined): string {
  if (!replacedBy) return "";
  return ["**holds data**, lost with its name or place", ...replacedBy.map(code)].join(", ");
}

/** What the value may be, in a sentence. */
function valuesOf({ allowed, minimum, maximum, multipleOf, minLength, maxLength }: ArgumentEntry): string {
  if (allowed) return `One of ${allowed.map((each) => `\`${each}\``).join(", ")}.`;
  const step = multipleOf === undefined ? "" : ` in steps of ${multipleOf}`;
  if (minimum !== undefined && maximum !== undefined) return `From ${minimum} to ${maximum}${step}.`;
  return minLength === undefined ? "" : `Names of ${minLength} to ${maxLength} characters.`;
}

/** Values that Azure or the engine decides are there after a deployment; a preview of a new resource does not know them. */
function knownWhen(type: string): string {
  return type.startsWith("pulumi.Output<") ? "after `up`" : "at once";
}

function profiles({ arguments: args, profiles: tables, cost, costs }: Component): (string | undefined)[] {
  const named = args.flatMap((each) => (each.profiles ? [[`\`${each.name}\``, each.profiles] as const] : []));
  const shown = new Set(named.map(([, values]) => JSON.stringify(values)));
  const others = Object.entries(tables)
    .filter(([, values]) => !shown.has(JSON.stringify(values)))
    .map(([name, values]) => [name.toLowerCase().replaceAll("_", " "), values] as const);
  const priced = costs && ([["USD a month, idle", mapValues(costs, amountOf)]] as const);
  const rows = [...named, ...others, ...(priced ?? [])].map(([name, { dev, standard, production }]) => [
    name,
    String(dev),
    String(standard),
    String(production),
  ]);
  const same = "No table of its own: what differs by profile, if anything, is said at its argument.";
  const told =
    "The amounts are those of the first example, by the [estimator](../costs.md): East US, idle, without free amounts.";
  return [
    `Cost class: ${cost}${priced ? ` ${told}` : ""}`,
    rows.length === 0 ? same : table(["", "dev", "standard", "production"], rows),
  ];
}

function amountOf({ class: group, monthlyUsd }: NonNullable<Component["costs"]>[string]): string {
  if (group === "unknown") return monthlyUsd === 0 ? "not known" : `at least ${monthlyUsd.toFixed(2)}`;
  return monthlyUsd === 0 ? group : `${monthlyUsd.toFixed(2)} (${group})`;
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}

function grants({ grants: rows, grantsDoc }: Component): (string | undefined)[] {
  if (rows.length === 0) return [grantsDoc];
  return [
    grantsDoc,
    table(
      ["link", "role", "on", "variables of the consumer"],
      rows.map(({ of, access, role = "no rights", scope = "", variables }) => [
        `\`${path(of)}link("${access}")\``,
        role,
        code(scope),
        variables.map(code).join(", "),
      ]),
    ),
  ];
}

/** `topic.subscription` as the calls that lead there. */
function path(of: string): string {
  return of === "" ? "" : `${of.split(".").join("(…).")}(…).`;
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "None.";
  const line = (cells: readonly string[]) => `| ${cells.map((each) => each.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function sections(parts: readonly (string | false | undefined)[]): string {
  return `${parts.filter((each) => each !== undefined && each !== false && each !== "").join("\n\n")}\n`;
}
