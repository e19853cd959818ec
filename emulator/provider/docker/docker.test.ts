import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../index.ts";
import { AzureNative } from "../azureNative/logic.ts";
import { TestProvider } from "../testing/client.ts";
import { contextDigest, contextFiles } from "./context.ts";
import { Docker } from "./logic.ts";

const IMAGE = "docker:index/image:Image";

let folder: string;
let emulator: Emulator;
let docker: TestProvider;
let server: string;

function source(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(folder, "source-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "devfactory-docker-"));
  emulator = await startEmulator({
    dataDir: join(folder, "data"),
    checkout: join(folder, "checkout"),
    services: ["registry"],
  });
  await using azure = await TestProvider.start(new AzureNative(emulator.env));
  await azure.create("azure-native:resources:ResourceGroup", { resourceGroupName: "rg", location: "westeurope" });
  const registry = await azure.create("azure-native:containerregistry:Registry", {
    resourceGroupName: "rg",
    registryName: "crone",
    location: "westeurope",
    sku: { name: "Basic" },
  });
  server = String(registry.outputs.loginServer);
  docker = await TestProvider.start(new Docker(emulator.env));
});

afterAll(async () => {
  await docker[Symbol.asyncDispose]();
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("the build context", () => {
  it("leaves out packages, history and what .dockerignore names, whose patterns start at the root", async () => {
    const root = source({
      ".dockerignore": "logs\n*.md\n!README.md\n# a comment\n",
      Dockerfile: "FROM scratch",
      "README.md": "",
      "NOTES.md": "",
      "logs/a.txt": "",
      "sub/logs/b.txt": "",
      "node_modules/x/index.js": "",
      ".git/HEAD": "",
    });
    expect(await contextFiles(root)).toEqual([".dockerignore", "Dockerfile", "README.md", "sub/logs/b.txt"]);
  });

  it("has the same digest for the same files and another one for changed or renamed ones", async () => {
    const digest = (files: Readonly<Record<string, string>>) => contextDigest(source(files), "/absent");
    const one = await digest({ "a.txt": "1" });
    expect(await digest({ "a.txt": "1" })).toBe(one);
    expect(await digest({ "a.txt": "2" })).not.toBe(one);
    expect(await digest({ "b.txt": "1" })).not.toBe(one);
  });
});

describe("images", () => {
  it("are built by their registry from an uploaded context, and changed source is an update", async () => {
    const context = source({ Dockerfile: "FROM scratch\nCOPY hello.txt /hello.txt\n", "hello.txt": "hello" });
    const news = { imageName: `${server}/app/web:current`, build: { context } };
    const { inputs } = await docker.check(IMAGE, news);
    const made = await docker.create(IMAGE, inputs);
    expect(made.outputs).toMatchObject({
      imageName: `${server}/app/web:current`,
      registryServer: server,
      baseImageName: `${server}/app/web`,
    });
    expect(made.outputs.repoDigest).toMatch(new RegExp(`^${server}/app/web@sha256:[0-9a-f]{64}$`));
    writeFileSync(join(context, "hello.txt"), "changed");
    const changed = await docker.check(IMAGE, news, inputs);
    const diff = await docker.diff(IMAGE, made.id, inputs, changed.inputs);
    expect(diff).toEqual({
      diffs: ["build"],
      replaces: [],
      deleteBeforeReplace: false,
      detailed: ["build.contextDigest:4"],
    });
    const updated = await docker.update(IMAGE, made.id, inputs, changed.inputs);
    expect(updated.repoDigest).not.toBe(made.outputs.repoDigest);
  });

  it("a failed build tells why, and a registry that is not there is named", async () => {
    const context = source({ Dockerfile: "FROM scratch\nCOPY absent.txt /x\n" });
    await expect(docker.create(IMAGE, { imageName: `${server}/bad:1`, build: { context } })).rejects.toThrow(
      /absent\.txt/,
    );
    await expect(docker.create(IMAGE, { imageName: "localhost:1/x:1", build: { context } })).rejects.toThrow(
      "no container registry with the login server 'localhost:1'",
    );
  });

  it("a preview builds nothing", async () => {
    const { id, outputs } = await docker.create(
      IMAGE,
      { imageName: `${server}/later:1`, build: { context: "/absent" } },
      true,
    );
    expect([id, outputs.repoDigest]).toEqual(["", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"]);
  });
});
