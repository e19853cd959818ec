import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import type { AppView } from "../../client/apiClient.ts";
import { appOf, remember } from "./folderApp.ts";

const dataDir = mkdtempSync(join(tmpdir(), "devfactory-folders-"));
afterAll(() => rmSync(dataDir, { recursive: true }));
const home = { checkout: "/checkout", dataDir };
const WRITERS = 12;

/** A service whose every app is live; a new one is called by its title. */
const api = {
  app: async (appId: string) => ({ appId, status: "live" }) as unknown as AppView,
  createApp: async ({ title }: { title: string }) => ({ appId: `new ${title}` }) as unknown as AppView,
};
const appIdOf = async (folder: string, wish: { target: "local" | "azure"; new: boolean; app?: string }) =>
  (await appOf(api, home, folder, wish)).appId;

it("a folder goes to the app of its last deployment, in each target to its own", async () => {
  remember(home, "/shop", "local", "a1");
  remember(home, "/shop", "local", "a2");
  const local = { target: "local", new: false } as const;
  expect([
    await appIdOf("/shop", local),
    await appIdOf("/shop", { ...local, target: "azure" }),
    await appIdOf("/shop", { ...local, new: true }),
    await appIdOf("/shop", { ...local, app: "a9" }),
    await appIdOf("/other/shop", local),
  ]).toEqual(["a2", "new shop", "new shop", "a9", "new shop"]);
});

it("commands that remember at the same moment forget nothing", async () => {
  const module = new URL("./folderApp.ts", import.meta.url).href;
  const code = (n: number) => `const { remember } = await import(${JSON.stringify(module)});
    for (let turn = 0; turn < 50; turn++) {
      remember(${JSON.stringify(home)}, "/same", "local", "same");
      remember(${JSON.stringify(home)}, "/folder-${n}-" + turn, "local", "app-${n}-" + turn);
    }`;
  const run = (n: number) =>
    promisify(execFile)(process.execPath, ["--conditions", "development", "--input-type=module", "--eval", code(n)]);
  await Promise.all(Array.from({ length: WRITERS }, (_, n) => run(n)));
  const wish = { target: "local", new: false } as const;
  const kept = await Promise.all(
    Array.from({ length: WRITERS * 50 }, (_, n) => appIdOf(`/folder-${Math.floor(n / 50)}-${n % 50}`, wish)),
  );
  expect(kept.filter((appId) => !appId.startsWith("app-"))).toEqual([]);
  expect(await appIdOf("/same", wish)).toBe("same");
}, 60_000);
