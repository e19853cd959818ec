import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import type { StoreKind } from "../backend/backend.ts";

const STORE = {
  postgres: {
    title: "PostgreSQL",
    local: "Without `PGHOST` the app keeps its data in `./data` (PGlite, PostgreSQL inside the process).",
    settings: [
      ["PGHOST, PGPORT, PGDATABASE, PGUSER", "The server. It signs in with an Entra token of the managed identity."],
      ["PGPASSWORD, PGSSLMODE=disable", "For a server on your own machine only."],
      ["DATA_DIR", "Folder of the local database, `data`; `memory` keeps nothing."],
    ],
    changes: "Tables change by the SQL files in `backend/migrations/`, which run once each when the app starts.",
  },
  cosmos: {
    title: "Azure Cosmos DB",
    local: "Without `AZURE_COSMOS_ENDPOINT` the app keeps its data in memory, and says so when it starts.",
    settings: [["AZURE_COSMOS_ENDPOINT, AZURE_COSMOS_DATABASE", "The account. It signs in with the managed identity."]],
    changes: "Each entity has a container with the partition key `/id`; `infra/` makes them from `devfactory.yaml`.",
  },
} as const;

/** The README of a generated app. */
export function readme(spec: AppSpec, kind: StoreKind): string {
  const store = STORE[kind];
  const model = spec.model ?? { entities: [], views: [] };
  const entities = model.entities.map(
    (entity) =>
      `| ${entity.labelPlural} | \`/api/${entity.plural}\` | ${entity.fields.map((field) => field.label).join(", ")} |`,
  );
  const views = model.views.map((view) => `- ${view.title}: \`/api/views/${view.name}\``);
  const settings = [
    ["PORT", "Port to listen on, 8080."],
    ["SEED", "`false` leaves an empty database empty."],
    ["AZURE_CLIENT_ID", "The managed identity, on Azure."],
    ...store.settings,
  ];
  return `# ${spec.title}

${spec.description || `${spec.title}, a web app with its own API and ${store.title}.`}

## Start

Node.js 24 or newer is all it needs.

    npm ci
    npm start     # http://localhost:8080
    npm test

${store.local}

## What it keeps

| what | API | fields |
| --- | --- | --- |
${entities.join("\n")}
${views.length > 0 ? `\nViews:\n\n${views.join("\n")}\n` : ""}
Lists take \`q\`, \`limit\`, \`offset\`, \`sort\` and a filter for each field. The whole API is described at \`/openapi.json\`; errors are
\`application/problem+json\` and name each field that is wrong. ${store.changes}

## Settings

| variable | meaning |
| --- | --- |
${settings.map(([name, meaning]) => `| ${name} | ${meaning} |`).join("\n")}

## Where things are

- \`backend/\`: the API (Hono), its schemas in \`entities/\`, storage in \`store/\`, tests in \`tests/\`
- \`frontend/\`: the pages, plain modules without a build step
- \`infra/\`: a Pulumi program that makes what \`devfactory.yaml\` declares on Azure
- \`Dockerfile\`, \`.github/workflows/\`, \`azure-pipelines.yml\`: image, pipelines, and the check of pull requests

## Deploy to Azure

    cd infra
    npm install
    az login
    pulumi stack init production
    pulumi up                                   # the registry and the rest, with a sample image
    az acr build --registry "$(pulumi stack output registryName)" --image ${spec.name}:1 ..
    pulumi config set image "$(pulumi stack output registryName).azurecr.io/${spec.name}:1"
    pulumi up

The pipelines do the same. They sign in without a stored secret: give an Entra app registration a federated credential for this
repository and set the variables \`AZURE_CLIENT_ID\`, \`AZURE_TENANT_ID\`, \`AZURE_SUBSCRIPTION_ID\` and \`PULUMI_BACKEND_URL\`, and the
secret \`PULUMI_CONFIG_PASSPHRASE\` (GitHub), or the service connection \`azureServiceConnection\` (Azure DevOps).

Everyone who can reach the address can use the app. Put a sign-in in front of it (built-in authentication of Container Apps) before
it holds data of people.
`;
}
