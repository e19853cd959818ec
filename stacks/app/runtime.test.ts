import { record, SUBSCRIPTION_ID, TENANT_ID } from "@devfactory/components/testing/index.ts";
import { expect, it } from "vitest";
import { parseAppSpec } from "../spec/index.ts";
import { deployApp } from "./program.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;

it("each service gets a module in which resources bear their names in the spec", async () => {
  const parsed = parseAppSpec({
    version: 1,
    name: "clinic",
    title: "Clinic",
    services: [
      {
        name: "web",
        kind: "web",
        uses: [
          { resource: "visit-jobs", access: "send" },
          { resource: "photos", access: "readwrite" },
          { resource: "mailer", access: "call" },
        ],
      },
      { name: "mailer", kind: "api", public: false, uses: [{ resource: "db", access: "readwrite" }] },
    ],
    resources: [
      { name: "visit-jobs", kind: "queue" },
      { name: "photos", kind: "blob", containers: ["originals", "thumbs"] },
      { name: "db", kind: "postgres" },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const settings = {
    spec: parsed.spec,
    images: Object.fromEntries(["web", "mailer"].map((name) => [name, `r.azurecr.io/app-1/${name}@${DIGEST}`])),
    deployment: {
      appId: "app-1",
      tenantId: "tenant-1",
      registryId: "/registry",
      registryLoginServer: "r.azurecr.io",
      nameEpoch: 0,
    },
    subscriptionId: SUBSCRIPTION_ID,
    entraTenantId: TENANT_ID,
  };
  const { result } = await record(() => deployApp(settings).runtime);
  const shown = Object.entries(result).map(([service, text]) => [
    service,
    [...text.matchAll(/^ {2}(\w+): \{$|^ {4}(?:get )?(\w+)(?:\(|: )/gm)].map(([, name, property]) =>
      name ? `${name}:` : property,
    ),
  ]);
  expect(Object.fromEntries(shown)).toEqual({
    web: [
      "visitJobs:",
      ...["queueName", "host", "namespaceName"],
      "photosOriginals:", // a store of several containers has one link for each
      ...["containerName", "accountName", "blobEndpoint"],
      "photosThumbs:",
      ...["containerName", "accountName", "blobEndpoint"],
      "mailer:",
      "baseUrl",
    ],
    mailer: ["db:", "databaseName", "host", "port", "userName"],
  });
});
