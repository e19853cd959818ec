import { type Properties, secret } from "../rpc/logic.ts";
import type { GraphClient } from "./graphClient.ts";
import { collectionKind, type Kind, lastPart, pick } from "./kinds.ts";

const PLAIN = {
  displayName: "displayName",
  signInAudience: "signInAudience",
  identifierUris: "identifierUris",
  notes: "notes",
  description: "description",
  tags: "tags",
  fallbackPublicClientEnabled: "isFallbackPublicClient",
  serviceManagementReference: "serviceManagementReference",
};
const PLATFORMS = { singlePageApplication: "spa", publicClient: "publicClient", web: "web" } as const;

/** Application (app registration). */
export const application: Kind = collectionKind({
  collection: "applications",
  required: ["displayName"],
  computed: ["clientId", "appRoleIds", "oauth2PermissionScopeIds", "publisherDomain"],
  toGraph: applicationBody,
  outputs: (body) => ({
    clientId: body.appId,
    publisherDomain: body.publisherDomain ?? "",
    appRoleIds: idsByValue(body.appRoles),
    oauth2PermissionScopeIds: idsByValue((body.api as Properties | undefined)?.oauth2PermissionScopes),
  }),
});

function applicationBody(inputs: Properties, olds: Properties): Properties {
  const { api, appRoles, requiredResourceAccesses, groupMembershipClaims } = inputs;
  const platforms = Object.entries(PLATFORMS).flatMap(([input, field]) => {
    const value = inputs[input] as Properties | undefined;
    if (value === undefined) return olds[input] === undefined ? [] : [[field, { redirectUris: [] }] as const];
    return [[field, input === "web" ? webBody(value) : { redirectUris: value.redirectUris ?? [] }] as const];
  });
  return {
    ...pick(inputs, PLAIN),
    ...Object.fromEntries(platforms),
    ...(api === undefined ? {} : { api: apiBody(api as Properties) }),
    ...(appRoles === undefined && olds.appRoles === undefined ? {} : { appRoles: enabledAs(appRoles) }),
    ...(requiredResourceAccesses === undefined ? {} : { requiredResourceAccess: accessBody(requiredResourceAccesses) }),
    ...(Array.isArray(groupMembershipClaims) ? { groupMembershipClaims: groupMembershipClaims.join(",") } : {}),
  };
}

function webBody(web: Properties): Properties {
  const grant = (web.implicitGrant ?? {}) as Properties;
  return {
    redirectUris: web.redirectUris ?? [],
    homePageUrl: web.homepageUrl ?? null,
    logoutUrl: web.logoutUrl ?? null,
    implicitGrantSettings: {
      enableAccessTokenIssuance: grant.accessTokenIssuanceEnabled ?? false,
      enableIdTokenIssuance: grant.idTokenIssuanceEnabled ?? false,
    },
  };
}

function apiBody(api: Properties): Properties {
  return {
    requestedAccessTokenVersion: api.requestedAccessTokenVersion ?? 1,
    oauth2PermissionScopes: enabledAs(api.oauth2PermissionScopes),
    knownClientApplications: api.knownClientApplications ?? [],
  };
}

/** Graph says `isEnabled` where azuread says `enabled`. */
function enabledAs(items: unknown): readonly Properties[] {
  const list = Array.isArray(items) ? (items as readonly Properties[]) : [];
  return list.map(({ enabled, ...rest }) => ({ ...rest, isEnabled: enabled ?? true }));
}

function accessBody(items: unknown): readonly Properties[] {
  const list = Array.isArray(items) ? (items as readonly Properties[]) : [];
  return list.map(({ resourceAppId, resourceAccesses }) => ({ resourceAppId, resourceAccess: resourceAccesses }));
}

function idsByValue(items: unknown): Properties {
  const list = Array.isArray(items) ? (items as readonly Properties[]) : [];
  return Object.fromEntries(list.flatMap(({ id, value }) => (value ? [[String(value), id]] : [])));
}

/** Service principal: the application in a tenant. */
export const servicePrincipal: Kind = collectionKind({
  collection: "servicePrincipals",
  required: ["clientId"],
  replaceOn: ["clientId"],
  computed: ["displayName", "appRoleIds", "type"],
  toGraph: (inputs) =>
    pick(inputs, {
      clientId: "appId",
      accountEnabled: "accountEnabled",
      appRoleAssignmentRequired: "appRoleAssignmentRequired",
      description: "description",
      notes: "notes",
      tags: "tags",
    }),
  outputs: (body) => ({
    displayName: body.displayName,
    type: body.servicePrincipalType,
    appRoleIds: idsByValue(body.appRoles),
  }),
});

/** A secret of an application or service principal; every change makes a new one. */
export function passwordOf(collection: "applications" | "servicePrincipals", owner: string): Kind {
  return {
    required: [owner],
    replaceOn: [owner, "displayName", "startDate", "endDate", "endDateRelative", "rotateWhenChanged"],
    computed: ["keyId", "value", "startDate", "endDate"],
    async create(graph, inputs) {
      const ownerId = lastPart(inputs[owner]);
      const passwordCredential = pick(inputs, {
        displayName: "displayName",
        startDate: "startDateTime",
        endDate: "endDateTime",
      });
      const made = await graph.post(`/${collection}/${ownerId}/addPassword`, { passwordCredential });
      const { keyId, secretText, startDateTime, endDateTime } = made;
      const outputs = { ...inputs, keyId, value: secret(secretText), startDate: startDateTime, endDate: endDateTime };
      return { id: `${ownerId}/password/${String(keyId)}`, outputs };
    },
    read: async (graph, id, state) => ((await graph.get(`/${collection}/${id.split("/")[0]}`)) ? state : undefined),
    async delete(graph, id) {
      const [ownerId = "", , keyId = ""] = id.split("/");
      if (await graph.get(`/${collection}/${ownerId}`))
        await graph.post(`/${collection}/${ownerId}/removePassword`, { keyId });
    },
  };
}

/** Trust in tokens of another issuer. */
export const federatedCredential: Kind = {
  required: ["applicationId", "displayName", "issuer", "subject", "audiences"],
  replaceOn: ["applicationId", "displayName"],
  computed: ["credentialId"],
  async create(graph, inputs) {
    const owner = lastPart(inputs.applicationId);
    const made = await graph.post(`/applications/${owner}/federatedIdentityCredentials`, federatedBody(inputs));
    return {
      id: `${owner}/federatedIdentityCredential/${String(made.id)}`,
      outputs: { ...inputs, credentialId: made.id },
    };
  },
  read: async (graph, id, state) => ((await graph.get(federatedPath(id))) ? state : undefined),
  async update(graph, id, news) {
    await graph.patch(federatedPath(id), federatedBody(news));
    return { ...news, credentialId: lastPart(id) };
  },
  delete: (graph, id) => graph.delete(federatedPath(id)),
};

function federatedPath(id: string): string {
  return `/applications/${id.split("/")[0]}/federatedIdentityCredentials/${lastPart(id)}`;
}

function federatedBody(inputs: Properties): Properties {
  return pick(inputs, {
    displayName: "name",
    issuer: "issuer",
    subject: "subject",
    audiences: "audiences",
    description: "description",
  });
}

/** One identifier URI that is added after the application is there, because it holds its client id. */
export const identifierUri: Kind = {
  required: ["applicationId", "identifierUri"],
  replaceOn: ["applicationId", "identifierUri"],
  computed: [],
  async create(graph, inputs) {
    const uri = String(inputs.identifierUri);
    await changeUris(graph, inputs, (uris) => [...new Set([...uris, uri])]);
    return {
      id: `${String(inputs.applicationId)}/identifierUris/${Buffer.from(uri).toString("base64")}`,
      outputs: inputs,
    };
  },
  async read(graph, _id, state) {
    const body = await graph.get(`/applications/${lastPart(state.applicationId)}`);
    return texts(body?.identifierUris).includes(String(state.identifierUri)) ? state : undefined;
  },
  delete: (graph, _id, state) =>
    changeUris(graph, state, (uris) => uris.filter((each) => each !== state.identifierUri)),
};

async function changeUris(
  graph: GraphClient,
  inputs: Properties,
  change: (uris: readonly string[]) => readonly string[],
): Promise<void> {
  const path = `/applications/${lastPart(inputs.applicationId)}`;
  const body = await graph.get(path);
  if (body) await graph.patch(path, { identifierUris: change(texts(body.identifierUris)) });
}

/** The redirect URIs of one platform of an application. */
export const redirectUris: Kind = {
  required: ["applicationId", "redirectUris", "type"],
  replaceOn: ["applicationId", "type"],
  computed: [],
  async create(graph, inputs) {
    await setRedirects(graph, inputs, inputs.redirectUris);
    return { id: `${String(inputs.applicationId)}/redirectUris/${String(inputs.type)}`, outputs: inputs };
  },
  read: async (graph, _id, state) =>
    (await graph.get(`/applications/${lastPart(state.applicationId)}`)) ? state : undefined,
  async update(graph, _id, news) {
    await setRedirects(graph, news, news.redirectUris);
    return news;
  },
  delete: (graph, _id, state) => setRedirects(graph, state, []),
};

async function setRedirects(graph: GraphClient, inputs: Properties, uris: unknown): Promise<void> {
  const field = { SPA: "spa", Web: "web", PublicClient: "publicClient" }[String(inputs.type)] ?? "web";
  const path = `/applications/${lastPart(inputs.applicationId)}`;
  const body = await graph.get(path);
  if (body) await graph.patch(path, { [field]: { ...((body[field] ?? {}) as Properties), redirectUris: uris } });
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
