import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hasPrivateNetworks } from "../../hosts/sandbox.ts";
import { awaitBuild, type BuildOutcome, buildImage, startBuild } from "../../hosts/testing/buildImage.ts";
import { type TestCloud, testCloud } from "../../hosts/testing/cloud.ts";
import { until } from "../../hosts/testing/until.ts";
import { createRegistry, type OpenImage, type RegistryService } from "./index.ts";

let cloud: TestCloud;
let registry: RegistryService;
let server = "";

beforeAll(async () => {
  cloud = await testCloud((context) => {
    registry = createRegistry(context);
    return [registry];
  });
  const path = `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`;
  const made = await cloud.call("PUT", path, { location: "westeurope", sku: { name: "Basic" } });
  server = (made.body.properties as { loginServer: string }).loginServer;
});
afterAll(() => cloud[Symbol.asyncDispose]());

const build = (files: Record<string, string>, options = {}): Promise<BuildOutcome> =>
  buildImage(cloud, "images", files, options);
const owner = {
  objectId: "owner",
  tenantId: "t",
  clientId: "c",
  kind: "app",
  audience: "",
  groups: [],
  claims: {},
} as const;
const open = (name: string): Promise<OpenImage> => registry.images.open(`${server}/${name}`, owner);

/** Builds and reads files of the image; a missing one is `undefined`. */
async function built(
  files: Record<string, string>,
  paths: readonly string[],
  options = {},
): Promise<(string | undefined)[]> {
  const outcome = await build(files, options);
  expect(outcome.status, outcome.log).toBe("Succeeded");
  const { root } = await open("app:1");
  return paths.map((path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined));
}

it("a small Dockerfile becomes an image; equal input gives the equal digest from the cache, other input another", async () => {
  const files = {
    Dockerfile:
      'FROM node:24-slim\nWORKDIR /app\nENV MODE=fast\nCOPY . .\nRUN node make.js\nUSER node\nCMD ["node", "out.js"]\n',
    "make.js": "require('fs').writeFileSync('out.js', process.env.MODE)",
  };
  const first = await build(files);
  expect([first.status, first.log.includes("Step 5/7 : RUN node make.js"), first.log.includes("Using cache")]).toEqual([
    "Succeeded",
    true,
    false,
  ]);
  const image = await open("app:1");
  expect(readFileSync(join(image.root, "app/out.js"), "utf8")).toBe("fast");
  expect(image.config).toEqual({
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      NODE_VERSION: process.versions.node,
      MODE: "fast",
    },
    cmd: ["node", "out.js"],
    entrypoint: [],
    workingDir: "/app",
    uid: 1000,
  });
  const second = await build(files);
  expect([second.digest, second.log.match(/Using cache/g)?.length]).toEqual([first.digest, 3]);
  const uncached = await build(files, { noCache: true });
  expect([uncached.digest, uncached.log.includes("Using cache")]).toEqual([first.digest, false]);
  const other = await build({ ...files, "make.js": `${files["make.js"]};` });
  expect(other.digest).not.toBe(first.digest);
});

it("packages installed once come from the cache for another app with the same package files", async () => {
  const Dockerfile =
    "FROM node:24\nWORKDIR /app\nCOPY package.json ./\nRUN npm install --no-audit && echo installed\nCOPY . .\n";
  const pack = { "package.json": '{"name":"x","version":"1.0.0","dependencies":{"local":"file:./local"}}' };
  const first = await build({ Dockerfile, ...pack, "a.js": "1" });
  const second = await build({ Dockerfile, ...pack, "b.js": "2" });
  expect([first.status, first.log.includes("\ninstalled\n")]).toEqual(["Succeeded", true]);
  expect(second.log).toMatch(/RUN npm install[^\n]*\n ---> Using cache/);
});

it("files of a stage are shared, not copied; they are known again when only other files of the stage changed", async () => {
  const Dockerfile =
    "FROM node:24 AS make\nWORKDIR /src\nCOPY . .\nRUN mkdir out && echo made > out/file && chmod 600 out/file && ln -s file out/link\n" +
    "FROM node:24\nCOPY --from=make /src/out /app/\nRUN test -f /app/link && echo changed > /app/other\n";
  const first = await build({ Dockerfile, note: "1" });
  const { root } = await open("app:1");
  expect([lstatSync(join(root, "app/file")).mode & 0o777, readFileSync(join(root, "app/link"), "utf8")]).toEqual([
    0o644,
    "made\n",
  ]);
  const second = await build({ Dockerfile, note: "2" });
  expect(second.digest).toBe(first.digest);
  expect(second.log).toMatch(/COPY[^\n]*\n ---> Using cache\nStep 7\/7[^\n]*\n ---> Using cache/);
  const third = await build({ Dockerfile: Dockerfile.replace("echo made", "echo other"), note: "2" });
  expect(third.digest).not.toBe(first.digest);
  expect(readFileSync(join((await open("app:1")).root, "app/file"), "utf8")).toBe("other\n");
  expect(readFileSync(join(root, "app/file"), "utf8")).toBe("made\n"); // the first image is as it was
});

it("a later source of one COPY wins and does not write into the stage that it came from", async () => {
  const Dockerfile =
    "FROM node:24 AS make\nRUN mkdir -p /one /two && echo 1 > /one/file && echo 2 > /two/file\n" +
    "FROM node:24\nCOPY --from=make /one/file /two/file /app/\nCOPY --from=make /one/file /app/first\n";
  expect(await built({ Dockerfile }, ["app/file", "app/first"])).toEqual(["2\n", "1\n"]);
});

it("a failing RUN ends the run as Failed and names the line and what the command said", async () => {
  const outcome = await build({
    Dockerfile: "FROM node:24\n\n# a comment\nRUN echo before \\\n  && echo 'no luck' >&2 && exit 4\n",
  });
  expect([outcome.status, outcome.digest]).toEqual(["Failed", undefined]);
  expect(outcome.message).toBe(
    "Dockerfile:4: the command echo before   && echo 'no luck' >&2 && exit 4 returned the code 4",
  );
  expect(outcome.log).toContain("before\nno luck\n");
});

it.each([
  ["FROM node:24\nFETCH x\n", "Dockerfile:2: the instruction FETCH is not supported"],
  ["RUN x\nFROM node:24\n", "Dockerfile:1: RUN before the first FROM"],
  ["FROM node:24\nCOPY absent.txt .\n", "Dockerfile:2: COPY failed: absent.txt is not in the build context"],
  ["FROM node:24\nCOPY ../x .\n", "Dockerfile:2: ../x is outside the build context"],
  [
    "FROM node:18\n",
    `Dockerfile:1: this machine gives images node ${process.versions.node.split(".")[0]}; node:18 asks for another`,
  ],
  [
    "FROM ruby:3\n",
    "Dockerfile:1: the image ruby:3 is not available: use node:24, python:3, nginx, scratch or an image of this registry",
  ],
  [
    "FROM node:24\nCOPY Dockerfile /usr/bin/x\n",
    "Dockerfile:2: COPY to /usr/bin/x: the machine provides /usr/bin to local images",
  ],
  [
    "FROM node:24\nADD https://example.com/x /x\n",
    "Dockerfile:2: ADD https://example.com/x: downloads and archives are not supported",
  ],
])("%j fails with its line", async (Dockerfile, message) => {
  expect((await build({ Dockerfile })).message).toBe(message);
});

it("stages, targets, arguments, modes and globs", async () => {
  const Dockerfile = `ARG TAG=24
FROM node:\${TAG} AS build
ARG NAME=nobody
WORKDIR /src
COPY src/*.txt ./
RUN echo "$NAME" > name && mkdir old && echo 1 > old/file
RUN rm -r old && chown node:node name
FROM scratch AS small
COPY --from=build --chmod=600 /src /data/
FROM small AS last
COPY src/deep /deep
`;
  const files = { Dockerfile, "src/a.txt": "A", "src/b.md": "B", "src/deep/er/c.txt": "C" };
  const args = { arguments: [{ name: "NAME", value: "ada" }] };
  const paths = ["data/a.txt", "data/b.md", "data/name", "data/old", "deep/er/c.txt"];
  expect(await built(files, paths, args)).toEqual(["A", undefined, "ada\n", undefined, "C"]);
  expect(await built(files, paths, { ...args, target: "small" })).toEqual([
    "A",
    undefined,
    "ada\n",
    undefined,
    undefined,
  ]);
});

it(".dockerignore keeps files out, with exceptions, and a link in the context leads nowhere", async () => {
  const files = {
    Dockerfile: "FROM scratch\nCOPY . /c\n",
    ".dockerignore": "# no\n**/*.log\nsecret\n!secret/ok.txt\n",
    "a.log": "1",
    "x/b.log": "2",
    "secret/key": "3",
    "secret/ok.txt": "4",
    kept: "5",
  };
  expect(await built(files, ["c/a.log", "c/x/b.log", "c/secret/key", "c/secret/ok.txt", "c/kept"])).toEqual([
    undefined,
    undefined,
    undefined,
    "4",
    "5",
  ]);
});

it("RUN cannot read the host's home, the checkout or the emulator's data, and sees none of its environment", async () => {
  process.env.HOST_SECRET = "hidden";
  const look = [import.meta.filename, cloud.context.dataDir, "/home", "/var/lib"]
    .map((path) => `ls -A ${path} 2>/dev/null`)
    .join("; ");
  const Dockerfile = `FROM node:24\nRUN { ${look}; env; } | sort > /seen; true\n`;
  const [seen = ""] = await built({ Dockerfile }, ["seen"]);
  delete process.env.HOST_SECRET;
  expect(seen).not.toContain("hidden");
  expect(seen.split("\n").filter((line) => line !== "" && !line.includes("="))).toEqual(["node"]); // /home/node of the image
});

it.runIf(hasPrivateNetworks())(
  "RUN reaches nothing of the machine: no listener on its loopback, not the registry that it is built in",
  async () => {
    const listener = createServer((_, response) => response.end("of the machine"));
    await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
    const { port } = listener.address() as AddressInfo;
    const ask = (host: string) =>
      `require("net").connect(${host.split(":")[1]}, "127.0.0.1").on("error", (e) => console.log("direct", e.code)).on("connect", () => console.log("open"))`;
    const proxied = `require("http").get("http://127.0.0.2:${port}/", (a) => console.log("proxied", a.statusCode))`;
    const files = { "ask.js": `${ask(`localhost:${port}`)};${ask(server)};${proxied}` };
    const { log } = await build({ ...files, Dockerfile: "FROM node:24\nCOPY ask.js .\nRUN node ask.js\n" });
    listener.close();
    expect(
      log
        .split("\n")
        .filter((line) => /^(direct|open|proxied)/.test(line))
        .sort(),
    ).toEqual(["direct ECONNREFUSED", "direct ECONNREFUSED", "proxied 403"]);
    expect(log).toContain("Network: 127.0.0.2 refused\n");
  },
);

it("the log says how much memory the commands held; a build that holds too much is ended and says so", async () => {
  const hold = (mib: number) =>
    `FROM node:24\nRUN node -e 'const held = Buffer.alloc(${mib} << 20, 1); setTimeout(() => console.log(held.length), 1500)'\n`;
  const good = await build({ Dockerfile: hold(300) }, { agentConfiguration: { cpu: 1 } });
  const [, most = "", limit = ""] = /^Memory: at most (\d+) MiB of (\d+) MiB$/m.exec(good.log) ?? [];
  expect([good.status, Number(most) > 300 && Number(most) < 450, limit]).toEqual(["Succeeded", true, "2048"]);
  const small = await build({ Dockerfile: hold(301) }, { agentConfiguration: { cpu: 0.1 } });
  expect([small.status, /needs more memory than a build has: \d+ MiB of 205 MiB$/.test(small.message ?? "")]).toEqual([
    "Failed",
    true,
  ]);
});

it("a running build can be cancelled, and its processes end", async () => {
  const runId = await startBuild(cloud, "images", {
    Dockerfile: "FROM node:24\nRUN node -e 'setInterval(() => {}, 987654)'\n",
  });
  await until(async () => processes("987654") > 0);
  await cloud.registries.runs.beginCancelAndWait("rg", "images", runId);
  expect((await awaitBuild(cloud, "images", runId)).status).toBe("Canceled");
  await until(async () => processes("987654") === 0);
});

it("the sandbox's own processes stay in the group that a cancelled build ends; the command has a session of its own", async () => {
  const group = (pid: string) => `$(cut -d " " -f 5 /proc/${pid}/stat)`;
  const outcome = await build({
    Dockerfile: `FROM node:24\nRUN test ${group("1")} = 0 && test ${group("$$")} = $$\n`,
  });
  expect(outcome.status, outcome.log).toBe("Succeeded"); // 0 stands for a group outside the namespace
});

function processes(word: string): number {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(word)).length;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

it("an image of the registry is a base, with its environment and files", async () => {
  await build({ Dockerfile: "FROM node:24\nENV FROM_BASE=1\nCOPY f /base/f\n", f: "base" }, { imageNames: ["base:1"] });
  const outcome = await build({
    Dockerfile: `FROM ${server}/base:1\nRUN cat /base/f > /copied && echo $FROM_BASE >> /copied\n`,
  });
  expect(outcome.status, outcome.log).toBe("Succeeded");
  expect(readFileSync(join((await open("app:1")).root, "copied"), "utf8")).toBe("base1\n");
});

it("who has no right to pull does not get an image", async () => {
  await expect(registry.images.open(`${server}/app:1`, { ...owner, objectId: "stranger" })).rejects.toMatchObject({
    code: "DENIED",
  });
  await expect(registry.images.open(`${server}/app:1`, undefined)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});
