import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readFolder } from "../archive/readFolder.ts";
import { generateDockerfile } from "../build/dockerfile.ts";
import { detectServices } from "./detectProject.ts";
import { projectFiles } from "./projectFiles.ts";

const CORPUS = join(import.meta.dirname, "../../test/fixtures/projects");
const PLANS = join(import.meta.dirname, "../../test/fixtures/plans");

const detect = (name: string) =>
  detectServices(projectFiles(readFolder(join(CORPUS, name), { skip: (path) => path.endsWith("node_modules") })));

/** Project → framework, manager, kind, what starts or what is shown, port and health. */
const EXPECTED = {
  "node-plain": [["web", "node", "npm", "web", "node server.js", 8080, "/health"]],
  "node-main-ts": [["web", "node", "npm", "web", "node src/server.ts", 4000, "/health"]],
  "express-npm": [["api", "express", "npm", "api", "node index.js", 8080, "/healthz"]],
  "express-yarn": [["api", "express", "yarn", "api", "node app.js", 8080, "/"]],
  "express-typescript": [["api", "express", "npm", "api", "node dist/server.js", 8080, "/health"]],
  "fastify-pnpm": [["api", "fastify", "pnpm", "api", "node server.js", 8080, "/ping"]],
  "hono-npm": [["api", "hono", "npm", "api", "node src/index.js", 8080, "/api/items"]],
  "hono-bun": [["api", "hono", "bun", "api", "bun index.ts", 8080, "/"]],
  "koa-tsx": [["api", "koa", "npm", "api", "npm run start", 5050, "/"]],
  "nest-npm": [["api", "nest", "npm", "api", "node dist/main.js", 8080, "/health"]],
  "vite-npm": [["web", "vite", "npm", "static", "dist", 8080, "/"]],
  "vite-outdir-yarn-berry": [["web", "vite", "yarn", "static", "www", 8080, "/"]],
  "vite-own-server": [["web", "node", "npm", "web", "node server.js", 8080, "/health"]],
  cra: [["web", "create-react-app", "npm", "static", "build", 8080, "/"]],
  "next-npm": [["web", "next", "npm", "web", "./node_modules/.bin/next start", 8080, "/"]],
  "next-export-pnpm": [["web", "next", "pnpm", "static", "out", 8080, "/"]],
  "nuxt-npm": [["web", "nuxt", "npm", "web", "node .output/server/index.mjs", 8080, "/"]],
  "nuxt-generate": [["web", "nuxt", "npm", "static", ".output/public", 8080, "/"]],
  "sveltekit-node": [["web", "sveltekit", "npm", "web", "node build", 8080, "/"]],
  "sveltekit-static": [["web", "sveltekit", "npm", "static", "build", 8080, "/"]],
  "astro-static": [["web", "astro", "npm", "static", "dist", 8080, "/"]],
  "astro-server": [["web", "astro", "npm", "web", "node ./dist/server/entry.mjs", 8080, "/"]],
  "remix-npm": [["web", "remix", "npm", "web", "npm run start", 8080, "/"]],
  "react-router-spa": [["web", "react-router", "npm", "static", "build/client", 8080, "/"]],
  "monorepo-npm": [
    ["api", "express", "npm", "api", "node server.js", 8080, "/health"],
    ["web", "vite", "npm", "static", "dist", 8080, "/"],
  ],
  "monorepo-pnpm": [["api", "fastify", "pnpm", "api", "node server.js", 8080, "/"]],
  "fastapi-pip": [["api", "fastapi", "pip", "api", "uvicorn main:app --host 0.0.0.0 --port 8080", 8080, "/health"]],
  "flask-uv": [["api", "flask", "uv", "api", "gunicorn src.site:server --bind 0.0.0.0:8080", 8080, "/"]],
  "django-poetry": [["web", "django", "poetry", "web", "gunicorn shop.wsgi --bind 0.0.0.0:8080", 8080, "/healthz"]],
  "static-plain": [["web", "static", "none", "static", ".", 8080, "/"]],
  "static-public": [["web", "static", "none", "static", "public", 8080, "/"]],
  "dockerfile-own": [["web", "dockerfile", "none", "web", "", 9000, "/ping"]],
  "frontend-backend": [
    ["backend", "node", "npm", "web", "node server.js", 8080, "/health"],
    ["frontend", "static", "none", "static", ".", 8080, "/"],
  ],
} as const;

const REFUSED = {
  nothing: {
    code: "PROJECT_UNKNOWN",
    message:
      "Nothing in the project says how it is built and run. Looked for: Dockerfile; package.json (next, nuxt, sveltekit, astro, remix, react-router, nest, create-react-app, fastify, hono, koa, express, vite, plain Node); uv.lock, poetry.lock, requirements.txt, pyproject.toml (fastapi, flask, django); index.html in ., public, dist, site, www, docs. There is: README.md, notes.txt.",
  },
  "hono-workers": {
    code: "PROJECT_UNSUPPORTED",
    message:
      "wrangler.jsonc makes this a worker of Cloudflare. Install @hono/node-server and start the app with `serve`.",
  },
  "sveltekit-auto": {
    code: "PROJECT_UNSUPPORTED",
    message:
      "The SvelteKit project package.json has no adapter that makes a server or plain files. Install @sveltejs/adapter-node (or adapter-static) and name it in svelte.config.js.",
  },
} as const;

it("every project of the corpus has an expected plan or refusal", () => {
  expect(readdirSync(CORPUS).sort()).toEqual([...Object.keys(EXPECTED), ...Object.keys(REFUSED)].sort());
});

it.each(Object.entries(EXPECTED))("%s: framework, manager, start, port and health are found", (name, expected) => {
  const services = detect(name);
  expect(
    services.map(({ name: service, plan }) => {
      const { framework, manager, kind, start, outputDir, port, health } = plan;
      return [service, framework, manager.name, kind, start?.join(" ") ?? outputDir ?? "", port, health];
    }),
  ).toEqual(expected);
});

it.each(Object.keys(EXPECTED))("%s: plan, evidence and Dockerfile are as kept", async (name) => {
  const services = detect(name);
  await expect(`${JSON.stringify(services, null, 2)}\n`).toMatchFileSnapshot(join(PLANS, `${name}.json`));
  for (const { name: service, plan } of services) {
    if (plan.language === "dockerfile") continue;
    const text = generateDockerfile(plan, plan.port);
    await expect(text).toMatchFileSnapshot(join(PLANS, `${name}.${service}.Dockerfile`));
  }
});

it.each(Object.keys(EXPECTED))("%s: evidence names files and lines that are there and say so", (name) => {
  const files = projectFiles(readFolder(join(CORPUS, name), { skip: (path) => path.endsWith("node_modules") }));
  for (const { plan } of detectServices(files)) {
    expect(plan.evidence.filter(({ choice }) => choice === "framework")).toHaveLength(1);
    for (const { file, line = 1 } of plan.evidence) {
      if (file === undefined) continue;
      expect((files.read(file) ?? "").split("\n").length, `${file}:${line}`).toBeGreaterThanOrEqual(line);
    }
  }
});

it.each(Object.entries(REFUSED))("%s is refused with the way out", (name, refusal) => {
  expect(() => detect(name)).toThrow(expect.objectContaining(refusal) as Error);
});

it.each(Object.keys(EXPECTED))(
  "%s: the image runs without root, and has no scripts of packages and no secrets",
  (name) => {
    for (const { plan } of detect(name)) {
      if (plan.language === "dockerfile") continue;
      const text = generateDockerfile(plan, plan.port);
      const last = text.slice(text.lastIndexOf("FROM "));
      expect(last).toMatch(/^USER (node|nobody)$|^FROM nginxinc\/nginx-unprivileged/m);
      for (const line of text.match(/^RUN .*(npm|yarn|pnpm|bun) (ci|install).*$/gm) ?? []) {
        expect(line).toMatch(/--ignore-scripts|--mode=skip-build|--global/);
      }
      expect(text).not.toMatch(/^COPY .*\.env|ARG .*(TOKEN|SECRET|KEY)/m);
    }
  },
);
