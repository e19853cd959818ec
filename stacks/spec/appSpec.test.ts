import { expect, it } from "vitest";
import { appSpecJsonSchema, parseAppSpec, problemsText } from "./index.ts";

const clinic = {
  version: 1,
  name: "clinic",
  title: "Clinic",
  services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] }],
  resources: [{ name: "db", kind: "postgres" }],
};

it("fills the defaults of a small document", () => {
  const result = parseAppSpec(clinic);
  expect(result.ok && result.spec.services[0]).toEqual({
    name: "web",
    kind: "web",
    source: ".",
    port: 8080,
    health: "/health",
    env: {},
    size: { cpu: 0.25 },
    scale: { min: 0, max: 2, concurrency: 100 },
    public: true,
    uses: [{ resource: "db", access: "readwrite" }],
  });
});

it.each([
  [{ profile: "prod" }, { path: "profile", allowed: ["dev", "standard", "production"] }],
  [
    { services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "send" }] }] },
    { path: "services.0.uses.0.access", problem: "must be one of: read, readwrite" },
  ],
  [
    { services: [{ name: "web", kind: "web", uses: [{ resource: "cache", access: "read" }] }] },
    { path: "services.0.uses.0.resource", problem: "no cache; there are: db" },
  ],
  [
    { services: [{ name: "web", kind: "web", source: "../x" }] },
    { path: "services.0.source", problem: "must stay inside the project" },
  ],
  [{ replicas: 100 }, { path: "", problem: "unknown: replicas" }],
  [
    { resources: [{ name: "db", kind: "postgres", sku: "Standard_B1ms", highAvailability: true }] },
    {
      path: "resources.0.highAvailability",
      problem: "needs a general purpose or memory optimized sku; a burstable server stands alone",
    },
  ],
  [
    { resources: [...clinic.resources, { name: "images", kind: "registry", sku: "Free" }] },
    { path: "resources.1.sku", allowed: ["Basic", "Premium", "Standard"] },
  ],
  [
    {
      resources: [
        ...clinic.resources,
        {
          name: "gate",
          kind: "gateway",
          publisher: { name: "Clinic", email: "api@clinic.example" },
          apis: [{ name: "api", path: "api", service: "db", audience: "api://clinic" }],
        },
      ],
    },
    { path: "resources.1.apis.0.service", problem: "no db that answers; there are: web" },
  ],
  [
    {
      services: [{ name: "web", kind: "web", public: false }],
      resources: [
        {
          name: "gate",
          kind: "gateway",
          publisher: { name: "Clinic", email: "api@clinic.example" },
          apis: [{ name: "api", path: "api", service: "web", audience: "api://clinic" }],
        },
      ],
    },
    {
      path: "resources.0.apis.0.service",
      problem: "web must be public: the gateway stands outside the app's network",
    },
  ],
  [
    {
      services: [{ name: "web", kind: "web", uses: [{ resource: "line", access: "read" }] }],
      resources: [{ name: "line", kind: "relay", connections: ["berlin"] }],
    },
    { path: "services.0.uses.0.access", problem: "must be one of: send, listen" },
  ],
  [{ preset: "large" }, { path: "preset", problem: "no large; there are: none" }],
  [
    { presets: { large: { resources: { cache: { sku: "Basic" } } } } },
    { path: "presets.large.resources.cache", problem: "no cache; there are: db" },
  ],
  [
    { presets: { large: { services: { web: { scale: { min: 3 } } } } } },
    { path: "presets.large.services.web.scale.min", problem: "must not be above max" },
  ],
])("%j is refused with path, problem and allowed values", (change, problem) => {
  expect(parseAppSpec({ ...clinic, ...change })).toMatchObject({ ok: false, problems: [problem] });
});

it("problems are told in one line, with place and allowed values", () => {
  const result = parseAppSpec({
    ...clinic,
    profile: "prod",
    services: [{ name: "web", kind: "web", scale: { max: 5000 } }],
  });
  expect(result.ok ? "" : problemsText(result.problems)).toBe(
    "profile: is none of the allowed values (allowed: dev, standard, production); services.0.scale.max: Too big: expected number to be <=1000 (allowed: 1 to 1000)",
  );
});

it("a view over an entity that does not exist names those that do", () => {
  const field = { name: "title", label: "Title", type: "text" };
  const entity = {
    name: "Book",
    plural: "books",
    label: "Book",
    labelPlural: "Books",
    fields: [field],
    display: ["title"],
  };
  const views = [{ name: "late", title: "Late", entity: "Loan", filters: [] }];
  expect(parseAppSpec({ ...clinic, model: { entities: [entity], views } })).toEqual({
    ok: false,
    problems: [{ path: "model.views.0.entity", problem: "no entity Loan; there are: Book" }],
  });
});

it("is exported as a JSON schema", () => {
  expect(appSpecJsonSchema()).toMatchObject({ type: "object", required: ["version", "name", "title", "services"] });
});
