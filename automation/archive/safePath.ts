import { AutomationError } from "../errors.ts";

/** Longer paths do not fit into a tar header, and deeper ones are no source. */
const MAX_PATH = 1_000;
const MAX_NAME = 255;
export const MAX_DEPTH = 32;

/** Names that are devices on Windows, with any ending. Source: Microsoft Learn, "Naming Files, Paths, and Namespaces". */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i;

/**
 * A path inside the app, with `/` and without `.` segments.
 *
 * @throws {AutomationError} `ARCHIVE_REFUSED` when it leads outside, or means something else on another system
 */
export function safePath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const problem = problemOf(path, parts);
  if (problem) throw new AutomationError("ARCHIVE_REFUSED", { path: shown(path), problem });
  return parts.join("/");
}

/** Equal for paths that one file system or another takes for the same: by letter case or Unicode form. */
export function foldedPath(path: string): string {
  return path.normalize("NFC").toLowerCase().normalize("NFC");
}

/** A path in a message: short, without control characters. */
function shown(path: string): string {
  const clean = [...path].map((char) => (char < " " || char === "\x7f" ? "?" : char)).join("");
  return clean.length > 120 ? `${clean.slice(0, 120)}…` : clean;
}

function problemOf(path: string, parts: readonly string[]): string | undefined {
  const outside = path.startsWith("/") || path.includes("\\") || path.includes("\0") || parts.some(climbs);
  if (outside || parts.length === 0) return "leads outside the app";
  if (/^[a-z]:/i.test(parts[0] ?? "")) return "begins with a drive letter";
  if ([...path].some((char) => char < " " || char === "\x7f")) return "has a control character in its name";
  if (Buffer.byteLength(path) > MAX_PATH || parts.some((part) => Buffer.byteLength(part) > MAX_NAME)) {
    return "has too long a name";
  }
  if (parts.length > MAX_DEPTH) return `lies more than ${MAX_DEPTH} folders deep`;
  const odd = parts.find((part) => DEVICE.test(part) || /[. ]$/.test(part));
  return odd === undefined ? undefined : `${odd} is no file name on every system`;
}

/** `..` as it is, percent-encoded, or in letters that are normalised to it. */
function climbs(part: string): boolean {
  const plain = part.replace(/%2e/gi, ".").normalize("NFKC");
  return plain === ".." || /%(2f|5c|00)/i.test(part) || (plain !== part && /[/\\]|^\.\.?$/.test(plain));
}
