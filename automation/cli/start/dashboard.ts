import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { BlobSASPermissions, BlobServiceClient, generateBlobSASQueryParameters } from "@azure/storage-blob";
import { getClient } from "@azure-rest/core-client";
import { zipSync } from "fflate";
import { armEndpoint } from "../../azure/arm.ts";
import { createCredential } from "../../azure/credential.ts";
import { asHttp } from "../asHttp.ts";
import type { EmulatorInfo, Home, PlatformInfo } from "../home.ts";

const SITE_CONFIG = "staticwebapp.config.json";
const MICROSOFT_AUTHORITY = "https://login.microsoftonline.com";
const CONTAINER = "workspaces";
const API_VERSION = "2024-04-01";
const LINK_MS = 10 * 60_000;

type Files = Readonly<Record<string, Uint8Array>>;

/**
 * Puts the dashboard onto its static site: built when its source changed, sent as a zip by way of Blob
 * (Static Web Apps REST, "Create Zip Deployment For Static Site"). Nothing is sent when the site has this content already.
 */
export async function deployDashboard(
  home: Home,
  emulator: EmulatorInfo,
  platform: PlatformInfo,
  say: (line: string) => void,
): Promise<void> {
  const built = await build(home, say);
  const files = { ...forTarget(built, emulator), "config.json": encode(siteConfig(emulator, platform)) };
  const digest = digestOf(files);
  const marker = join(home.dataDir, "dashboard.sha256");
  if (existsSync(marker) && readFileSync(marker, "utf8") === `${platform.dashboardSiteId} ${digest}`) return;
  say("Publishing the dashboard …");
  const credential = createCredential(emulator.env);
  const blobs = new BlobServiceClient(platform.blobEndpoint, credential);
  const name = `dashboard/${digest}.zip`;
  await blobs
    .getContainerClient(CONTAINER)
    .getBlockBlobClient(name)
    .uploadData(zipSync({ ...files }));
  const from = new Date(Date.now() - 60_000);
  const until = new Date(Date.now() + LINK_MS);
  const key = await blobs.getUserDelegationKey(from, until);
  const permissions = BlobSASPermissions.parse("r");
  const values = { containerName: CONTAINER, blobName: name, permissions, startsOn: from, expiresOn: until };
  const sas = generateBlobSASQueryParameters(values, key, platform.storageAccountName);
  await deployZip(
    emulator,
    platform.dashboardSiteId,
    `${trimSlash(platform.blobEndpoint)}/${CONTAINER}/${name}?${sas}`,
  );
  writeFileSync(marker, `${platform.dashboardSiteId} ${digest}`);
}

async function deployZip(emulator: EmulatorInfo, siteId: string, appZipUrl: string): Promise<void> {
  const { endpoint, scope } = armEndpoint(emulator.env);
  const arm = getClient(endpoint, createCredential(emulator.env), { credentials: { scopes: [scope] } });
  const body = { properties: { appZipUrl, provider: "SwaCli", deploymentTitle: "dashboard" } };
  const answer = await arm
    .pathUnchecked(`${siteId}/zipdeploy`)
    .post({ body, queryParameters: { "api-version": API_VERSION } });
  const status = Number(answer.status);
  if (status >= 300) throw new Error(`the static site refused the dashboard: ${status} ${JSON.stringify(answer.body)}`);
}

/** Builds with Vite when the sources differ from those of the last build. */
async function build(home: Home, say: (line: string) => void): Promise<Files> {
  const source = join(home.checkout, "dashboard");
  const out = join(home.dataDir, "dashboard");
  const digest = digestOf(readFolder(source, (path) => !/(^|\/)(node_modules|dist|.*\.test\.tsx?)$/.test(path)));
  const marker = join(out, ".source");
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== digest) {
    say("Building the dashboard …");
    const { build: viteBuild } = await import("vite");
    await viteBuild({ root: source, logLevel: "error", build: { outDir: out, emptyOutDir: true } });
    writeFileSync(marker, digest);
  }
  return readFolder(out, (path) => path !== ".source");
}

/** The page may only talk to its own origin and to the authority, which on this target is the local one. */
function forTarget(built: Files, emulator: EmulatorInfo): Files {
  const policy = built[SITE_CONFIG];
  if (!policy) return built;
  const text = new TextDecoder().decode(policy).replaceAll(MICROSOFT_AUTHORITY, asHttp(emulator.entra));
  return { ...built, [SITE_CONFIG]: encode(text) };
}

/** What the page must know of this target; browsers do not trust the local authority, hence plain http there. */
function siteConfig(emulator: EmulatorInfo, platform: PlatformInfo): string {
  return JSON.stringify({
    clientId: platform.apiClientId,
    authority: `${emulator.entra}/organizations`,
    endpoints: asHttp(emulator.entra),
    api: "/api",
  });
}

function readFolder(folder: string, wanted: (path: string) => boolean): Files {
  const files: Record<string, Uint8Array> = {};
  const walk = (at: string) => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (!wanted(relative(folder, path))) continue;
      if (entry.isDirectory()) walk(path);
      else files[relative(folder, path)] = readFileSync(path);
    }
  };
  walk(folder);
  return files;
}

function digestOf(files: Files): string {
  const hash = createHash("sha256");
  for (const [path, bytes] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
