import catalogue from "@devfactory/components/catalogue.json" with { type: "json" };

/** Part of every resource's id, whatever the component. */
const PLACE: readonly string[] = ["context", "name", "location"];

/** A component, and its own options whose change replaces something of it. */
export interface ReplacingOptions {
  readonly component: string;
  readonly options: readonly string[];
}

/** Which options of the component that made a resource can be behind its replacement, by the catalogue; undefined without one. */
export function replacingOptions(urn: string): ReplacingOptions | undefined {
  const types = urn.split("::")[2]?.split("$") ?? [];
  const made = types.findLast((type) => type.startsWith("devfactory:azure:"))?.split(":")[2];
  const entry = catalogue.components.find(({ name }) => name === made);
  if (!entry) return undefined;
  return { component: entry.name, options: entry.replacedBy.filter((option) => !PLACE.includes(option)) };
}
