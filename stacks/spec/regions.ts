import { z } from "zod";
import type { Service } from "./service.ts";

/** Public regions of Azure. Source: Microsoft Learn, "List of Azure regions"; whether a service is offered there is preflight's question. */
// biome-ignore format: a table
export const REGIONS = [
  "australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast", "belgiumcentral",
  "brazilsouth", "brazilsoutheast", "canadacentral", "canadaeast", "centralindia", "centralus", "chilecentral",
  "eastasia", "eastus", "eastus2", "francecentral", "francesouth", "germanynorth", "germanywestcentral",
  "indonesiacentral", "israelcentral", "italynorth", "japaneast", "japanwest", "jioindiacentral", "jioindiawest",
  "koreacentral", "koreasouth", "malaysiawest", "mexicocentral", "newzealandnorth", "northcentralus", "northeurope",
  "norwayeast", "norwaywest", "polandcentral", "qatarcentral", "southafricanorth", "southafricawest",
  "southcentralus", "southeastasia", "southindia", "spaincentral", "swedencentral", "swedensouth",
  "switzerlandnorth", "switzerlandwest", "uaecentral", "uaenorth", "uksouth", "ukwest", "westcentralus",
  "westeurope", "westindia", "westus", "westus2", "westus3",
] as const;
/** Beside the first: three in all. */
const MOST_FURTHER = 2;

export const AlsoIn = z.array(z.enum(REGIONS)).max(MOST_FURTHER);

/** The part of a spec that regions are about. */
interface Spread {
  readonly region: string;
  readonly alsoIn?: readonly string[] | undefined;
  readonly services: readonly Service[];
}

/** Something wrong about regions, at a path of the document. */
interface RegionIssue {
  readonly path: (string | number)[];
  readonly message: string;
  readonly input: unknown;
}

/** What `alsoIn` does not fit: other regions, the number of entries to the app, names that the copies take. */
export function regionIssues({ region, alsoIn = [], services }: Spread): readonly RegionIssue[] {
  if (alsoIn.length === 0) return [];
  const named = [region, ...alsoIn];
  const doubles = alsoIn.flatMap((each, index): RegionIssue[] =>
    named.indexOf(each) === index + 1
      ? []
      : [{ path: ["alsoIn", index], input: each, message: `${each} is named already` }],
  );
  const open = services.filter(answersInternet);
  const [entry, ...more] = open;
  const sole = entry && more.length === 0 && inContainer(entry);
  const found = open.map(({ name, kind }) => `${name} (${kind})`).join(", ") || "none";
  const message = `needs exactly one public service, of kind web or api, behind its one address; there are: ${found}`;
  const entries: RegionIssue[] = sole ? [] : [{ path: ["alsoIn"], input: alsoIn, message }];
  const copies = services.flatMap(({ name }) => alsoIn.map((each) => `${name}-${each}`));
  const taken = services.flatMap(({ name }, index): RegionIssue[] =>
    copies.includes(name)
      ? [
          {
            path: ["services", index, "name"],
            input: name,
            message: `${name} is what a service in a further region is called`,
          },
        ]
      : [],
  );
  return [...doubles, ...entries, ...taken];
}

/** The service that stands behind the one address of an app in several regions; undefined in one region. */
export function entryOf({ alsoIn = [], services }: Omit<Spread, "region">): Service | undefined {
  return alsoIn.length > 0 ? services.find((service) => answersInternet(service) && inContainer(service)) : undefined;
}

/** The entry and what it calls in containers, directly or not: what runs in every region. The rest stays in the first. */
export function everywhere(spec: Omit<Spread, "region">): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (service: Service | undefined): void => {
    if (!service || names.has(service.name) || !inContainer(service)) return;
    names.add(service.name);
    for (const { resource, access } of service.uses) {
      if (access === "call") visit(spec.services.find(({ name }) => name === resource));
    }
  };
  visit(entryOf(spec));
  return names;
}

/** A site always does; what runs without http never. */
function answersInternet({ kind, public: open }: Service): boolean {
  return kind === "static" || (open && kind !== "worker" && kind !== "job");
}

function inContainer({ kind }: Service): boolean {
  return kind === "web" || kind === "api";
}
