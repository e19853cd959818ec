import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { readTar } from "./tar.ts";

it.each([1024, 10_240])("an archive of no files, %i bytes of zeros, holds no files", async (bytes) => {
  expect(await readTar(gzipSync(Buffer.alloc(bytes)))).toEqual(new Map());
  expect(await readTar(Buffer.alloc(bytes))).toEqual(new Map());
});
