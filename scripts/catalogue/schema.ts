import { z } from "zod";

/** What an argument or an option inside one (`scale.min`) is. */
const Argument = z.strictObject({
  name: z.string().describe("Path below the arguments, such as `sku` or `scale.min`"),
  type: z.string().describe("As the source writes it"),
  required: z.boolean(),
  doc: z.string(),
  default: z.string().optional().describe("As behaviour, in words"),
  profiles: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  allowed: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .describe("The values that there are"),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  multipleOf: z.number().optional(),
  minLength: z.number().optional().describe("Characters of each name in a list"),
  maxLength: z.number().optional(),
  change: z.enum(["replaces", "updates"]).describe("What a change of it does to a resource"),
});

const Slot = z.strictObject({
  slot: z.string().describe("Name of the child; `*` stands for a name that the arguments give"),
  resource: z.string().optional().describe("Class of azure-native, or a component"),
  replacedBy: z
    .array(z.string())
    .optional()
    .describe("Of a resource that holds data: its own inputs whose change replaces it, beside its name and place"),
});

const Grant = z.strictObject({
  of: z.string().describe("Path of methods to what is linked; empty for the component itself"),
  access: z.string(),
  role: z.string().optional().describe("Built-in role of Azure, or a right inside the service; absent: no rights"),
  scope: z.string().optional().describe("ARM type of what the right holds on"),
  variables: z
    .array(z.string())
    .describe("What a consumer finds in its environment; `<NAME>` is the component, `<PART>` the part"),
});

export const Component = z.strictObject({
  name: z.string(),
  family: z.string().describe("Folder below `components/`"),
  file: z.string(),
  summary: z.string(),
  creates: z.array(Slot),
  createsDoc: z.string().optional().describe("When each of them is made"),
  arguments: z.array(Argument),
  profiles: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  grants: z.array(Grant),
  variables: z.array(z.string()).describe("All that links of it set in the environment of a consumer"),
  grantsDoc: z.string().optional(),
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      type: z.string().describe("An output of the engine is known after a deployment, anything else at once"),
      doc: z.string(),
      secret: z.boolean().describe("Whether its value is encrypted in state"),
    }),
  ),
  cost: z.string().optional().describe("Cost class, by profile where it differs"),
  costs: z
    .record(
      z.string(),
      z.strictObject({
        class: z.enum(["free", "under 5", "under 50", "over 50", "unknown"]),
        monthlyUsd: z.number(),
        atLeast: z.boolean().optional(),
      }),
    )
    .optional()
    .describe(
      "By profile: what the first example makes below the component costs a month in East US, idle, without free amounts; unknown: something of it has no price",
    ),
  limits: z.string().optional(),
  naming: z
    .strictObject({ min: z.number(), max: z.number(), global: z.boolean() })
    .optional()
    .describe("Characters of the physical name, and whether it is part of a host name that all of Azure shares"),
  keepsData: z.boolean().describe("Whether deleting or replacing it loses data"),
  replacedBy: z.array(z.string()).describe("Arguments whose change replaces a resource"),
  examples: z.array(z.strictObject({ title: z.string(), code: z.string() })).describe("Compiled and run by a test"),
});

export const Catalogue = z.strictObject({
  $schema: z.string(),
  version: z.literal(1),
  components: z.array(Component),
});

export type Component = z.infer<typeof Component>;
export type Catalogue = z.infer<typeof Catalogue>;
export type ArgumentEntry = z.infer<typeof Argument>;
export type GrantEntry = z.infer<typeof Grant>;
