import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { listBlobs, readBlob, streamBlob } from "./blobReads.ts";

/** What the client throws when an answer breaks off in the middle. */
const brokenOff = () => Object.assign(new Error("The operation was aborted."), { name: "AbortError" });
const unreadable = () => Object.assign(new Error("Error reading response as text: aborted"), { code: "PARSE_ERROR" });
const changed = () => Object.assign(new Error("the condition was not met"), { statusCode: 412 });
const CONTENT = Buffer.from("0123456789");

/** A blob of which each answer gives so many bytes and then breaks off. */
function breaking(bytes: readonly number[], error = brokenOff) {
  const asked: [number | undefined, string | undefined][] = [];
  const blob = {
    download: async (offset = 0, _count?: number, options?: { conditions?: { ifMatch?: string } }) => {
      const most = bytes[asked.length];
      asked.push([offset, options?.conditions?.ifMatch]);
      const rest = CONTENT.subarray(offset);
      async function* part() {
        yield rest.subarray(0, most ?? rest.length);
        if (most !== undefined) throw error();
      }
      return { etag: '"1"', contentLength: rest.length, readableStreamBody: Readable.from(part()) };
    },
  };
  return { blob: blob as unknown as Parameters<typeof streamBlob>[0], asked };
}

const collect = async (blob: Parameters<typeof streamBlob>[0]) =>
  Buffer.concat(await Array.fromAsync(streamBlob(blob)));

it("a stream goes on where it broke off, of the same version only", async () => {
  const { blob, asked } = breaking([4, 3]);
  expect(await collect(blob)).toEqual(CONTENT);
  expect(asked).toEqual([
    [0, undefined],
    [4, '"1"'],
    [7, '"1"'],
  ]);
});

it("a stream that stands still is given up, and so is what will not do", async () => {
  const standing = breaking(Array.from({ length: 20 }, () => 0));
  await expect(collect(standing.blob)).rejects.toThrow("The operation was aborted.");
  const other = breaking([4], changed);
  await expect(collect(other.blob)).rejects.toMatchObject({ statusCode: 412 });
  expect(other.asked.length).toBe(1);
});

it("a content and a list that broke off are asked for again, as often as five times", async () => {
  const failing = (times: number, error: () => Error) => {
    let calls = 0;
    return () => {
      calls += 1;
      if (calls <= times) throw error();
      return calls;
    };
  };
  const content = (times: number) => {
    const count = failing(times, brokenOff);
    return readBlob({ downloadToBuffer: (async () => Buffer.from(String(count()))) as never });
  };
  expect((await content(4)).toString()).toBe("5");
  await expect(content(5)).rejects.toThrow("aborted");
  const count = failing(2, unreadable);
  async function* page() {
    yield { name: "a" };
    count();
    yield { name: "b" };
  }
  const list = await listBlobs({ listBlobsFlat: page as never }, { prefix: "" });
  expect(list.map(({ name }) => name)).toEqual(["a", "b"]);
});

it("who gave up is not made to wait", async () => {
  let calls = 0;
  const blob = {
    downloadToBuffer: async () => {
      calls += 1;
      throw brokenOff();
    },
  };
  await expect(readBlob(blob as never, { abortSignal: AbortSignal.abort() })).rejects.toThrow("aborted");
  expect(calls).toBe(1);
});
