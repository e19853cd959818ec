import { RuntimeError } from "../errors.ts";

const MAX_PATH = 240;
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Folders that would act on the machine of whoever opens the app. */
const PROTECTED = [".git", ".husky", ".vscode", ".idea", "node_modules"];

/**
 * Checks a path that a model gave and returns it in normal form: relative, `/` between the parts, NFC.
 *
 * @throws {RuntimeError} `PATH_REFUSED` for everything that could lead outside, or be another file on another system
 */
export function checkPath(path: string): string {
  const refuse = (reason: string) =>
    new RuntimeError("PATH_REFUSED", { path: path.slice(0, 80).replace(CONTROL, "?"), reason });
  if (path === "" || path.length > MAX_PATH) throw refuse(`it must have 1 to ${MAX_PATH} characters`);
  if (CONTROL.test(path)) throw refuse("it has control characters");
  if (path.includes("\\")) throw refuse("it has a backslash");
  if (path.startsWith("/") || path.startsWith("~") || /^[a-zA-Z]:/.test(path)) throw refuse("it is not relative");
  if (/%2e|%2f|%5c|%00/i.test(path)) throw refuse("it is encoded");
  const parts = path.normalize("NFC").split("/");
  for (const part of parts) {
    if (part === "" || part === "." || part === "..") throw refuse("it has an empty, . or .. part");
    if (DEVICE.test(part) || /[. ]$/.test(part) || /[<>:"|?*]/.test(part))
      throw refuse("a part is no portable file name");
    if (PROTECTED.includes(part.toLowerCase())) throw refuse(`${part} is not part of the app`);
  }
  const name = parts.at(-1) ?? "";
  if (/^\.env(\..*)?$/i.test(name) || /^\.npmrc$/i.test(name)) throw refuse("such a file can hold or redirect secrets");
  return parts.join("/");
}
