import fc from "fast-check";
import { expect, it } from "vitest";
import { applyPreset, Preset, parseAppSpec } from "./index.ts";

const parsed = parseAppSpec({
  version: 1,
  name: "clinic",
  title: "Clinic",
  services: [{ name: "web", kind: "web", scale: { min: 0, max: 3, concurrency: 7 } }],
  resources: [
    { name: "db", kind: "postgres", storageGb: 64 },
    { name: "mails", kind: "queue" },
  ],
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { spec } = parsed;

it("a preset changes what it names and keeps the rest", () => {
  const preset = Preset.parse({
    services: { web: { size: { cpu: 1 }, scale: { max: 9 } } },
    resources: { db: { sku: "Standard_D2s_v3", highAvailability: true } },
  });
  expect(applyPreset(spec, preset)).toEqual({
    spec: {
      ...spec,
      services: [{ ...spec.services[0], size: { cpu: 1 }, scale: { min: 0, max: 9, concurrency: 7 } }],
      resources: [
        { name: "db", kind: "postgres", storageGb: 64, sku: "Standard_D2s_v3", highAvailability: true },
        { name: "mails", kind: "queue", sessions: false },
      ],
    },
    problems: [],
  });
});

it("a size that a kind has not is named, and nothing of it is taken", () => {
  const preset = Preset.parse({ resources: { mails: { storageGb: 64 } } });
  expect(applyPreset(spec, preset)).toEqual({
    spec,
    problems: [{ path: ["resources", "mails"], message: "unknown: storageGb" }],
  });
});

it("no preset renames, adds, removes or retypes anything", () => {
  const whole = fc.integer({ min: -2, max: 5_000 });
  const scale = fc.record({ min: whole, max: whole }, { requiredKeys: [] });
  const size = fc.record({ sku: fc.constantFrom("Standard_B1ms", "Basic"), storageGb: whole }, { requiredKeys: [] });
  const presets = fc.record({
    services: fc.dictionary(fc.constantFrom("web", "other"), fc.record({ scale })),
    resources: fc.dictionary(fc.constantFrom("db", "mails", "other"), size),
  });
  const shape = (of: typeof spec) => [...of.services, ...of.resources].map(({ name, kind }) => [name, kind]);
  fc.assert(
    fc.property(presets, (preset) => {
      const applied = applyPreset(spec, preset);
      expect(shape(applied.spec)).toEqual(shape(spec));
      if (applied.problems.length > 0) return;
      expect(parseAppSpec(applied.spec)).toEqual({ ok: true, spec: applied.spec });
    }),
  );
});
