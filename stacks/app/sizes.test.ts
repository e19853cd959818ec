import { expect, it } from "vitest";
import { parseAppSpec } from "../spec/index.ts";
import { sizedSpec } from "./sizes.ts";

const parsed = parseAppSpec({
  version: 1,
  name: "clinic",
  title: "Clinic",
  services: [{ name: "web", kind: "web" }],
  preset: "small",
  presets: { small: { services: { web: { size: { cpu: 0.5 } } } }, large: { services: { web: { size: { cpu: 2 } } } } },
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { spec } = parsed;

it.each([
  ["the spec's own preset", {}, 0.5],
  ["the deployment's preset before the spec's", { preset: "large" }, 2],
  [
    "single sizes before any preset",
    { preset: "large", sizes: { services: { web: { size: { cpu: 4 } } }, resources: {} } },
    4,
  ],
])("%s decides", (_, deployment, cpu) => {
  expect(sizedSpec(spec, deployment).services[0]?.size).toEqual({ cpu });
});

it.each([
  [{ preset: "huge" }, "The app spec is not valid: preset no huge; there are: small, large."],
  [
    { sizes: { services: { api: {} }, resources: {} } },
    "The app spec is not valid: services.api: no api; there are: web.",
  ],
])("%j is refused in words", (deployment, message) => {
  expect(() => sizedSpec(spec, deployment)).toThrow(message);
});
