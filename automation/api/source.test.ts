import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { type FileSet, sha256 } from "../archive/fileSet.ts";
import { writeTar } from "../archive/tar.ts";
import { rawZip } from "../archive/testing/rawZip.ts";
import { writeZip } from "../archive/zip.ts";
import { testApi } from "./testApi.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));
const NODE = {
  "package.json": '{"name":"notes","scripts":{"start":"node s.js"}}',
  "s.js": "server.listen(process.env.PORT)",
};

async function newApp(api = testApi()) {
  const { json } = await api.call("POST", "/apps", { title: "Notes" });
  const send = (body: unknown, type: string, query = "", token?: string) =>
    api.call("POST", `/apps/${json.appId}/source${query}`, body, token, { "content-type": type });
  return { api, appId: String(json.appId), send };
}

it("POST /apps makes an app without a prompt, which is listed; nothing runs", async () => {
  const api = testApi();
  const { status, headers, json } = await api.call("POST", "/apps", {
    title: "Notes",
    options: { profile: "standard" },
  });
  expect([status, headers.get("location"), api.published]).toEqual([201, `/apps/${json.appId}`, []]);
  expect(json).toEqual({
    id: json.appId,
    appId: expect.stringMatching(/^a[a-z2-9]{9}$/) as string,
    status: "new",
    title: "Notes",
    prompt: "",
    feedback: [],
    iteration: 0,
    createdAt: expect.any(String) as string,
    updatedAt: json.createdAt,
    activeJobs: [],
    images: {},
    services: [],
  });
  expect((await api.call("GET", "/apps")).json.apps).toEqual([json]);
  for (const body of [{ title: "" }, { title: "x".repeat(81) }, { name: "x" }]) {
    expect((await api.call("POST", "/apps", body)).json).toMatchObject({ code: "INVALID_REQUEST", status: 422 });
  }
});

it.each(["application/zip", "application/octet-stream"])(
  "a zip sent as %s is the app's source, and it is told how it would run",
  async (type) => {
    const { api, appId, send } = await newApp();
    const { status, json } = await send(writeZip(files({ ...NODE, "node_modules/x.js": "", ".env": "S=1" })), type);
    expect([status, json.stored, json.storedBytes, json.left, json.source.files, json.source.from]).toEqual([
      201,
      2,
      79,
      2,
      2,
      "upload",
    ]);
    expect(json.project).toMatchObject({
      from: "detection",
      name: "notes",
      services: [{ name: "web", framework: "node", kind: "web", start: ["node", "s.js"], port: 8080 }],
    });
    expect(json.project.services[0].evidence).toContainEqual({
      choice: "port",
      file: "s.js",
      line: 1,
      reason: "reads PORT from the environment",
    });
    const app = (await api.call("GET", `/apps/${appId}`)).json;
    expect(app.source).toEqual(json.source);
    expect(Object.keys(json.source).sort()).toEqual(["at", "bytes", "files", "from", "hash"]);
    expect((await send(await writeTar(files(NODE)), "application/gzip")).json).toMatchObject({
      stored: 0,
      source: { hash: json.source.hash },
    });
  },
);

it("an unchanged project sends nothing; a changed one only its new contents, in parts", async () => {
  const { api, send } = await newApp();
  await send(writeZip(files(NODE)), "application/zip");
  const manifest = (set: FileSet) => ({
    files: [...set].map(([path, file]) => ({ path, sha256: sha256(file.content) })),
  });
  const next = files({ ...NODE, "new.js": "1", "other.js": "2" });
  const missing = [sha256(Buffer.from("1")), sha256(Buffer.from("2"))].sort();
  expect(await send(manifest(next), "application/json")).toMatchObject({ status: 200, json: { missing } });
  const part = await send(writeZip(files({ "new.js": "1" })), "application/zip", "?partial=true");
  expect([part.status, part.json]).toEqual([202, { appId: part.json.appId, stored: 1, storedBytes: 1 }]);
  expect((await send(manifest(next), "application/json")).json).toEqual({ missing: [sha256(Buffer.from("2"))] });
  await send(writeZip(files({ "other.js": "2" })), "application/zip", "?partial=true");
  api.blobs.uploads.length = 0;
  const made = await send(manifest(next), "application/json");
  expect([made.status, made.json.stored, made.json.source.files, api.blobs.uploads]).toEqual([
    201,
    0,
    4,
    [expect.stringContaining(".tar.gz") as string],
  ]);
  api.blobs.uploads.length = 0;
  await send(manifest(next), "application/json");
  expect(api.blobs.uploads).toEqual([]);
});

it("a project that is not understood is kept, and the answer says what is missing", async () => {
  const { send } = await newApp();
  const { status, json } = await send(writeZip(files({ "notes.txt": "x" })), "application/zip");
  expect([status, json.project, json.problem.code]).toEqual([201, undefined, "PROJECT_UNKNOWN"]);
  expect(json.problem.detail).toContain("Looked for: Dockerfile; package.json");
});

it.each([
  [
    "a path that leads out",
    rawZip([{ name: "good.js" }, { name: "../evil" }]),
    "application/zip",
    422,
    "ARCHIVE_REFUSED",
  ],
  [
    "a link",
    rawZip([{ name: "l", mode: 0o120777, content: "/etc/passwd" }]),
    "application/zip",
    422,
    "ARCHIVE_REFUSED",
  ],
  ["no archive", "hello", "application/zip", 422, "ARCHIVE_REFUSED"],
  ["nothing", "", "application/gzip", 422, "ARCHIVE_REFUSED"],
  ["only what is no source", writeZip(files({ ".env": "S=1" })), "application/zip", 422, "ARCHIVE_REFUSED"],
  ["another type", "hello", "text/plain", 415, "UNSUPPORTED_TYPE"],
  ["broken JSON", "{", "application/json", 400, "MALFORMED_BODY"],
  ["neither git nor files", "{}", "application/json", 422, "INVALID_REQUEST"],
  [
    "both",
    { git: { url: "https://github.com/a/b" }, files: [{ path: "a", sha256: "0".repeat(64) }] },
    "application/json",
    422,
    "INVALID_REQUEST",
  ],
  ["a hash that is none", { files: [{ path: "a", sha256: "xyz" }] }, "application/json", 422, "INVALID_REQUEST"],
  [
    "an unknown key",
    { files: [{ path: "a", sha256: "0".repeat(64), mode: 7 }] },
    "application/json",
    422,
    "INVALID_REQUEST",
  ],
  ["a host that is not allowed", { git: { url: "https://evil.example/a/b" } }, "application/json", 422, "GIT_REFUSED"],
  ["an address of this machine", { git: { url: "https://127.0.0.1/a/b" } }, "application/json", 422, "GIT_REFUSED"],
  ["another protocol", { git: { url: "ssh://git@github.com/a/b" } }, "application/json", 422, "GIT_REFUSED"],
])("%s is refused, and nothing is stored", async (_what, body, type, status, code) => {
  const { api, appId, send } = await newApp();
  const answer = await send(body, type);
  expect([answer.status, answer.json.code, [...api.blobs.blobs.keys()]]).toEqual([status, code, []]);
  expect((await api.call("GET", `/apps/${appId}`)).json.source).toBeUndefined();
});

it("more than 64 MiB are refused", async () => {
  const { send } = await newApp();
  expect((await send(Buffer.alloc(64 * 1024 * 1024 + 1), "application/zip")).json).toMatchObject({
    code: "BODY_TOO_LARGE",
    status: 413,
  });
});

it("a foreign app has no source to give or to take", async () => {
  const { api, appId, send } = await newApp();
  const foreign = await send(writeZip(files(NODE)), "application/zip", "", "t2.u9.write");
  expect([foreign.status, foreign.json.code, api.blobs.blobs.size]).toEqual([404, "APP_NOT_FOUND", 0]);
  expect((await send(writeZip(files(NODE)), "application/zip", "", "t1.u1.read")).status).toBe(403);
  expect((await api.call("POST", "/deploy", { appId }, "t2.u9.write")).status).toBe(404);
});

it("a few uploads are unpacked at once; one more is told to come back, and is taken later", async () => {
  const { send } = await newApp();
  const zip = writeZip(files({ ...NODE, "large.bin": randomBytes(3 * 1024 * 1024).toString("hex") }));
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(zip, "application/zip")));
  const statuses = answers.map((each) => each.status);
  expect(new Set(statuses)).toEqual(new Set([201, 503]));
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(2);
  const busy = answers.find((each) => each.status === 503);
  expect([busy?.json.code, busy?.headers.get("retry-after")]).toEqual(["SOURCE_BUSY", "5"]);
  expect((await send(zip, "application/zip")).status).toBe(201);
});
