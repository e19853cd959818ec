import { expect, it } from "vitest";
import { appSettings, recordApp } from "./testing/recordApp.ts";

it("each service gets a module in which resources bear their names in the spec", async () => {
  const document = {
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
  };
  const { runtime } = (await recordApp(appSettings(document, { images: ["web", "mailer"] }))).result;
  const shown = Object.entries(runtime).map(([service, text]) => [
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
