import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { Header, type HeaderData } from "tar";
import { expect, it } from "vitest";
import { readArchive } from "./readArchive.ts";
import { writeTar } from "./tar.ts";
import { type RawEntry, rawZip } from "./testing/rawZip.ts";
import { writeZip } from "./zip.ts";

const SMALL = { entries: 50, totalBytes: 1024 * 1024, ratio: 200 };

async function refusal(bytes: Uint8Array, limits = SMALL): Promise<string> {
  try {
    return `taken: ${[...(await readArchive(bytes, limits)).keys()].join(", ")}`;
  } catch (error) {
    expect(error).toMatchObject({ code: "ARCHIVE_REFUSED" });
    return (error as Error).message;
  }
}

function tarEntry(fields: Partial<HeaderData>, content = ""): Buffer {
  const data = Buffer.from(content);
  const header = Buffer.alloc(512);
  const rest = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), size: data.length, type: "File" } as const;
  new Header({ ...rest, ...fields } as HeaderData).encode(header);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}
const tar = (...entries: readonly Buffer[]) => Buffer.concat([...entries, Buffer.alloc(1024)]);

/** Names that no archive may hold, and why. */
const NAMES = [
  ["../evil", "leads outside the app"],
  ["a/../../evil", "leads outside the app"],
  ["/etc/passwd", "leads outside the app"],
  ["..\\evil", "leads outside the app"],
  ["a\\b", "leads outside the app"],
  ["%2e%2e/evil", "leads outside the app"],
  ["a/%2E%2e/%2e./evil", "leads outside the app"],
  ["a%2fb", "leads outside the app"],
  ["\uFF0E\uFF0E/evil", "leads outside the app"],
  ["\u2025/evil", "leads outside the app"],
  ["C:/evil", "begins with a drive letter"],
  ["c:evil", "begins with a drive letter"],
  ["a\nb", "has a control character in its name"],
  ["a/NUL", "NUL is no file name on every system"],
  ["com1.txt", "com1.txt is no file name on every system"],
  ["aux/x", "aux is no file name on every system"],
  ["a./x", "a. is no file name on every system"],
  ["x ", "x  is no file name on every system"],
  [`${"d/".repeat(40)}x`, "lies more than 32 folders deep"],
] as const;

it.each(NAMES)("a zip and a tar with the name %j are refused whole: %s", async (name, problem) => {
  expect(
    await refusal(
      rawZip([
        { name: "good.txt", content: "x" },
        { name, content: "y" },
      ]),
    ),
  ).toContain(problem);
  expect(await refusal(tar(tarEntry({ path: "good.txt" }, "x"), tarEntry({ path: name }, "y")))).toContain(problem);
});

it("a name with NUL, a name that is not UTF-8, and one that is too long are refused", async () => {
  expect(await refusal(rawZip([{ name: "a\0b" }]))).toContain("leads outside the app");
  expect(await refusal(rawZip([{ name: Buffer.from([0x61, 0xff]) }]))).toContain("has a name that is not UTF-8");
  expect(await refusal(rawZip([{ name: "x".repeat(300) }]))).toContain("has too long a name");
});

/** The same file twice, on this or on another system. */
const TWICE = [
  ["a.txt", "a.txt", "a.txt: is there twice"],
  ["a.txt", "./a.txt", "a.txt: is there twice"],
  ["Readme.md", "README.md", "README.md: is the same file as Readme.md on some systems"],
  ["caf\u00e9", "cafe\u0301", "cafe\u0301: is the same file as caf\u00e9 on some systems"],
  ["a", "a/b", "a: is a file and a folder"],
  ["a/b", "a", "a: is there twice"],
] as const;

it.each(TWICE)("%j and %j in one archive are refused", async (first, second, message) => {
  expect(await refusal(rawZip([{ name: first }, { name: second }]))).toBe(message);
  expect(await refusal(tar(tarEntry({ path: first }), tarEntry({ path: second })))).toBe(message);
});

it.each([
  ["SymbolicLink", { linkpath: "/etc/passwd" }],
  ["Link", { linkpath: "a" }],
  ["CharacterDevice", {}],
  ["BlockDevice", {}],
  ["FIFO", {}],
] as const)("a tar with a %s is refused", async (type, more) => {
  expect(await refusal(tar(tarEntry({ path: "a" }, "x"), tarEntry({ path: "odd", type, ...more })))).toBe(
    `odd: is a ${type}`,
  );
});

it.each([
  [0o120777, "odd: is a symbolic link"],
  [0o020644, "odd: is a character device"],
  [0o060644, "odd: is a block device"],
  [0o010644, "odd: is a pipe"],
  [0o104755, "odd: would run with the rights of its owner (setuid)"],
  [0o102755, "odd: would run with the rights of its owner (setuid)"],
] as const)("a zip entry of the mode %o is refused", async (mode, message) => {
  expect(await refusal(rawZip([{ name: "odd", content: "/etc/passwd", mode }]))).toBe(message);
});

it("a tar entry that is setuid, and one of an unknown type, are refused", async () => {
  expect(await refusal(tar(tarEntry({ path: "odd", mode: 0o4755 }, "x")))).toContain("setuid");
  const sparse = tarEntry({ path: "odd" }, "x");
  sparse[156] = "S".charCodeAt(0);
  sparse.write("        ", 148);
  sparse.write(
    `${sparse
      .subarray(0, 512)
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  expect(await refusal(tar(sparse))).toMatch(/^odd: is a /);
});

/** Zips whose parts do not agree. */
const LYING: readonly (readonly [string, readonly RawEntry[], string])[] = [
  [
    "two entries on the same bytes",
    [
      { name: "a", content: "x" },
      { name: "b", content: "x", sameAs: 0, localName: "a" },
    ],
    "b: has another name or packing in its own header",
  ],
  [
    "another name in the local header",
    [{ name: "a", localName: "../evil" }],
    "a: has another name or packing in its own header",
  ],
  [
    "more bytes than told",
    [{ name: "a", content: "x".repeat(1000), claims: { bytes: 10 } }],
    "a: is damaged, or larger than it says",
  ],
  [
    "fewer bytes than told",
    [{ name: "a", content: "x", claims: { bytes: 10 } }],
    "a: is damaged: size or checksum differ",
  ],
  ["a wrong checksum", [{ name: "a", content: "x", claims: { crc: 1 } }], "a: is damaged: size or checksum differ"],
  ["encryption", [{ name: "a", claims: { flags: 0x0801 } }], "a: is encrypted"],
  ["a packing that is not known", [{ name: "a", claims: { method: 12 } }], "a: is packed in a way that is not taken"],
  ["zip64 sizes", [{ name: "a", claims: { bytes: 0xffffffff } }], "a: zip64 is not taken; make it smaller"],
];

it.each(LYING)("a zip with %s is refused", async (_what, entries, message) => {
  expect(await refusal(rawZip(entries))).toBe(message);
});

it("entries that overlap are refused: one large block behind many headers", async () => {
  // The second local header lies inside the first entry's stored data.
  const inner = rawZip([{ name: "b", content: "y" }]);
  const data = inner.subarray(0, inner.length - 22 - 47);
  const outer = rawZip([
    { name: "a", content: data, claims: { method: 0 } },
    { name: "b", content: "y" },
  ]);
  const directory = outer.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  outer.writeUInt32LE(0, directory + 42);
  expect(await refusal(outer)).toMatch(/^(a|b): /);
  const shared = rawZip([
    { name: "a", content: "x" },
    { name: "a2", content: "x" },
  ]);
  const first = shared.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  shared.writeUInt32LE(shared.readUInt32LE(first + 20) + 5, first + 20); // the first entry reaches into the second
  expect(await refusal(shared)).toBe("a2: shares bytes with a");
});

it("bombs are refused before they are unpacked: many bytes, a high ratio, packed twice", async () => {
  const zeros = Buffer.alloc(20 * 1024 * 1024);
  const started = performance.now();
  expect(await refusal(rawZip([{ name: "zeros", content: zeros }]))).toContain("unpacks to more than 1 MiB");
  const wide = { ...SMALL, totalBytes: 1024 * 1024 * 1024 };
  expect(await refusal(rawZip([{ name: "zeros", content: zeros }]), wide)).toContain("far too much comes out");
  expect(await refusal(gzipSync(tar(tarEntry({ path: "zeros" }, zeros.toString()))), wide)).toContain(
    "far too much comes out",
  );
  expect(await refusal(gzipSync(zeros), wide)).toContain("far too much comes out");
  expect(await refusal(gzipSync(gzipSync(tar(tarEntry({ path: "a" }, "x")))))).toBe("archive: is packed twice");
  expect(await refusal(gzipSync(zstdCompressSync(tar(tarEntry({ path: "a" }, "x")))))).toBe("archive: is packed twice");
  expect(performance.now() - started).toBeLessThan(5_000);
});

it("an archive in an archive stays what it is: one file", async () => {
  const inner = rawZip([{ name: "../evil", content: "x" }]);
  expect([...(await readArchive(rawZip([{ name: "42.zip", content: inner }]))).keys()]).toEqual(["42.zip"]);
});

it("a million empty files are refused at the first one too many, zip or tar", async () => {
  const many = Array.from({ length: 51 }, (_, index) => `f${index}`);
  expect(await refusal(rawZip(many.map((name) => ({ name }))))).toBe("archive: has more than 50 entries");
  expect(await refusal(gzipSync(tar(...many.map((path) => tarEntry({ path })))))).toBe(
    "f50: the archive has more than 50 entries",
  );
  const block = Buffer.concat(
    Array.from({ length: 1000 }, (_, index) => tarEntry({ path: `d/${index}`, type: "Directory" })),
  );
  const million = gzipSync(Buffer.concat(Array.from({ length: 100 }, () => block)));
  const before = process.memoryUsage().rss;
  expect(await refusal(million)).toBe("d/50: the archive has more than 50 entries");
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

it.each([
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("hello")],
  ["a zip without an end", rawZip([{ name: "a", content: "x" }]).subarray(0, 40)],
  ["a zip with bytes behind its end", Buffer.concat([rawZip([{ name: "a" }]), Buffer.from("more")])],
  ["half a tar.gz", gzipSync(tar(tarEntry({ path: "a" }, "x".repeat(3000)))).subarray(0, 60)],
  ["noise in blocks", Buffer.alloc(1024, 7)],
])("%s is refused", async (_what, bytes) => {
  expect(await refusal(bytes)).toMatch(/^(archive|a): /);
});

it("no bytes make the readers break: all is read or refused", async () => {
  const good = rawZip([
    { name: "a/b.txt", content: "hello hello" },
    { name: "run.sh", content: "#!", mode: 0o100755 },
  ]);
  const packed = tar(tarEntry({ path: "a/b.txt" }, "hello"), tarEntry({ path: "run.sh", mode: 0o755 }, "#!"));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(good, packed), fc.nat(), fc.nat(255), async (archive, place, value) => {
      const bytes = Buffer.from(archive);
      bytes[place % bytes.length] = value;
      expect(await refusal(bytes)).toMatch(/./);
    }),
    { numRuns: 400 },
  );
});

it("what we write ourselves is read, as a zip and as a tar", async () => {
  const files = new Map([
    ["a/b.txt", { content: Buffer.from("hello"), executable: false }],
    ["run.sh", { content: Buffer.from("#!/bin/sh"), executable: true }],
  ]);
  expect(await readArchive(writeZip(files))).toEqual(files);
  expect(await readArchive(await writeTar(files))).toEqual(files);
});
