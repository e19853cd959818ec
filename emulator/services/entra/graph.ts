import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { isObject } from "../../arm/json.ts";
import type { Json } from "../../core/resources.ts";
import type { Caller } from "../../core/tokens.ts";
import { type DirectoryObject, list, type ObjectKind } from "./directory.ts";
import type { EntraRoom } from "./room.ts";
import { newSecret } from "./seeds.ts";

const AUDIENCES = ["https://graph.microsoft.com"];
const WRITE_ROLES = ["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All"];
const COLLECTIONS: Readonly<Record<string, ObjectKind>> = {
  applications: "application",
  servicePrincipals: "servicePrincipal",
  groups: "group",
  users: "user",
};
const TWO_YEARS_MS = 2 * 365 * 24 * 3_600_000;

/** An error as Graph renders it. */
class GraphError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The part of Microsoft Graph v1.0 that infrastructure code uses: applications, service principals, groups, users, app roles. */
export function graphRoutes(room: EntraRoom): Hono<{ Variables: { caller: Caller } }> {
  const app = new Hono<{ Variables: { caller: Caller } }>();
  app.use("*", async (c, next) => {
    const caller = await authenticate(room, c);
    if (c.req.method !== "GET") checkWriter(room, caller);
    c.set("caller", caller);
    await next();
  });
  for (const [collection, kind] of Object.entries(COLLECTIONS)) collectionRoutes(app, room, collection, kind);
  credentialRoutes(app, room);
  assignmentRoutes(app, room);
  memberRoutes(app, room);
  app.onError((error, c) => {
    if (!(error instanceof GraphError)) throw error;
    return c.json({ error: { code: error.code, message: error.message } }, error.status);
  });
  return app;
}

type GraphApp = ReturnType<typeof graphRoutes>;

async function authenticate(room: EntraRoom, c: Context): Promise<Caller> {
  const [, token = ""] = /^Bearer\s+(.+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  try {
    return await room.tokens.verify(token, AUDIENCES);
  } catch (error) {
    throw new GraphError(401, "InvalidAuthenticationToken", error instanceof Error ? error.message : String(error));
  }
}

function checkWriter(room: EntraRoom, caller: Caller): void {
  const roles = list(caller.claims.roles);
  const admin = room.directory.get(caller.objectId)?.body.directoryAdmin === true;
  if (admin || WRITE_ROLES.some((role) => roles.includes(role))) return;
  throw new GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
}

function collectionRoutes(app: GraphApp, room: EntraRoom, collection: string, kind: ObjectKind): void {
  app.get(`/${collection}`, (c) => {
    const [, field, value] = /^(\w+) eq '([^']*)'$/.exec(c.req.query("$filter") ?? "") ?? [];
    const all = room.directory.list(kind).filter((each) => each.tenantId === c.get("caller").tenantId);
    const found = field === undefined ? all : all.filter((each) => String(each.body[field]) === value);
    return c.json({ value: found.map(shown) });
  });
  app.get(`/${collection}/:id`, (c) => c.json(shown(need(room, kind, c.req.param("id")))));
  app.post(`/${collection}`, async (c) => {
    const body = await bodyOf(c);
    const { password, ...fields } = complete(room, kind, body);
    const saved = room.directory.save(kind, c.get("caller").tenantId, { ...fields, id: randomUUID() });
    if (typeof password === "string") room.directory.addSecret(saved.body.id, password);
    return c.json(shown(saved), 201);
  });
  app.patch(`/${collection}/:id`, async (c) => {
    const found = need(room, kind, c.req.param("id"));
    const changes = await bodyOf(c);
    room.directory.save(kind, found.tenantId, { ...found.body, ...changes, id: found.body.id });
    return c.body(null, 204);
  });
  app.delete(`/${collection}/:id`, (c) => {
    const found = need(room, kind, c.req.param("id"));
    if (kind === "application") {
      for (const each of room.directory.find("federated", String(found.body.appId)))
        room.directory.remove(each.body.id);
      for (const each of room.directory.find("servicePrincipal", String(found.body.appId)))
        room.directory.remove(each.body.id);
    }
    room.directory.remove(found.body.id);
    return c.body(null, 204);
  });
}

/** What Graph adds or refuses when an object is made. */
function complete(room: EntraRoom, kind: ObjectKind, body: Json): Json {
  if (kind === "application")
    return { signInAudience: "AzureADMyOrg", identifierUris: [], appRoles: [], ...body, appId: randomUUID() };
  if (kind === "user") {
    const { passwordProfile, ...fields } = body;
    return {
      accountEnabled: true,
      ...fields,
      password: isObject(passwordProfile) ? passwordProfile.password : undefined,
    };
  }
  if (kind !== "servicePrincipal") return body;
  const application = room.directory.find("application", String(body.appId))[0];
  if (!application) throw new GraphError(400, "Request_BadRequest", `The appId '${String(body.appId)}' is not known.`);
  if (room.directory.servicePrincipal(String(body.appId))) {
    throw new GraphError(409, "Request_MultipleObjectsWithSameKeyValue", "The service principal already exists.");
  }
  const { displayName, appRoles } = application.body;
  return { accountEnabled: true, servicePrincipalType: "Application", displayName, appRoles, ...body };
}

function credentialRoutes(app: GraphApp, room: EntraRoom): void {
  for (const [collection, kind] of [
    ["applications", "application"],
    ["servicePrincipals", "servicePrincipal"],
  ] as const) {
    app.post(`/${collection}/:id/addPassword`, async (c) => {
      const found = need(room, kind, c.req.param("id"));
      const { passwordCredential } = await bodyOf(c);
      const asked = isObject(passwordCredential) ? passwordCredential : {};
      const expires = asked.endDateTime ? Date.parse(String(asked.endDateTime)) : room.clock.now() + TWO_YEARS_MS;
      const secretText = newSecret();
      const keyId = room.directory.addSecret(found.body.id, secretText, randomUUID(), expires);
      const startDateTime = new Date(room.clock.now()).toISOString();
      return c.json({ startDateTime, ...asked, keyId, secretText, endDateTime: new Date(expires).toISOString() });
    });
    app.post(`/${collection}/:id/removePassword`, async (c) => {
      need(room, kind, c.req.param("id"));
      room.directory.removeSecret(String((await bodyOf(c)).keyId));
      return c.body(null, 204);
    });
  }
  const path = "/applications/:id/federatedIdentityCredentials";
  app.get(path, (c) => {
    const { appId } = need(room, "application", c.req.param("id")).body;
    return c.json({ value: room.directory.find("federated", String(appId)).map(shown) });
  });
  app.post(path, async (c) => {
    const application = need(room, "application", c.req.param("id"));
    const body = { ...(await bodyOf(c)), id: randomUUID(), applicationId: application.body.appId };
    return c.json(shown(room.directory.save("federated", application.tenantId, body)), 201);
  });
  app.get(`${path}/:part`, (c) => c.json(shown(need(room, "federated", c.req.param("part")))));
  app.patch(`${path}/:part`, async (c) => {
    const found = need(room, "federated", c.req.param("part"));
    room.directory.save("federated", found.tenantId, { ...found.body, ...(await bodyOf(c)), id: found.body.id });
    return c.body(null, 204);
  });
  app.delete(`${path}/:part`, (c) => {
    room.directory.remove(need(room, "federated", c.req.param("part")).body.id);
    return c.body(null, 204);
  });
}

function assignmentRoutes(app: GraphApp, room: EntraRoom): void {
  app.post("/servicePrincipals/:id/appRoleAssignedTo", async (c) => {
    const resource = need(room, "servicePrincipal", c.req.param("id"));
    const { principalId, appRoleId } = await bodyOf(c);
    if (!room.directory.get(String(principalId)))
      throw new GraphError(404, "Request_ResourceNotFound", "The principal does not exist.");
    const body = { id: randomUUID(), principalId, appRoleId, resourceId: resource.body.id };
    const twin = room.directory
      .find("appRoleAssignment", String(principalId))
      .find((each) => each.body.appRoleId === appRoleId && each.body.resourceId === body.resourceId);
    if (twin) throw new GraphError(400, "Request_BadRequest", "Permission being assigned already exists on the object");
    return c.json(shown(room.directory.save("appRoleAssignment", resource.tenantId, body)), 201);
  });
  app.get("/servicePrincipals/:id/appRoleAssignedTo", (c) => {
    const all = room.directory.list("appRoleAssignment").filter((each) => each.body.resourceId === c.req.param("id"));
    return c.json({ value: all.map(shown) });
  });
  app.delete("/servicePrincipals/:id/appRoleAssignedTo/:part", (c) => {
    room.directory.remove(need(room, "appRoleAssignment", c.req.param("part")).body.id);
    return c.body(null, 204);
  });
}

function memberRoutes(app: GraphApp, room: EntraRoom): void {
  app.get("/groups/:id/members", (c) => {
    const members = room.directory
      .find("member", c.req.param("id"))
      .flatMap((each) => room.directory.get(String(each.body.memberId)) ?? []);
    return c.json({ value: members.map(shown) });
  });
  app.post("/groups/:id/members/$ref", async (c) => {
    const group = need(room, "group", c.req.param("id"));
    const memberId =
      String((await bodyOf(c))["@odata.id"])
        .split("/")
        .at(-1) ?? "";
    if (!room.directory.get(memberId))
      throw new GraphError(404, "Request_ResourceNotFound", "The member does not exist.");
    room.directory.save("member", group.tenantId, {
      id: memberKey(group.body.id, memberId),
      groupId: group.body.id,
      memberId,
    });
    return c.body(null, 204);
  });
  app.delete("/groups/:id/members/:member/$ref", (c) => {
    room.directory.remove(memberKey(c.req.param("id"), c.req.param("member")));
    return c.body(null, 204);
  });
}

function memberKey(group: string, member: string): string {
  return `${group}/${member}`.toLowerCase();
}

function need(room: EntraRoom, kind: ObjectKind, id: string): DirectoryObject {
  const found = room.directory.get(id);
  if (found?.kind === kind) return found;
  throw new GraphError(404, "Request_ResourceNotFound", `Resource '${id}' does not exist.`);
}

async function bodyOf(c: Context): Promise<Json> {
  const body: unknown = await c.req.json();
  if (!isObject(body)) throw new GraphError(400, "Request_BadRequest", "An object is expected.");
  return body;
}

/** Without what only the emulator keeps. */
function shown({ body }: DirectoryObject): Json {
  const { seededRoles: _, directoryAdmin: __, resourceId, ...rest } = body;
  return body.principalId === undefined ? rest : { ...rest, resourceId };
}
