/** A service of a project, a path of it, and words that the project itself puts there. */
export interface Answer {
  readonly service: string;
  readonly path: string;
  readonly shows: string;
  /** The words stand in a script that the page loads: the browser shows them. */
  readonly byScript?: true;
}

/** What a project of `test/fixtures/projects` does when it is deployed. */
export type Outcome = { readonly answers: readonly Answer[] } | { readonly refusal: string };

const web = (shows: string, path = "/"): Outcome => ({ answers: [{ service: "web", path, shows }] });
const api = (shows: string, path = "/"): Outcome => ({ answers: [{ service: "api", path, shows }] });
const browser = (shows: string): Outcome => ({ answers: [{ service: "web", path: "/", shows, byScript: true }] });

/** Every project of the corpus. */
export const OUTCOMES: Readonly<Record<string, Outcome>> = {
  "astro-server": web(`<h1>hello ${new Date().getFullYear()}</h1>`),
  "astro-static": web("<h1>about</h1>", "/about"),
  cra: browser("hello"),
  "django-poetry": web("ok", "/healthz"),
  "dockerfile-own": web("hello"),
  "express-npm": api("buy milk", "/api/notes"),
  "express-typescript": api('{"status":"ok"}', "/health"),
  "express-yarn": api("hello"),
  "fastapi-pip": api('{"status":"ok"}', "/health"),
  "fastify-pnpm": api('{"pong":true}', "/ping"),
  "flask-uv": api("hello"),
  "frontend-backend": {
    answers: [
      { service: "frontend", path: "/", shows: "<h1>hello</h1>" },
      { service: "backend", path: "/", shows: "hello" },
    ],
  },
  "hono-bun": api("hello"),
  "hono-npm": api('{"id":"7"}', "/api/items/7"),
  "hono-workers": {
    refusal:
      "wrangler.jsonc makes this a worker of Cloudflare. Install @hono/node-server and start the app with `serve`.",
  },
  "koa-tsx": api("hello"),
  "monorepo-npm": {
    answers: [
      { service: "api", path: "/health", shows: '{"title":"shop"}' },
      { service: "web", path: "/", shows: "shop", byScript: true },
    ],
  },
  "monorepo-pnpm": api('{"title":"shop"}'),
  "nest-npm": api('{"status":"ok"}', "/health"),
  "next-export-pnpm": web("<h1>hello</h1>"),
  "next-npm": {
    answers: [
      { service: "web", path: "/", shows: "<h1>hello</h1>" },
      { service: "web", path: "/api/health", shows: '{"status":"ok"}' },
    ],
  },
  "node-main-ts": web("hello"),
  "node-plain": web("hello"),
  nothing: { refusal: "Nothing in the project says how it is built and run. Looked for: Dockerfile; package.json" },
  "nuxt-generate": web("<h1>hello</h1>"),
  "nuxt-npm": web("<h1>hello</h1>"),
  "react-router-spa": browser("hello"),
  "remix-npm": web("<h1>hello</h1>"),
  "static-plain": web("<h1>about</h1>", "/about"),
  "static-public": web("<h1>hello</h1>"),
  "sveltekit-auto": {
    refusal:
      "The SvelteKit project package.json has no adapter that makes a server or plain files. Install @sveltejs/adapter-node (or adapter-static) and name it in svelte.config.js.",
  },
  "sveltekit-node": web("<h1>hello</h1>"),
  "sveltekit-static": browser("hello"),
  "vite-npm": browser("hello"),
  "vite-outdir-yarn-berry": browser("hello"),
  "vite-own-server": web("hello"),
};

/** More than any project of the corpus has. */
const MOST_SCRIPTS = 60;

/** Asks a path of a service. @returns status, and whether the words are on the page, or in what it loads */
export async function ask(url: string, { path, shows, byScript }: Answer): Promise<{ status: number; shown: boolean }> {
  const address = new URL(path, url);
  const response = await fetch(address);
  const page = await response.text();
  const shown = byScript ? await loads(address, page, shows) : page.includes(shows);
  return { status: response.status, shown };
}

/** Follows the scripts of a page, and those that they name. */
async function loads(address: URL, page: string, words: string): Promise<boolean> {
  const known = new Map<string, string>([[address.href, page]]);
  for (const [from, text] of known) {
    if (from !== address.href && new RegExp(`["'\`>]${words}["'\`<]`).test(text)) return true;
    for (const [, name = ""] of text.matchAll(/["'`]([^"'`\s]+\.m?js)["'`]/g)) {
      const href = new URL(name, from).href;
      if (known.has(href) || known.size > MOST_SCRIPTS || new URL(href).host !== address.host) continue;
      const script = await fetch(href);
      known.set(href, script.ok ? await script.text() : "");
    }
  }
  return false;
}
