import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseDuration } from "../monitor/requests.ts";
import { findProvider, installedPlugins } from "./discover.ts";
import { launchPlugin } from "./launch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-plugins-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function plugin(path: string, script: string): string {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), `#!${process.execPath}\n${script}\n`);
  chmodSync(join(folder, path), 0o755);
  return join(folder, path);
}

it("looks among running providers, on PATH, then among the installed, the wanted version first", () => {
  const env = { PULUMI_HOME: folder, PATH: join(folder, "bin"), PULUMI_DEBUG_PROVIDERS: "a:1,b:2" };
  const search = { env, programDirectory: folder };
  expect(findProvider("b", "", search)).toEqual({ kind: "attached", address: "127.0.0.1:2" });
  expect(() => findProvider("c", "1.0.0", search)).toThrow(
    "no resource plugin 'pulumi-resource-c' found in the workspace at version v1.0.0",
  );
  const old = plugin("plugins/resource-c-v1.0.0/pulumi-resource-c", "");
  const fresh = plugin("plugins/resource-c-v1.10.0/pulumi-resource-c", "");
  expect(findProvider("c", "1.0.0", search)).toEqual({ kind: "executable", path: old, args: [] });
  expect(findProvider("c", "", search)).toEqual({ kind: "executable", path: fresh, args: [] });
  const first = plugin("bin/pulumi-resource-c", "");
  expect(findProvider("c", "1.0.0", search)).toEqual({ kind: "executable", path: first, args: [] });
  expect(installedPlugins(env).map(({ name, version }) => `${name} ${version}`)).toEqual(["c 1.0.0", "c 1.10.0"]);
});

it("takes the plugin of dynamic providers from the program's SDK", () => {
  const script = "node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js";
  plugin(script, "");
  const search = { env: {}, programDirectory: folder };
  expect(findProvider("pulumi-nodejs", "", search)).toEqual({
    kind: "executable",
    path: process.execPath,
    args: [join(realpathSync(folder), script)],
  });
});

it("starts a plugin with the engine's address, reads its port, hands on what it prints, and ends it", async () => {
  const path = plugin(
    "speaks",
    "console.log(4711); console.log('engine', process.argv[2]); setInterval(() => 0, 1000)",
  );
  const lines = Promise.withResolvers<string>();
  const running = await launchPlugin({
    path,
    args: [],
    engineAddress: "127.0.0.1:9",
    cwd: folder,
    env: process.env,
    onOutput: lines.resolve,
  });
  expect(running.address).toBe("127.0.0.1:4711");
  expect(await lines.promise).toBe("engine 127.0.0.1:9");
  await running.stop();
});

it.each([
  ["console.error('no licence'); process.exit(3)", /exited prematurely \(3\) before it told its port\nno licence$/],
  ["console.log('hello'); setTimeout(() => 0, 100)", /wrote a non-numeric port to stdout \('hello'\)$/],
])("tells why a plugin did not start: %s", async (script, message) => {
  const options = {
    path: plugin("broken", script),
    args: [],
    engineAddress: "",
    cwd: folder,
    env: process.env,
    onOutput: () => undefined,
  };
  await expect(launchPlugin(options)).rejects.toThrow(message);
});

it("reads timeouts as Go writes them", () => {
  expect(["45s", "1h30m", "1.5m", "250ms"].map(parseDuration)).toEqual([45, 5400, 90, 0.25]);
  expect(() => parseDuration("soon")).toThrow("unable to parse customTimeout value soon");
});
