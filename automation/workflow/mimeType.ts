const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  gif: "image/gif",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  jsx: "text/javascript; charset=utf-8",
  map: "application/json",
  md: "text/markdown; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  pdf: "application/pdf",
  png: "image/png",
  sql: "application/sql",
  svg: "image/svg+xml",
  ts: "text/x-typescript; charset=utf-8",
  tsx: "text/x-typescript; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
  webp: "image/webp",
  woff: "font/woff",
  woff2: "font/woff2",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
  zip: "application/zip",
};

/** Media type by file name ending (IANA media types); `application/octet-stream` for what is not known. */
export function mimeType(path: string): string {
  const ending = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase();
  return (ending && TYPES[ending]) || "application/octet-stream";
}
