import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KNOWN_NAMES, withKnownNames } from "./settingNames.ts";
import { apiSettings, settingRows, workerSettings } from "./settings.ts";

const EXAMPLE = readFileSync(new URL("../.env.example", import.meta.url), "utf8");

interface Line {
  readonly name: string;
  readonly value: string;
  /** Shown only: the line is a comment. */
  readonly shown: boolean;
  readonly words: string;
}

/** Settings of the file, each with the comment above it. */
const lines: readonly Line[] = EXAMPLE.split("\n").flatMap((text, index, all) => {
  const [, mark, name, value] = /^(# )?([A-Z][A-Z0-9_]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined) return [];
  return [{ name, value: value ?? "", shown: mark !== undefined, words: all[index - 1] ?? "" }];
});

it(".env.example has every setting that is read, and nothing else; each with words, and with the value that holds without it", () => {
  const rows = settingRows();
  expect(lines.map(({ name }) => name)).toEqual([
    ...rows.map(({ name }) => name),
    ...lines.slice(rows.length).map(({ name }) => name),
  ]);
  expect(
    lines
      .slice(rows.length)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...KNOWN_NAMES].sort());
  for (const { words } of lines) expect(words).toMatch(/^# \w.+\.$/);
  for (const { name, required, fallback = "", neededBy } of rows) {
    const line = lines.find((each) => each.name === name);
    expect([name, line?.shown]).toEqual([name, !required]);
    if (!required) expect([name, line?.value]).toEqual([name, fallback]);
    for (const part of neededBy)
      expect([name, line?.words.includes(part) || line?.words.includes("API")]).toEqual([name, true]);
  }
});

it("the file as it is starts both parts, and so do the names of the older service", () => {
  const own = Object.fromEntries(lines.filter(({ shown }) => !shown).map(({ name, value }) => [name, value]));
  const api = apiSettings(own);
  const worker = workerSettings(own);
  const older = Object.fromEntries(
    lines.filter(({ name }) => KNOWN_NAMES.includes(name)).map(({ name, value }) => [name, value]),
  );
  const rest = ["AZURE_SUBSCRIPTION_ID", "DEVFACTORY_AGENT_JOBS", "DEVFACTORY_API_CLIENT_ID", "DEVFACTORY_AUTHORITY"];
  const beside = Object.fromEntries(rest.map((name) => [name, own[name]]));
  const slashless = (settings: object) => JSON.parse(JSON.stringify(settings).replaceAll(/(https:[^"]*?)\/"/g, '$1"'));
  expect(slashless(apiSettings({ ...older, ...beside }))).toEqual(slashless(api));
  expect(slashless(workerSettings({ ...older, ...beside }))).toEqual(slashless(worker));
});

it.each([
  ["AZURE_STORAGE_CONNECTION_STRING", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0"],
  [
    "AZURE_SERVICE_BUS_CONNECTION_STRING",
    "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=c2VjcmV0",
  ],
  ["AZURE_COSMOS_CONNECTION_STRING", "AccountEndpoint=https://a.documents.azure.com:443/;AccountKey=c2VjcmV0"],
])("a key in %s stops the start, and is not shown", (name, value) => {
  const read = () => withKnownNames({ [name]: value });
  expect(read).toThrow(`${name}: holds a key; take it out, the service signs in by its identity`);
  expect(read).not.toThrow("c2VjcmV0");
});

it("a setting under its own name wins over a known one, and an empty one is absent", () => {
  const given = { AZURE_KEY_VAULT_URI: "https://old", AZURE_KEY_VAULT_ENDPOINT: "https://own" };
  expect(withKnownNames(given).AZURE_KEY_VAULT_ENDPOINT).toBe("https://own");
  expect(withKnownNames({ ...given, AZURE_KEY_VAULT_ENDPOINT: "" }).AZURE_KEY_VAULT_ENDPOINT).toBe("https://old");
});

const OWN = Object.fromEntries(lines.filter(({ shown }) => !shown).map(({ name, value }) => [name, value]));

it.each([
  [{ BUILD_CONTAINER_MEMORY: "8Gi" }, "BUILD_CONTAINER_MEMORY: must be 4Gi beside BUILD_CONTAINER_CPU=2"],
  [{ BUILD_CONTAINER_MEMORY: "8Gi", BUILD_CONTAINER_CPU: "4" }, undefined],
  [{ ENABLE_MULTI_REGION: "2" }, 'ENABLE_MULTI_REGION: Invalid option: expected one of "true"|"false"'],
  [{ ENABLE_CDN_INTEGRATION: "false" }, "ENABLE_CDN_INTEGRATION: must be true: sites are served from the edge"],
  [{ ENABLE_AUTO_SCALING: "no" }, 'ENABLE_AUTO_SCALING: Invalid option: expected one of "true"|"false"'],
])("%j of the worker: %s", (given, problem) => {
  const read = () => workerSettings({ ...OWN, ...given });
  if (problem) expect(read).toThrow(problem);
  else expect(read().BUILD_CONTAINER_MEMORY).toBe("8Gi");
});

it.each([
  [{}, false],
  [{ ENABLE_MULTI_REGION: "true" }, true],
])("apps in several regions with %j: %s", (given, allowed) => {
  expect(workerSettings({ ...OWN, ...given }).ENABLE_MULTI_REGION).toBe(allowed);
});
