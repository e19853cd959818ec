import { type AppSpec, parseAppSpec } from "@devfactory/stacks/spec/index.ts";
import { expect, it } from "vitest";
import { type DescribedKind, describeKinds } from "../../tools/describeKinds.ts";
import type { ToolContext } from "../../tools/tool.ts";
import { chooseSizes, explain } from "./sizing.ts";

const parsed = parseAppSpec({
  version: 1,
  name: "clinic",
  title: "Clinic",
  services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] }],
  resources: [{ name: "db", kind: "postgres" }],
});
if (!parsed.ok) throw new Error("the sample is no spec");
const clinic = parsed.spec;
const answer = await describeKinds.run({ kinds: ["web", "postgres"], profile: "dev" }, {} as ToolContext);
const { kinds } = answer as { kinds: readonly DescribedKind[] };
const withDb = (more: object): AppSpec => ({
  ...clinic,
  resources: [{ name: "db", kind: "postgres", storageGb: 32, ...more }],
});

it("a disk that is not offered becomes the next one that is", () => {
  expect(chooseSizes(clinic, ["The database has 100 GB."], kinds)).toEqual({
    spec: withDb({ storageGb: 128 }),
    notes: ["db: storageGb 128, the next size after 100. Disk in GB, billed as provisioned. It can only grow."],
    unmet: [],
  });
});

it("a standby server brings a size that can have one", () => {
  const { spec, notes } = chooseSizes(clinic, ["It is highly available."], kinds);
  expect(spec).toEqual(withDb({ highAvailability: true, sku: "Standard_D2s_v3" }));
  expect(notes).toEqual([
    "db: highAvailability true, with sku Standard_D2s_v3, because Standard_B1ms stands alone. A second server in another zone, at twice the price; not on burstable SKUs. Updates.",
  ]);
  const large = withDb({ sku: "Standard_E4s_v3" });
  expect(chooseSizes(large, ["It is highly available."], kinds).spec).toEqual(
    withDb({ sku: "Standard_E4s_v3", highAvailability: true }),
  );
});

it("a disk never shrinks, and the last wish wins", () => {
  const { spec, notes } = chooseSizes(withDb({ storageGb: 512 }), ["database of 1 TB", "database of 64 GB"], kinds);
  expect(spec).toEqual(withDb({ storageGb: 512 }));
  expect(notes).toEqual(["db keeps 512 GB: Disk in GB, billed as provisioned. It can only grow."]);
});

it("replicas and cores are those of the catalogue, and what is beyond is not taken", () => {
  const { spec } = chooseSizes(clinic, ["at least 3 replicas with 0.3 vCPU"], kinds);
  expect(spec.services[0]).toMatchObject({ size: { cpu: 0.5 }, scale: { min: 3, max: 3, concurrency: 100 } });
  const beyond = chooseSizes(clinic, ["up to 5000 replicas", "database of 99 TB"], kinds);
  expect(beyond.spec).toEqual(clinic);
  expect(beyond.notes).toEqual([
    "web stays as it is: scale.max 5000 is not offered (1 to 1000).",
    expect.stringMatching(/^db stays as it is: storageGb 101376 is not offered \(32, 64, .*32767\)\.$/),
  ]);
});

it("a wish that no part can fulfil is told in the user's words", () => {
  const onlyWeb = { ...clinic, resources: [] };
  expect(chooseSizes(onlyWeb, ["The database has 64 GB."], kinds)).toEqual({
    spec: onlyWeb,
    notes: [],
    unmet: ["database has 64 GB"],
  });
});

it("whatever is chosen is a valid spec again", () => {
  const { spec } = chooseSizes(clinic, ["database of 300 GB, highly available, 3.9 vCPU, up to 7 replicas"], kinds);
  expect(parseAppSpec(spec)).toEqual({ ok: true, spec });
});

it("cost class and replacement risk are the catalogue's", () => {
  expect(explain(clinic, kinds)).toEqual([
    "web (ContainerApp): free when idle in dev; free at zero replicas, 6 USD a month for an idle one.",
    "db (PostgresServer): under 50 (16.09) USD a month when idle in dev; 16 USD a month in dev, over 50 in production. A change of name or region makes it anew, without its data.",
  ]);
});
