// Allowed values and bounds of the catalogue are read from types and comments; here the components are asked whether they keep them.
import { resolve } from "node:path";
import { expect, it } from "vitest";
import * as components from "../../components/index.ts";
import { record } from "../../components/testing/index.ts";
import { readCatalogue } from "./read.ts";
import type { ArgumentEntry } from "./schema.ts";
import { Surroundings } from "./surroundings.ts";

const catalogue = readCatalogue(resolve(import.meta.dirname, "../.."));

/** Makes a component with one argument as given, whatever its type says. */
type Make = (given: Surroundings, value: never) => object;

const MAKE: Readonly<Record<string, Make>> = {
  "ContainerApp.cpu": ({ app }, cpu) => new components.ContainerApp("t", { ...app, cpu }),
  "ContainerApp.scale.min": ({ app }, min) => new components.ContainerApp("t", { ...app, scale: { min, max: 1000 } }),
  "ContainerApp.scale.max": ({ app }, max) => new components.ContainerApp("t", { ...app, scale: { min: 0, max } }),
  "ContainerJob.cpu": ({ app }, cpu) => new components.ContainerJob("t", { ...app, cpu }),
  "ContainerRegistry.sku": ({ context }, sku) => new components.ContainerRegistry("t", { context, sku }),
  "FunctionApp.memoryMb": ({ context }, memoryMb) =>
    new components.FunctionApp("t", { context, runtime: { name: "node" }, memoryMb }),
  "FunctionApp.maxInstances": ({ context }, maxInstances) =>
    new components.FunctionApp("t", { context, runtime: { name: "node" }, maxInstances }),
  "FunctionApp.alwaysReady": ({ context }, alwaysReady) =>
    new components.FunctionApp("t", { context, runtime: { name: "node" }, alwaysReady, maxInstances: 1000 }),
  "PostgresServer.sku": ({ context }, sku) => new components.PostgresServer("t", { context, databases: [], sku }),
  "PostgresServer.storageGb": ({ context }, storageGb) =>
    new components.PostgresServer("t", { context, databases: [], storageGb }),
  "PostgresServer.backupDays": ({ context }, backupDays) =>
    new components.PostgresServer("t", { context, databases: [], backupDays }),
  "SessionPool.maxSessions": ({ context }, maxSessions) =>
    new components.SessionPool("t", { context, session: { kind: "python" }, maxSessions }),
  "SqlServerless.databases.*.pauseMinutes": ({ context, administrator }, pauseMinutes) =>
    new components.SqlServerless("t", { context, administrator, databases: { stock: { pauseMinutes } } }),
  "StorageAccount.containers": ({ context }, name) =>
    new components.StorageAccount("t", { context, containers: [name] }),
  "AppConfiguration.sku": ({ context }, sku) => new components.AppConfiguration("t", { context, sku }),
  "StorageAccount.sku": ({ context }, sku) => new components.StorageAccount("t", { context, sku }),
};

it.each(Object.entries(MAKE))("%s takes what the catalogue allows, and nothing beside it", async (path, make) => {
  const [component = "", ...rest] = path.split(".");
  const entry = catalogue.components
    .find(({ name }) => name === component)
    ?.arguments.find(({ name }) => name === rest.join("."));
  const { within, beyond } = valuesOf(entry);
  expect(within.length).toBeGreaterThan(0);
  for (const value of within) expect(await refusal(make, value), `${value}`).toBe("taken");
  for (const value of beyond) expect(await refusal(make, value), `${value}`).toMatch(/^(ARGUMENT|SIZE)_INVALID$/);
});

/** Values at the edges, and just outside of them. */
function valuesOf(entry: ArgumentEntry | undefined): { readonly within: unknown[]; readonly beyond: unknown[] } {
  const { allowed, minimum, maximum, multipleOf = 1, minLength, maxLength } = entry ?? {};
  if (allowed)
    return { within: allowed, beyond: typeof allowed[0] === "number" ? [Number(allowed[0]) + 1] : ["no such"] };
  if (minimum !== undefined && maximum !== undefined) {
    const beyond = [minimum - multipleOf, maximum + multipleOf, minimum + multipleOf / 2];
    return { within: [minimum, minimum + multipleOf, maximum], beyond };
  }
  const name = (length: number) => "a".repeat(length);
  if (minLength === undefined || maxLength === undefined) return { within: [], beyond: [] };
  return { within: [name(minLength), name(maxLength)], beyond: [name(minLength - 1), name(maxLength + 1)] };
}

/** The code of the error, or `taken`. */
async function refusal(make: Make, value: unknown): Promise<string> {
  try {
    await record(() => make(new Surroundings(), value as never));
    return "taken";
  } catch (error) {
    if (error instanceof components.ComponentError) return error.code;
    throw error;
  }
}
