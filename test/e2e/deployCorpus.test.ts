import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKOUT, Platform } from "./platform.ts";

const CORPUS = join(CHECKOUT, "test", "fixtures", "projects");

/** Why a project of the corpus is not deployed here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "fastapi-pip": "the local platform has no Python",
  "flask-uv": "the local platform has no Python",
  "django-poetry": "the local platform has no Python",
  "node-main-ts": "listens on a fixed port, which replicas on one machine cannot share",
  "koa-tsx": "listens on a fixed port, which replicas on one machine cannot share",
  "dockerfile-own": "listens on a fixed port, which replicas on one machine cannot share",
  nothing: "is refused",
  "hono-workers": "is refused",
  "sveltekit-auto": "is refused",
  "next-export-pnpm": "has only the head of a lock file",
  cra: "needs a thousand packages that nobody maintains any more",
};
/** Paths that answer, where it is not the root. */
const PATHS: Readonly<Record<string, string>> = {
  "express-npm": "/api/notes",
  "express-typescript": "/health",
  "fastify-pnpm": "/ping",
  "hono-npm": "/api/items",
  "nest-npm": "/health",
};

/** `npm run test:long`: every project of the corpus that can run here, deployed and asked. Needs the npm registry and half an hour. */
describe.skipIf(!process.env.DEPLOY_CORPUS)("the corpus is deployed", () => {
  const platform = new Platform();
  beforeAll(async () => void (await platform.start(/Ready after/)), 180_000);
  afterAll(() => platform[Symbol.asyncDispose](), 60_000);

  it.each(readdirSync(CORPUS).filter((name) => !(name in ELSEWHERE)))(
    "%s",
    async (name) => {
      const { code, stdout, stderr } = await platform.devfactory("deploy", join(CORPUS, name), "--output", "json");
      const { status, services } = JSON.parse(stdout || "{}") as {
        status?: string;
        services: { name: string; url: string }[];
      };
      expect([code, status], stderr).toEqual([0, "succeeded"]);
      for (const service of services) {
        const path = PATHS[name] ?? (name.startsWith("monorepo") && service.name === "api" ? "/health" : "/");
        const answers = await Promise.all(
          [path, "/"].map(async (each) => (await fetch(new URL(each, service.url))).status),
        );
        expect(answers, `${service.name} at ${service.url}`).toContain(200);
      }
    },
    300_000,
  );
});
