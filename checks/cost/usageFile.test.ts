import { expect, it } from "vitest";
import { parse } from "yaml";
import {
  estimate,
  renderUsageFile,
  toUsageFile,
  UsageFileSchema,
  unknownKeys,
  usageForUsers,
  usageRows,
} from "./index.ts";
import { app, resource } from "./testing/resources.ts";
import { usageOf } from "./usage.ts";

const plan = [
  app("web", 0.25, 0, { hours_up_per_day: 8 }),
  resource("web:WebApp", "api", { kind: "functionapp" }),
  resource("resources:ResourceGroup", "group", {}),
];

it("a written usage file has each key that a meter reads: told ones as values, the others as comments", () => {
  const text = renderUsageFile(usageRows(plan, []));
  expect(text.split("\n")).toEqual([
    "version: 0.1",
    "resource_usage:",
    '  "web": # azure-native:app:ContainerApp',
    "    hours_up_per_day: 8 # hours of a day in which it runs, 0 to 24",
    "    # monthly_outbound_data_processed_gb: # data that goes out, GB",
    "    # monthly_requests: # requests",
    "    # replicas: # replicas on average while there are any; at least the minimum",
    '  "api": # azure-native:web:WebApp',
    "    # execution_duration_ms: # milliseconds of one execution",
    "    # memory_mb: # memory of one execution, MB",
    "    # monthly_executions: # executions",
    "    # monthly_outbound_data_processed_gb: # data that goes out, GB",
    "",
  ]);
  expect(toUsageFile(UsageFileSchema.parse(parse(text)))).toEqual({
    version: "0.1",
    resource_usage: { web: { hours_up_per_day: 8 }, api: {} },
  });
});

it("a second sync keeps what the file tells", () => {
  const file = { version: "0.1", resource_usage: { api: { memory_mb: 256 } } } as const;
  const again = toUsageFile(UsageFileSchema.parse(parse(renderUsageFile(usageRows(plan, [file])))));
  expect(again.resource_usage).toEqual({ web: { hours_up_per_day: 8 }, api: { memory_mb: 256 } });
});

it.each([
  [{ version: 0.2 }, "version"],
  [{ version: 0.1, resource_usage: { web: { active_share: 1.5 } } }, "resource_usage.web.active_share"],
  [{ version: 0.1, resource_usage: { web: { hours_up_per_day: 25 } } }, "resource_usage.web.hours_up_per_day"],
  [{ version: 0.1, resource_usage: { web: { storage_gb: -1 } } }, "resource_usage.web.storage_gb"],
  [{ version: 0.1, resource_usage: { web: { storage_gb: "1" } } }, "resource_usage.web.storage_gb"],
])("%j is refused with the path of what is wrong", (document, path) => {
  expect(UsageFileSchema.safeParse(document).error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
});

it("a null is not told, and a key that no meter reads is named", () => {
  const parsed = UsageFileSchema.parse({ version: "0.1", resource_usage: { web: { storage_gb: null, replicas: 2 } } });
  expect(parsed.resource_usage).toEqual({ web: { replicas: 2 } });
  expect(unknownKeys({ replicas: 1, replica: 2 })).toEqual(["replica"]);
});

it("the specific wins key by key: URN, name, repetition, type, users", () => {
  const files = [
    usageForUsers(10),
    {
      version: "0.1",
      resource_type_default_usage: { "azure-native:app:ContainerApp": { replicas: 2, hours_up_per_day: 2 } },
      resource_usage: {
        "web[*]": { hours_up_per_day: 3, memory_mb: 3 },
        "web-1": { memory_mb: 4, storage_gb: 4 },
        "urn-1": { storage_gb: 5, monthly_operations: 5 },
      },
    },
  ] as const;
  const web = { urn: "urn-1", name: "web-1", type: "azure-native:app:ContainerApp", usage: { monthly_operations: 6 } };
  expect(usageOf(web, files)).toEqual({
    monthly_requests: 6000,
    active_share: 5 / 24,
    monthly_outbound_data_processed_gb: 0.12,
    replicas: 2,
    hours_up_per_day: 3,
    memory_mb: 4,
    storage_gb: 5,
    monthly_operations: 6,
  });
});

// app: 9 + 10 GB at 0.0208 + 60,000 writes + 600,000 reads; static: 9 + 0.5 GB + 600,000 reads; the rest is within what is free
it.each([
  ["app", "9.75"],
  ["static", "9.25"],
] as const)("1,000 users of an app of the profile %s, as its formulas say", (profile, usd) => {
  const resources = [
    resource("web:StaticSite", "site", { sku: { name: "Standard" } }),
    resource("operationalinsights:Workspace", "logs", {}),
    resource("storage:StorageAccount", "files", { sku: { name: "Standard_LRS" } }),
  ];
  const { totalMonthlyCost } = estimate({ region: "eastus", resources, usage: usageForUsers(1000, profile) });
  expect(Number(totalMonthlyCost).toFixed(2)).toBe(usd);
});
