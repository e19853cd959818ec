import { expect, it } from "vitest";
import { compose } from "./composition.ts";

it("reads services, resources and who uses what", () => {
  const spec = {
    services: [
      {
        name: "web",
        kind: "web",
        uses: [
          { resource: "db", access: "readwrite" },
          { resource: "mailer", access: "call" },
        ],
      },
      { name: "mailer", kind: "worker", uses: [] },
    ],
    resources: [{ name: "db", kind: "postgres", storageGb: 32 }],
  };
  expect(compose(spec)).toEqual({
    services: [
      { name: "web", kind: "web" },
      { name: "mailer", kind: "worker" },
    ],
    resources: [{ name: "db", kind: "postgres" }],
    links: [
      { from: "web", to: "db", access: "readwrite" },
      { from: "web", to: "mailer", access: "call" },
    ],
  });
});

it.each([[undefined], [null], ["text"], [{ services: "x", resources: [{}, null] }]])("finds nothing in %j", (spec) => {
  expect(compose(spec)).toEqual({ services: [], resources: [], links: [] });
});
