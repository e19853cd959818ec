import { expect, it } from "vitest";
import { matchRoute } from "./match.ts";

const ROUTES = [
  { patterns: ["/*"], groupId: "all" },
  { patterns: ["/api/*", "/v1/api/*"], groupId: "api" },
  { patterns: ["/api/health"], groupId: "health" },
];

it.each([
  ["/", "all"],
  ["/apis", "all"],
  ["/api", "api"],
  ["/API/orders", "api"],
  ["/v1/api/orders", "api"],
  ["/api/health", "health"],
  ["/api/health/live", "api"],
])("%s is answered by the route %s", (path, groupId) => {
  expect(matchRoute(ROUTES, path)?.groupId).toBe(groupId);
});

it("a path that no route has", () => {
  expect(matchRoute([{ patterns: ["/api/*"], groupId: "api" }], "/")).toBe(undefined);
});
