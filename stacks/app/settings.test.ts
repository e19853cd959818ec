import { expect, it } from "vitest";
import { readSettings } from "./settings.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const values = {
  spec: { version: 1, name: "clinic", title: "Clinic", services: [{ name: "web", kind: "web" }] },
  images: { web: `r.azurecr.io/web@${DIGEST}` },
  deployment: {
    appId: "app-1",
    tenantId: "tenant-1",
    registryId: "/subscriptions/s/r",
    registryLoginServer: "r.azurecr.io",
  },
};
const environment = { ARM_SUBSCRIPTION_ID: "sub", AZURE_TENANT_ID: "entra" };

function read(changes: object, env: Readonly<Record<string, string>> = environment) {
  const all: Record<string, unknown> = { ...values, ...changes };
  const text = (key: string) => (typeof all[key] === "string" ? all[key] : JSON.stringify(all[key]));
  return readSettings({ require: text }, env);
}

it("reads spec, images, deployment and where the cloud is", () => {
  const { spec, images, deployment, subscriptionId, entraTenantId } = read({});
  expect([spec.name, images, subscriptionId, entraTenantId]).toEqual(["clinic", values.images, "sub", "entra"]);
  expect(deployment).toEqual({ ...values.deployment, nameEpoch: 0 });
});

it.each([
  [{ spec: "{" }, "The configuration devfactory:spec is not valid: it is not JSON."],
  [
    { spec: { ...values.spec, services: [] } },
    "The app spec is not valid: services: Too small: expected array to have >=1 items (allowed: at least 1 entry).",
  ],
  [
    { images: { web: "r.azurecr.io/web:latest" } },
    "The configuration devfactory:images is not valid: web must end in @sha256: and a digest.",
  ],
  [
    { deployment: { ...values.deployment, owner: "x" } },
    'The configuration devfactory:deployment is not valid: Unrecognized key: "owner".',
  ],
])("%j is refused in words", (changes, message) => {
  expect(() => read(changes)).toThrow(message);
});

it("a missing subscription is named", () => {
  expect(() => read({}, {})).toThrow("ARM_SUBSCRIPTION_ID is not valid: the environment variable is not set.");
});
