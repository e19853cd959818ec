import { allowedValues, appSpecJsonSchema, type KindFacts, type OptionFacts } from "../../stacks/spec/index.ts";
import { PRESET_EXAMPLE, SPEC_EXAMPLES } from "./specExamples.ts";

/** The part of a JSON schema that the page shows. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** A field with its path below the document, or below a part of it. */
export interface SpecField {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Most values that a cell lists one by one. */
const LISTED = 16;

const schema = appSpecJsonSchema() as Schema;

/** Every field of a schema, `*` for an entry of a list and `<name>` for a key of one's own; kinds of resources are left out. */
export function fieldsOf(of: Schema, above = ""): SpecField[] {
  return Object.entries(of.properties ?? {}).flatMap(([name, each]) => {
    const path = `${above}${name}`;
    const required = of.required?.includes(name) ?? false;
    const keyed = typeof each.additionalProperties === "object" ? each.additionalProperties : undefined;
    return [
      { path, schema: each, required },
      ...fieldsOf(each, `${path}.`),
      ...(each.items ? fieldsOf(each.items, `${path}.*.`) : []),
      ...(keyed ? fieldsOf(keyed, `${path}.<name>.`) : []),
    ];
  });
}

/** Schemas of the resources by kind. */
export function resourceSchemas(): ReadonlyMap<string, Schema> {
  const kinds = schema.properties?.resources?.items?.oneOf ?? [];
  return new Map(kinds.map((each) => [String(each.properties?.kind?.const), each]));
}

/** Every field of the document, those of resources below their kind (`resources.postgres.sku`). */
export function allFields(): readonly SpecField[] {
  const resources = [...resourceSchemas()].flatMap(([kind, each]) => fieldsOf(each, `resources.${kind}.`));
  return [...fieldsOf(schema), ...resources];
}

/** What the catalogue says of the kinds: `specCatalogue`. */
export type SpecFacts = Readonly<Record<"services" | "resources", Readonly<Record<string, KindFacts>>>>;

/** The text of `docs/app-spec.md`. */
export function specPage(facts: SpecFacts): string {
  const top = fieldsOf(schema).filter(({ path }) => !/^(services|presets|model)\./.test(path));
  const below = (name: "services" | "presets" | "model") =>
    fieldsOf(schema).filter(({ path }) => path.startsWith(`${name}.`));
  const short = (name: string) => (field: SpecField) => ({ ...field, path: field.path.replace(name, "") });
  return [
    "# The app spec: `devfactory.yaml`",
    INTRODUCTION,
    "## The document",
    table(top),
    "## Services",
    "Fields of each entry of `services`. Not every kind reads all of them: the table of a kind says which argument of its component a field becomes.",
    table(below("services").map(short("services.*."))),
    ...Object.entries(SPEC_EXAMPLES.services).flatMap(([kind, text]) => serviceSection(kind, text, facts.services)),
    "## Resources",
    "What services use; a service names it under `uses` with an access level, and gets the role and the variables of that level, nothing more.",
    ...[...resourceSchemas()].flatMap(([kind, each]) => resourceSection(kind, each, facts.resources[kind])),
    "## Presets",
    PRESETS,
    example(PRESET_EXAMPLE),
    table(below("presets").map(short("presets.<name>."))),
    "## The data model",
    "Under `model`: what the generators build pages, API and storage from. Infrastructure does not read it.",
    table(below("model").map(short("model."))),
  ]
    .join("\n\n")
    .concat("\n");
}

const INTRODUCTION = [
  "What an app is made of: the only thing that crosses from agents to infrastructure, and the file that a person edits. Written from the schema by",
  "`npx vitest run scripts/catalogue -u`; do not edit. A document is judged whole before anything is planned; each problem names its path, what is",
  "wrong and what is allowed. The limits are those of the [components](reference/README.md)",
  "([decision 33](decisions/0033-catalogue-in-the-spec.md)). See what a document would make, cost and break:",
  "",
  "```sh",
  "npx devfactory plan                                      # in the folder of the document",
  "npx devfactory plan --output json > plan.json",
  "npx devfactory policy --input plan.json && npx devfactory cost --input plan.json",
  "```",
].join("\n");

const PRESETS = [
  "A preset sets sizes of services and resources by their names: only what costs money and holds no data. `preset` names the one in force; a deployment",
  "may name another (`preset`) and set single sizes on top (`sizes`), a plan takes `DEVFACTORY_PRESET`. What a preset leaves out stays as it is. Its",
  "sizes are judged as part of the service or resource that they become.",
].join("\n");

/** What each kind of a service is for. */
const SERVICES: Readonly<Record<string, string>> = {
  static:
    "A site of files (Azure Static Web Apps). It may `call` one service in a container, which then answers below `/api`.",
  web: "A container that answers http, for people (Azure Container Apps).",
  api: "A container that answers http, for programs (Azure Container Apps). `public: false` keeps it within the app.",
  worker:
    "A container that answers nobody (Azure Container Apps): with `receive` on a queue, messages that wait start replicas; without, one always runs.",
  job: "A container that runs and ends (Azure Container Apps job): started by hand, or with `receive` on a queue by each five messages that wait.",
  function:
    "Code that starts with a request (Azure Functions, Flex Consumption); it answers 503 until a package is deployed.",
};

function serviceSection(kind: string, text: string, services: SpecFacts["services"]): string[] {
  const facts = services[kind];
  if (!facts) throw new Error(`${kind} is no kind of the catalogue`);
  const first = Object.keys(services).find((each) => services[each]?.component === facts.component);
  return [
    `### \`${kind}\``,
    `${SERVICES[kind]} Component: [${facts.component}](reference/${facts.component}.md). Cost class: ${facts.cost}`,
    ...(first === kind ? optionTable(facts.options) : [`Fields as of \`${first}\`.`]),
    facts.access.length > 0
      ? "Other services may `call` it: they get its address, and no rights."
      : "Nothing calls it.",
    example(text),
  ].filter((each) => each !== "");
}

function resourceSection(kind: string, of: Schema, facts: KindFacts | undefined): string[] {
  if (!facts) throw new Error(`${kind} is no kind of the catalogue`);
  const fields = fieldsOf(of).filter(({ path }) => path !== "name" && path !== "kind");
  const loses = facts.keepsData ? " **Holds data**: what replaces it loses them." : "";
  return [
    `### \`${kind}\``,
    `${of.description}. Component: [${facts.component}](reference/${facts.component}.md). Cost class: ${facts.cost}${loses}`,
    fields.length > 0 ? table(fields) : "No fields but `name` and `kind`.",
    ...optionTable(facts.options),
    accessLine(facts.access),
    example(SPEC_EXAMPLES.resources[kind] ?? ""),
  ].filter((each) => each !== "");
}

/** What the component says of the options that differ by profile or replace it. */
function optionTable(options: Readonly<Record<string, OptionFacts>>): string[] {
  const rows = Object.entries(options).map(([option, { argument, default: standard = "", change }]) => [
    `\`${option}\``,
    `\`${argument}\``,
    standard,
    change === "replaces" ? "**replaces**" : "updates",
  ]);
  if (rows.length === 0) return [];
  return [rowsOf(["field", "argument of the component", "the component's default", "a change"], rows)];
}

function accessLine(access: readonly { readonly access: string; readonly role?: string }[]): string {
  if (access.length === 0) return "No service uses it.";
  return `Access: ${access.map(({ access: level, role = "no rights, the address only" }) => `\`${level}\` (${role})`).join(", ")}.`;
}

function example(text: string): string {
  return `\`\`\`yaml\n${text}\`\`\``;
}

function table(fields: readonly SpecField[]): string {
  const rows = fields.map(({ path, schema: of, required }) => [
    `\`${path}\``,
    of.description ?? "",
    valuesOf(of),
    required ? "required" : of.default === undefined ? "" : `\`${JSON.stringify(of.default)}\``,
  ]);
  return rowsOf(["field", "what it is", "values", "default"], rows);
}

/** What a field takes, in words. */
export function valuesOf(of: Schema): string {
  if (of.const !== undefined) return `\`${of.const}\``;
  if (of.enum) {
    const values = of.enum.map((each) => `\`${each}\``);
    const more = values.length - LISTED;
    return more > 0 ? `${values.slice(0, LISTED).join(", ")} and ${more} more` : values.join(", ");
  }
  if (Array.isArray(of.type)) return of.type.join(" or ");
  if (of.anyOf) return [...new Set(of.anyOf.map(valuesOf))].join(" or ");
  if (of.type === "boolean") return "`true`, `false`";
  if (of.type === "integer" || of.type === "number") return numbers(of);
  if (of.type === "array") return `${of.minItems ?? 0} to ${of.maxItems ?? "any number of"} entries${inner(of.items)}`;
  if (of.type === "object")
    return typeof of.additionalProperties === "object" && !of.additionalProperties.properties
      ? "texts by name"
      : "fields below";
  return lengths(of);
}

function inner(items: Schema | undefined): string {
  if (!items || items.properties || items.oneOf) return "";
  return items.enum || items.type !== "string" ? `: ${valuesOf(items)}` : `: ${lengths(items)}`;
}

function numbers(of: Schema): string {
  const facts: OptionFacts = { argument: "", doc: "", change: "updates", ...bounds(of) };
  const [first, ...rest] = allowedValues(facts);
  const whole = of.type === "integer" ? "whole number" : "number";
  if (first !== undefined && rest.length > 0) return `${first} to ${rest.at(-1)} in steps of ${of.multipleOf}`;
  if (first !== undefined && Math.abs(of.maximum ?? Infinity) < Number.MAX_SAFE_INTEGER) return `${whole}, ${first}`;
  return of.exclusiveMinimum === undefined ? whole : `${whole} above ${of.exclusiveMinimum}`;
}

function bounds({ minimum, maximum, multipleOf }: Schema): Partial<OptionFacts> {
  return {
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(multipleOf !== undefined && { multipleOf }),
  };
}

/** Forms that words say better. */
const FORMS: Readonly<Record<string, string>> = {
  "^[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$": "lower case letters, digits and single hyphens, a letter first",
  "^\\/.*": "begins with `/`",
};

function lengths({ minLength, maxLength, pattern, format }: Schema): string {
  if (format === "email") return "an e-mail address";
  const length = maxLength === undefined ? "" : `${minLength ?? 0} to ${maxLength} characters`;
  const form = pattern === undefined ? "" : (FORMS[pattern] ?? `\`${pattern}\``);
  return ["text", length, form].filter((each) => each !== "").join(", ");
}

function rowsOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((each) => each.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
