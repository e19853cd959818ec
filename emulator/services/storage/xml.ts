/** Text of an XML answer; `content` is already XML. */
export function document(content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>${content}`;
}

/** `<name>text</name>` with the text escaped; nothing when there is no value. */
export function element(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? "" : `<${name}>${escapeText(String(value))}</${name}>`;
}

export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Elements of the given names in document order, with their text. The bodies that clients send are flat enough for this. */
export function readElements(
  xml: string,
  ...names: readonly string[]
): readonly { readonly name: string; readonly text: string }[] {
  const pattern = new RegExp(`<(${names.join("|")})(?:\\s[^>]*)?>([\\s\\S]*?)</\\1>`, "g");
  return [...xml.matchAll(pattern)].map(([, name = "", text = ""]) => ({ name, text: unescapeText(text.trim()) }));
}

function unescapeText(text: string): string {
  const plain = text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'");
  return plain
    .replace(/&#(x?)([0-9a-fA-F]+);/g, (_, hex: string, code: string) =>
      String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)),
    )
    .replaceAll("&amp;", "&");
}
