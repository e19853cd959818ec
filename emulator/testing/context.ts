import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccessToken, TokenCredential } from "@azure/identity";
import { ensureCertificates } from "../core/certificates.ts";
import { ShiftableClock } from "../core/clock.ts";
import type { EmulatorContext } from "../core/context.ts";
import { openDatabase } from "../core/database.ts";
import { PortRegistry } from "../core/ports.ts";
import { type ArmResource, type Json, sameId } from "../core/resources.ts";
import { type Caller, TokenAuthority } from "../core/tokens.ts";

const TENANT = "11111111-1111-4111-8111-111111111111";

interface Grant {
  readonly objectId: string;
  readonly action: string;
  readonly scope: string;
}

/** A context without ARM, for a service started alone in a test: resources are put by hand, rights are granted by hand. */
export interface TestContext extends EmulatorContext, AsyncDisposable {
  readonly clock: ShiftableClock;
  putResource(resource: ArmResource): void;
  removeResource(id: string): void;
  /** Allows an action or data action (`*` as wildcard) on a scope and below. */
  grant(objectId: string, action: string, scope: string): void;
  revokeAll(objectId: string): void;
  /** A credential of an app with this object id, for the real clients; takes the audience from the scope that the client asks for. */
  credential(objectId: string): TokenCredential;
}

/** @param dataDir reuses the data of an earlier context, to test a restart; without it a new folder that is removed at the end */
export async function testContext(dataDir?: string): Promise<TestContext> {
  const dir = dataDir ?? mkdtempSync(join(tmpdir(), "devfactory-test-"));
  const clock = new ShiftableClock();
  const database = openDatabase(join(dir, "azure.db"));
  const tokens = new TokenAuthority(database, clock, () => "https://localhost");
  const resources = new Map<string, ArmResource>();
  const grants: Grant[] = [];
  const allowed = (caller: Caller, action: string, scope: string) =>
    grants.some(
      (grant) => grant.objectId === caller.objectId && covers(grant.scope, scope) && matches(grant.action, action),
    );
  return {
    dataDir: dir,
    clock,
    database,
    certificates: await ensureCertificates(join(tmpdir(), "devfactory-test-certificates")),
    ports: new PortRegistry(database),
    tokens,
    access: { allows: allowed, allowsData: allowed },
    resources: {
      get: (id) => resources.get(id.toLowerCase()),
      list: (type, prefix = "") =>
        [...resources.values()].filter(
          (each) => sameId(each.type, type) && each.id.toLowerCase().startsWith(prefix.toLowerCase()),
        ),
      update: (id, properties) => {
        const found = resources.get(id.toLowerCase());
        if (found)
          resources.set(id.toLowerCase(), { ...found, properties: { ...found.properties, ...properties } as Json });
      },
    },
    log: () => {},
    putResource: (resource) => void resources.set(resource.id.toLowerCase(), resource),
    removeResource: (id) => void resources.delete(id.toLowerCase()),
    grant: (objectId, action, scope) => void grants.push({ objectId, action, scope }),
    revokeAll: (objectId) =>
      void grants.splice(0, grants.length, ...grants.filter((each) => each.objectId !== objectId)),
    credential: (objectId) => ({
      getToken: async (scopes): Promise<AccessToken> => {
        const audience = String([scopes].flat()[0]).replace(/\/\.default$/, "");
        const subject = { objectId, clientId: objectId, kind: "app" } as const;
        const token = await tokens.issue({ tenantId: TENANT, audience, version: "v1", subject });
        return { token, expiresOnTimestamp: clock.now() + 3_600_000 };
      },
    }),
    [Symbol.asyncDispose]: async () => {
      database.close();
      if (!dataDir) rmSync(dir, { recursive: true, force: true });
    },
  };
}

function covers(grantScope: string, scope: string): boolean {
  return `${scope.toLowerCase()}/`.startsWith(`${grantScope.toLowerCase()}/`);
}

function matches(pattern: string, action: string): boolean {
  const source = pattern.split("*").map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`, "i").test(action);
}
