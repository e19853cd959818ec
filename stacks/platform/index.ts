// The program of project "devfactory": configuration in, outputs out.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { useNativeStackTraces } from "@devfactory/components/core/stackTraces.ts";
import * as pulumi from "@pulumi/pulumi";
import { deployPlatform } from "./program.ts";
import { readSettings } from "./settings.ts";

useNativeStackTraces();
const checkout = resolve(import.meta.dirname, "../..");
const config = new pulumi.Config("devfactory");
const waiverFile = join(checkout, "stacks", "app", "waivers.json");
const waivers = existsSync(waiverFile) ? readFileSync(waiverFile, "utf8") : undefined;
const outputs = deployPlatform(readSettings(config, process.env, { stack: pulumi.getStack(), checkout, waivers }));

export const {
  apiUrl,
  dashboardUrl,
  dashboardSiteId,
  apiClientId,
  cosmosEndpoint,
  keyVaultUri,
  blobEndpoint,
  storageAccountName,
  serviceBusHost,
  registryLoginServer,
  registryId,
  resourceGroupName,
  grants,
} = outputs;
