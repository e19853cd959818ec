import { expect, it } from "vitest";
import { grantReport } from "../core/access.ts";
import { ROLES } from "../core/roles.ts";
import { guid, rawResources, record, resolved, SUBSCRIPTION_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { GitHubFederation, type GitHubFederationArgs } from "./gitHubFederation.ts";

const credential = {
  resourceGroupName: "rg",
  issuer: "https://token.actions.githubusercontent.com",
  audiences: ["api://AzureADTokenExchange"],
};

it.each([
  { profile: "dev", resourceName: "id-clinic-dev-gzho2x" },
  { profile: "production", resourceName: "id-clinic-prod-jfaqm4" },
] as const)("$profile: an identity that one environment of one repository may use, with one role", async (row) => {
  const made = await record(
    () =>
      new GitHubFederation("delivery", {
        context: testContext(row.profile),
        repository: "contoso/shop",
        subjects: [{ kind: "environment", name: "production" }],
        roles: { images: { role: "acrPush", scope: "/registry" } },
      }),
  );
  const { resourceName } = row;
  expect(rawResources(made)).toEqual({
    "delivery-identity": [
      "managedidentity:UserAssignedIdentity",
      {
        resourceGroupName: "rg",
        location: "eastus",
        resourceName,
        tags: { ...TEST_TAGS, "devfactory-component": "delivery" },
      },
    ],
    "delivery-credential-environment-production": [
      "managedidentity:FederatedIdentityCredential",
      {
        ...credential,
        resourceName,
        federatedIdentityCredentialResourceName: "environment-production",
        subject: "repo:contoso/shop:environment:production",
      },
    ],
    "delivery-to-images-acrPush": [
      "authorization:RoleAssignment",
      {
        scope: "/registry",
        roleAssignmentName: expect.stringMatching(/^[0-9a-f-]{36}$/),
        roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.acrPush.id}`,
        principalId: guid(`principal ${resourceName}`),
        principalType: "ServicePrincipal",
        description: "DevFactory clinic: delivery to images",
      },
    ],
  });
});

it("everything on: four subjects one after the other, two roles in the report, the last word by transform", async () => {
  const made = await record(async () => {
    const federation = new GitHubFederation("delivery", {
      context: testContext("dev"),
      repository: "contoso/shop.web",
      subjects: [
        { kind: "branch", name: "release/1.0" },
        { kind: "tag", name: "v1" },
        { kind: "environment", name: "dev" },
        { kind: "pullRequest" },
      ],
      roles: {
        group: { role: "contributor", scope: "/subscriptions/s/resourceGroups/rg" },
        state: { role: "blobContributor", scope: "/container" },
      },
      transform: { "credential-tag-v1": { audiences: ["api://own"] } },
    });
    return await resolved(grantReport([federation]));
  });
  const raw = rawResources(made);
  const subjects = Object.values(raw).filter(([type]) => type.endsWith(":FederatedIdentityCredential"));
  expect(subjects.map(([, { subject, audiences }]) => [subject, audiences])).toEqual([
    ["repo:contoso/shop.web:ref:refs/heads/release/1.0", credential.audiences],
    ["repo:contoso/shop.web:ref:refs/tags/v1", ["api://own"]],
    ["repo:contoso/shop.web:environment:dev", credential.audiences],
    ["repo:contoso/shop.web:pull_request", credential.audiences],
  ]);
  const last = made.resources.find((each) => each.name === "delivery-credential-pull-request");
  expect(last?.dependsOn).toEqual(["delivery-credential-environment-dev", "delivery-identity"]);
  expect(made.result.map(({ role, scope }) => [role, scope])).toEqual([
    ["Contributor", "/subscriptions/s/resourceGroups/rg"],
    ["Storage Blob Data Contributor", "/container"],
  ]);
  expect(Object.keys(raw)).toHaveLength(7);
});

const ruling = { role: "contributor", scope: "/subscriptions/s" } as const;
const unbound = { role: "accessAdministrator", scope: "/subscriptions/s/resourceGroups/rg" } as const;
/** A ruling role under another name is one all the same. */
const renamed = { ...ROLES.contributor, name: "harmless" };

it.each<[Partial<GitHubFederationArgs>, string, string]>([
  [{ repository: "contoso/*" }, "repository", "contoso/*"],
  [{ subjects: [] }, "subjects", "0"],
  [{ subjects: [{ kind: "branch", name: "*" }] }, "subjects", "*"],
  [
    {
      subjects: [
        { kind: "branch", name: "a/b" },
        { kind: "branch", name: "a-b" },
      ],
    },
    "subjects",
    "branch-a-b twice",
  ],
  [{ roles: { all: ruling } }, "roles.all", "contributor"],
  [{ roles: { all: unbound } }, "roles.all", "accessAdministrator"],
  [{ roles: { all: { ...ruling, role: renamed } } }, "roles.all", "contributor"],
])("%j is refused before anything is made", async (more, argument, value) => {
  const args = {
    context: testContext("dev"),
    repository: "contoso/shop",
    subjects: [{ kind: "pullRequest" }],
    roles: {},
  } as const;
  const made = record(() => new GitHubFederation("delivery", { ...args, ...more }));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});
