import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientSecretCredential } from "@azure/identity";
import type { EmulatorService } from "../../core/context.ts";
import type { ResourceHooks } from "../../core/resources.ts";
import { Faults } from "../../faults.ts";
import { type House, openHouse } from "../../house.ts";
import { createEntra } from "../../services/entra/index.ts";
import { trust } from "../../trust.ts";

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared as they are
  readonly body: any;
  readonly headers: Headers;
}

/** ARM and Entra in this process, with hooks of the test. */
export interface Cloud extends AsyncDisposable {
  readonly house: House;
  readonly dataDir: string;
  readonly faults: Faults;
  readonly credential: ClientSecretCredential;
  /** `/subscriptions/<id>` */
  readonly subscription: string;
  /** One raw request as the developer, or with another token. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** A service principal with a token of its own and no rights. */
  stranger(name: string): Promise<{ readonly objectId: string; readonly headers: Readonly<Record<string, string>> }>;
  /** Closes everything and keeps the data. */
  close(): Promise<void>;
}

/** @param dataDir reuses the data of an earlier cloud */
export async function startCloud(hooks: readonly ResourceHooks[] = [], dataDir?: string): Promise<Cloud> {
  const dir = dataDir ?? mkdtempSync(join(tmpdir(), "devfactory-arm-"));
  const faults = new Faults();
  const house = await openHouse(
    dir,
    () => {},
    (request, serve) => faults.disturb(request, serve),
  );
  trust(house.context.certificates.ca);
  const entra = createEntra(house.context);
  const service: EmulatorService = { name: "test", hooks, start: async () => {}, stop: async () => {} };
  await house.arm.start([entra, service]);
  await entra.start();
  house.arm.resume();
  const { tenantId, clientId, clientSecret } = house.seeds.developer;
  const options = { authorityHost: house.authority, disableInstanceDiscovery: true };
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, options);
  const close = async () => {
    await Promise.all([entra.stop(), house.arm.stop()]);
    house.close();
  };
  return {
    house,
    dataDir: dir,
    faults,
    credential,
    subscription: `/subscriptions/${house.seeds.subscriptionId}`,
    async call(method, path, body, headers = {}) {
      const token = await credential.getToken("https://management.azure.com/.default");
      const url = `${house.arm.url}${path}${path.includes("?") ? "&" : "?"}api-version=2024-01-01`;
      const answer = await fetch(url, {
        method,
        headers: { Authorization: `Bearer ${token.token}`, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? undefined : JSON.parse(text), headers: answer.headers };
    },
    stranger: (name) => makeStranger(house, name),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      if (!dataDir) rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function makeStranger(house: House, name: string) {
  const { directoryOf } = await import("../../services/entra/directory.ts");
  const objectId = crypto.randomUUID();
  const tenantId = house.seeds.developer.tenantId;
  directoryOf(house.context.database).save("servicePrincipal", tenantId, {
    id: objectId,
    appId: objectId,
    displayName: name,
  });
  const subject = { objectId, clientId: objectId, kind: "app" } as const;
  const token = await house.context.tokens.issue({
    tenantId,
    audience: "https://management.azure.com",
    version: "v1",
    subject,
  });
  return { objectId, headers: { Authorization: `Bearer ${token}` } };
}
