import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { EmulatorContext, EmulatorService } from "../../core/context.ts";
import { type Listener, listen } from "../../core/listener.ts";
import { ArmError, type ArmResource } from "../../core/resources.ts";
import { proxy } from "../proxy.ts";
import { readArchive } from "./archive.ts";
import { ConfigError } from "./config.ts";
import { ContentFolder } from "./content.ts";
import { download } from "./download.ts";
import { FrontDoor } from "./frontDoor.ts";
import { staticSiteHooks } from "./hooks.ts";
import { type ClientPrincipal, SignIn } from "./signIn.ts";
import { serveSite } from "./site.ts";

export interface StaticWebAppsOptions {
  /** Port of `http://localhost:<port>`; another free one when it is taken. @default 4280 */
  readonly frontDoorPort?: number;
}

/** The host of static sites, with the address of the front door once it has started. */
export interface StaticWebAppsHost extends EmulatorService {
  readonly frontDoorUrl: string;
}

const FRONT_DOOR_PORT = 4280;
const SITES = "Microsoft.Web/staticSites";
const DEPLOY_PATH = "/.deploy";
const MAX_UPLOAD_BYTES = 250 * 1024 * 1024;

interface Site {
  readonly content: ContentFolder;
  readonly listener: Listener;
}

/** Static Web Apps and the front door. */
export function createStaticWebAppsHost(
  context: EmulatorContext,
  options: StaticWebAppsOptions = {},
): StaticWebAppsHost {
  const { database, resources } = context;
  database.exec("CREATE TABLE IF NOT EXISTS static_site_keys (site TEXT PRIMARY KEY, secret TEXT NOT NULL)");
  const sites = new Map<string, Promise<Site>>();
  const frontDoor = new FrontDoor(context);

  const apiKey = (id: string, fresh = false): string => {
    const site = id.toLowerCase();
    if (fresh) database.prepare("DELETE FROM static_site_keys WHERE site = ?").run(site);
    database.prepare("INSERT OR IGNORE INTO static_site_keys VALUES (?, ?)").run(site, randomBytes(32).toString("hex"));
    return String(database.prepare("SELECT secret FROM static_site_keys WHERE site = ?").get(site)?.secret);
  };
  const backend =
    (id: string) =>
    async (request: IncomingMessage, response: ServerResponse, principal: ClientPrincipal | undefined) => {
      const link = resources.list(`${SITES}/linkedBackends`, `${id}/linkedBackends/`)[0];
      const app = resources.get(String(link?.properties.backendResourceId ?? ""));
      const fqdn = (app?.properties.configuration as { ingress?: { fqdn?: string } } | undefined)?.ingress?.fqdn;
      if (!fqdn) return false;
      delete request.headers["x-ms-client-principal"]; // only we say who is signed in
      const header = principal && Buffer.from(JSON.stringify(principal)).toString("base64");
      proxy(fqdn, request, response, header ? { headers: { "x-ms-client-principal": header } } : {});
      return true;
    };
  const openSite = async (id: string): Promise<Site> => {
    const folder = join(context.dataDir, "sites", createHash("sha256").update(id).digest("hex").slice(0, 16));
    const content = new ContentFolder(folder);
    const signIn = new SignIn(createHmac("sha256", apiKey(id)).update("cookies").digest());
    const parts = { content: () => content.content, signIn, backend: backend(id) };
    const node = (request: IncomingMessage, response: ServerResponse): void => {
      const isDeploy = request.url?.split("?")[0] === DEPLOY_PATH;
      const work = isDeploy ? receive(content, apiKey(id), request, response) : serveSite(parts, request, response);
      work.catch((error: unknown) => {
        context.log("staticWebApps", "request failed", {
          message: error instanceof Error ? error.message : String(error),
        });
        response.destroy();
      });
    };
    const [port, { certificates }] = [await context.ports.portFor(id), context];
    const hostNames = () => resources.list(`${SITES}/customDomains`, `${id}/customDomains/`).map(({ name }) => name);
    return {
      content,
      listener: await listen({ port, certificates, handler: { node }, hostNames, plainHttp: true }),
    };
  };
  const open = (resource: ArmResource): Promise<Site> => {
    const id = resource.id.toLowerCase();
    const site = sites.get(id) ?? openSite(id);
    sites.set(id, site);
    return site;
  };
  const close = async (resource: ArmResource): Promise<void> => {
    const id = resource.id.toLowerCase();
    const site = await sites.get(id);
    sites.delete(id);
    await site?.listener.close();
    await site?.content.delete();
    context.ports.release(id);
    database.prepare("DELETE FROM static_site_keys WHERE site = ?").run(id);
  };
  const deployFrom = async (resource: ArmResource, url: string): Promise<void> => {
    const { content } = await open(resource);
    try {
      await content.deploy(await readArchive(await download(url, context.certificates.ca, MAX_UPLOAD_BYTES)));
    } catch (cause) {
      throw new ArmError(400, "ZipDeploymentFailed", cause instanceof Error ? cause.message : String(cause));
    }
  };
  return {
    name: "staticWebApps",
    get frontDoorUrl() {
      return frontDoor.url;
    },
    hooks: staticSiteHooks({
      resources,
      apiKey,
      close,
      deployFrom,
      port: async (resource) => (await open(resource)).listener.port,
    }),
    async start() {
      await Promise.all([
        ...resources.list(SITES).map(open),
        frontDoor.start(options.frontDoorPort ?? FRONT_DOOR_PORT),
      ]);
    },
    async stop() {
      await frontDoor.stop();
      for (const site of sites.values()) await (await site).listener.close();
      sites.clear();
    },
  };
}

/** PUT or POST of a zip or tar.gz with `Authorization: Bearer <apiKey>`. */
async function receive(
  content: ContentFolder,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const given = Buffer.from(/^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "");
  const expected = Buffer.from(key);
  const answer = (status: number, body: object) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return answer(401, { error: "The deployment token is not valid." });
  if (request.method !== "PUT" && request.method !== "POST") return answer(405, { error: "Use PUT or POST." });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MAX_UPLOAD_BYTES) return answer(413, { error: "The archive is larger than 250 MB." });
  }
  try {
    const files = await readArchive(Buffer.concat(chunks));
    await content.deploy(files);
    answer(200, { files: files.size });
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Error)) throw error;
    answer(400, { error: error.message });
  }
}
