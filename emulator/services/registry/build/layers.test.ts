import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { BlobStore } from "../blobs.ts";
import { LayerStore } from "./layers.ts";

it("builds that make the same layer at the same time share it, and leave no work behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "devfactory-layers-"));
  try {
    const layers = new LayerStore(folder, new BlobStore(folder), new DatabaseSync(":memory:"));
    for (let round = 1; round <= 5; round++) {
      const works = Array.from({ length: 8 }, () => layers.newFolder());
      for (const work of works) writeFileSync(join(work, "a.txt"), `round ${round}`);
      const made = await Promise.all(works.map((work, index) => layers.commit(`${round}-${index}`, work, [])));
      const digests = new Set(made.map(({ digest }) => digest));
      expect(digests.size).toBe(1);
      for (const digest of digests)
        expect(readFileSync(join(layers.folder(digest), "a.txt"), "utf8")).toBe(`round ${round}`);
    }
    expect([readdirSync(join(folder, "layers")).length, readdirSync(join(folder, "work"))]).toEqual([5, []]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
