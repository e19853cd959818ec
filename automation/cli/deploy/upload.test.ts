import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import type { FileSet } from "../../archive/fileSet.ts";
import { sha256 } from "../../archive/fileSet.ts";
import { readZip } from "../../archive/readZip.ts";
import { ApiError, type TakenSource } from "../../client/apiClient.ts";
import { upload } from "./upload.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(
    Object.entries(entries).map(([path, text]) => [
      path,
      { content: Buffer.from(text), executable: path.endsWith(".sh") },
    ]),
  );

/** A service that remembers contents; the connection breaks after so many parts. */
function service(options: { breaksAfter?: number; problem?: TakenSource["problem"] } = {}) {
  const known = new Set<string>();
  const parts: string[][] = [];
  const taken = { appId: "a1", stored: 0, storedBytes: 0, ...(options.problem && { problem: options.problem }) };
  return {
    parts,
    api: {
      sourceManifest: async (_id: string, manifest: readonly { readonly sha256: string }[]) => {
        const missing = [...new Set(manifest.map((entry) => entry.sha256))].filter((hash) => !known.has(hash));
        return missing.length > 0 ? { missing } : taken;
      },
      sourceContents: async (_id: string, zip: Uint8Array) => {
        if (parts.length === options.breaksAfter) throw new TypeError("fetch failed");
        const held = await readZip(zip);
        parts.push([...held.keys()]);
        for (const { content } of held.values()) known.add(sha256(content));
        return { stored: held.size, storedBytes: 0 };
      },
    },
  };
}

it("sends what is missing and nothing the second time", async () => {
  const { api, parts } = service();
  const project = files({ a: "1", b: "2", "c/same": "1" });
  expect((await upload(api, "a1", project, () => {})).sent).toBe(2);
  expect((await upload(api, "a1", project, () => {})).sent).toBe(0);
  expect((await upload(api, "a1", files({ a: "1", b: "3" }), () => {})).sent).toBe(1);
  expect(parts).toEqual([["b", "c/same"], ["b"]]);
});

it("large projects go in parts; after a broken connection the next call sends the rest", async () => {
  const big = randomBytes(8 * 1024 * 1024).toString("base64"); // what packs well would be a bomb
  const project = files({ a: `${big}1`, b: `${big}2`, c: `${big}3` });
  const broken = service({ breaksAfter: 2 });
  const said: string[] = [];
  await expect(upload(broken.api, "a1", project, (line) => said.push(line))).rejects.toThrow("fetch failed");
  expect([broken.parts, said]).toEqual([
    [["a"], ["b"]],
    ["sent 1 of 3 files", "sent 2 of 3 files"],
  ]);
  broken.parts.length = 0;
  expect((await upload(broken.api, "a1", project, () => {})).sent).toBe(1);
  expect(broken.parts).toEqual([["c"]]);
});

it("a project that the service does not understand ends here, with its words and the exit code 2", async () => {
  const problem = { code: "PROJECT_UNKNOWN", detail: "Nothing says", fix: "Add a Dockerfile" };
  await expect(upload(service({ problem }).api, "a1", files({ a: "1" }), () => {})).rejects.toMatchObject({
    message: "Nothing says",
    advice: "Add a Dockerfile",
    wrongUse: true,
  });
});

it("a service that is busy is asked again", async () => {
  const { api } = service();
  let busy = 2;
  const sourceManifest: typeof api.sourceManifest = async (id, manifest) => {
    busy -= 1;
    if (busy >= 0) throw new ApiError(503, { code: "SOURCE_BUSY" });
    return api.sourceManifest(id, manifest);
  };
  expect((await upload({ ...api, sourceManifest }, "a1", files({ a: "1" }), () => {})).sent).toBe(1);
  const broken = async () => Promise.reject(new ApiError(500, { code: "INTERNAL" }));
  await expect(upload({ ...api, sourceManifest: broken }, "a1", files({ a: "1" }), () => {})).rejects.toMatchObject({
    code: "INTERNAL",
  });
});
