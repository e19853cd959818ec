import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";

/** How a text may be written; of base64 what stays the same wherever it stands in the encoded whole. */
export function formsOf(secret: string): readonly string[] {
  const shifted = [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]);
    const sure = (text: string) => text.slice(Math.ceil((shift * 4) / 3), Math.floor((bytes.length * 4) / 3) - 1);
    return [sure(bytes.toString("base64")), sure(bytes.toString("base64url"))];
  });
  const hex = Buffer.from(secret).toString("hex");
  const others = [hex, hex.toUpperCase(), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  return [...new Set([secret, ...shifted, ...others])];
}

/** Whether bytes hold a secret in any form, also packed once by gzip or zip. */
export function holds(bytes: Buffer, forms: readonly string[]): boolean {
  return [bytes, ...unpacked(bytes)].some((each) => forms.some((form) => each.includes(form)));
}

/** Files below a folder that hold a secret. */
export function filesWith(folder: string, secret: string): readonly string[] {
  const forms = formsOf(secret);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .filter((path) => holds(readFileSync(path), forms))
    .map((path) => relative(folder, path))
    .sort();
}

function unpacked(bytes: Buffer): readonly Buffer[] {
  try {
    if (bytes.subarray(0, 2).toString("hex") === "1f8b") return [gunzipSync(bytes)];
    if (bytes.subarray(0, 4).toString("latin1") === "PK\x03\x04")
      return Object.values(unzipSync(bytes)).map((each) => Buffer.from(each));
  } catch {
    // it only begins like an archive
  }
  return [];
}
