export interface RouteRule {
  readonly route: string;
  readonly methods?: readonly string[];
  readonly allowedRoles?: readonly string[];
  readonly redirect?: string;
  readonly rewrite?: string;
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Override {
  readonly redirect?: string;
  readonly rewrite?: string;
  readonly statusCode?: number;
}

/** `staticwebapp.config.json`. Source: Microsoft Learn, "Configure Azure Static Web Apps". */
export interface SiteConfig {
  readonly routes: readonly RouteRule[];
  readonly navigationFallback?: { readonly rewrite: string; readonly exclude?: readonly string[] };
  readonly responseOverrides: Readonly<Record<string, Override>>;
  readonly globalHeaders: Readonly<Record<string, string>>;
  readonly mimeTypes: Readonly<Record<string, string>>;
  readonly trailingSlash: "auto" | "always" | "never";
}

export const NO_CONFIG: SiteConfig = {
  routes: [],
  responseOverrides: {},
  globalHeaders: {},
  mimeTypes: {},
  trailingSlash: "auto",
};

/** A configuration that the service would refuse, with what is wrong. */
export class ConfigError extends Error {}

/** @throws {ConfigError} for text that is not JSON, a wildcard elsewhere than at the end, or a rewrite with a status */
export function parseConfig(text: string): SiteConfig {
  let parsed: Partial<SiteConfig>;
  try {
    parsed = JSON.parse(text) as Partial<SiteConfig>;
  } catch (cause) {
    throw new ConfigError(`staticwebapp.config.json is not JSON: ${cause instanceof Error ? cause.message : ""}`, {
      cause,
    });
  }
  const config = { ...NO_CONFIG, ...parsed };
  const patterns = [...config.routes.map((each) => each.route), ...(config.navigationFallback?.exclude ?? [])];
  for (const pattern of patterns) {
    if (typeof pattern !== "string" || !/^\/?[^*]*(\*(\.\w+|\.\{[\w,.]+\})?)?$/.test(pattern)) {
      throw new ConfigError(
        `${pattern}: a wildcard stands only at the end of a path, or before one list of extensions`,
      );
    }
  }
  const both = config.routes.find((each) => each.rewrite !== undefined && each.redirect !== undefined);
  if (both) throw new ConfigError(`${both.route}: a route has a rewrite or a redirect, not both`);
  return config;
}

/** Does a path match `/exact`, `/folder/*` or `/*.{png,jpg}`? */
export function matches(pattern: string, path: string): boolean {
  const whole = pattern.startsWith("/") ? pattern : `/${pattern}`;
  const star = whole.indexOf("*");
  if (star < 0) return whole === path || `${whole}/` === path || (whole.endsWith("/") && whole.slice(0, -1) === path);
  const before = whole.slice(0, star);
  const tail = whole.slice(star + 1);
  const inside = path.startsWith(before) || (tail === "" && `${path}/` === before);
  if (!inside || tail === "") return inside;
  const extensions = tail.startsWith(".{") ? tail.slice(2, -1).split(",") : [tail.slice(1)];
  return extensions.some((extension) => path.endsWith(`.${extension.replace(/^\./, "")}`));
}

/** The first route for a path and method. */
export function findRoute(config: SiteConfig, path: string, method: string): RouteRule | undefined {
  return config.routes.find(
    (each) => matches(each.route, path) && (each.methods?.some((one) => one.toUpperCase() === method) ?? true),
  );
}

/** Media types by extension, what browsers need. Source: Static Web Apps' built-in list; `mimeTypes` of the configuration adds to it. */
const MEDIA: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".htm": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".map": "application/json",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".xml": "application/xml",
  ".csv": "text/csv",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".ttf": "font/ttf",
  ".otf": "font/otf",
  ".wasm": "application/wasm",
  ".pdf": "application/pdf",
  ".zip": "application/zip",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
};

/** The content type of a file, text with its charset. */
export function mediaType(path: string, own: Readonly<Record<string, string>>): string {
  const extension = /\.[^./]+$/.exec(path)?.[0].toLowerCase() ?? "";
  const type = own[extension] ?? MEDIA[extension] ?? "application/octet-stream";
  return /^text\/|javascript|json|xml/.test(type) && !type.includes("charset") && type !== "application/wasm"
    ? `${type}; charset=utf-8`
    : type;
}
