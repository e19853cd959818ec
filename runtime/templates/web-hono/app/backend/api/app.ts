import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import type { Entity, View } from "../model/entity.ts";
import type { Store } from "../store/store.ts";
import { entityRoutes } from "./entityRoutes.ts";
import { openApiDocument } from "./openapi.ts";
import { pages } from "./pages.ts";
import { Problem, problemResponse } from "./problem.ts";
import { readListQuery, viewQuery } from "./query.ts";
import { referenceLabels } from "./references.ts";

export interface AppParts {
  readonly title: string;
  readonly store: Store;
  readonly entities: readonly Entity[];
  readonly views: readonly View[];
  /** Writes one line for the operator. */
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  readonly now?: () => Date;
}

const FRONTEND = new URL("../../frontend/", import.meta.url);
const MAX_BODY_BYTES = 256 * 1024;

/** The whole app: its page, its API, its description and its health. */
export function createApp({ title, store, entities, views, log, now = () => new Date() }: AppParts): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: "same-origin",
      permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
    }),
  );
  app.onError((error, c) => {
    if (error instanceof Problem) return problemResponse(c, error);
    const { code } = error as { readonly code?: unknown }; // of a driver: 403, ECONNREFUSED, 28000 …
    log("request failed", { path: c.req.path, code, error: error.message });
    return problemResponse(c, new Problem(500, "Something went wrong on our side"));
  });
  app.notFound((c) => problemResponse(c, new Problem(404, "There is nothing at this address")));

  app.get("/health", async (c) => {
    try {
      await store.ping();
      return c.json({ status: "ok", store: store.kind });
    } catch (error) {
      log("the database does not answer", { error: error instanceof Error ? error.message : String(error) });
      return problemResponse(c, new Problem(503, "The database does not answer"));
    }
  });
  const document = openApiDocument(title, entities, views);
  app.get("/openapi.json", (c) => c.json(document));

  const tooLarge = () => {
    throw new Problem(413, `The body is larger than ${MAX_BODY_BYTES / 1024} KiB`);
  };
  app.use("/api/*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }));
  app.get("/api/views/:name", async (c) => {
    const view = views.find((each) => each.name === c.req.param("name"));
    const entity = entities.find((each) => each.name === view?.entity);
    if (!view || !entity) throw new Problem(404, "There is no such view");
    const asked = readListQuery(entity, c.req.query());
    const fixed = viewQuery(entity, view, now());
    const page = await store.list(entity, { ...fixed, ...asked, where: [...fixed.where, ...asked.where] });
    if (c.req.query("labels") === undefined) return c.json(page);
    return c.json({ ...page, labels: await referenceLabels(store, entities, entity, page.items) });
  });
  for (const entity of entities) app.route(`/api/${entity.plural}`, entityRoutes(store, entities, entity));
  app.route("/", pages(FRONTEND));
  return app;
}
