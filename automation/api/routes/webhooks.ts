import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import type { DeliveryWork } from "../../webhooks/documents.ts";
import { verifyStripe } from "../../webhooks/plans.ts";
import { pushesFromAzureDevOps, pushFromGitHub } from "../../webhooks/pushes.ts";
import { verifyAzureDevOps, verifyGitHub, type WebhookSource } from "../../webhooks/signature.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { json } from "../schemas.ts";

const Taken = z
  .object({
    taken: z.enum(["new", "repeated", "ignored"]).openapi({
      description: "`ignored`: an event that nothing follows from, or about a repository of nobody.",
    }),
  })
  .openapi("Delivery");

const Payload = z
  .record(z.string(), z.unknown())
  .openapi({ description: "As the sender writes it; its bytes are signed." });
const body = { required: true as const, content: { "application/json": { schema: Payload } } };
const responses = {
  202: json(Taken, "It is kept and worked on"),
  ...problems("WEBHOOK_REFUSED", "WEBHOOK_NOT_CONFIGURED", "MALFORMED_BODY", "BODY_TOO_LARGE", "UNSUPPORTED_TYPE"),
};
const security: [] = []; // the sender proves itself by a signature, not by a token

const fromGitHub = createRoute({
  operationId: "receiveGitHub",
  method: "post",
  path: "/webhooks/github",
  summary: "An event of GitHub: a push deploys the apps that follow its branch",
  security,
  request: { body },
  responses,
});
const fromAzureDevOps = createRoute({
  operationId: "receiveAzureDevOps",
  method: "post",
  path: "/webhooks/azure-devops",
  summary: "An event of Azure DevOps: a push deploys the apps that follow its branch",
  security,
  request: { body },
  responses,
});
const fromStripe = createRoute({
  operationId: "receiveStripe",
  method: "post",
  path: "/webhooks/stripe",
  summary: "An event of Stripe: the tenant's plan is looked at again",
  security,
  request: { body },
  responses,
});

export function mountWebhooks(api: Api, { webhooks }: ApiServices): void {
  const { secrets, deliveries } = webhooks;
  const take = async (source: WebhookSource, id: string, work: DeliveryWork | undefined) => {
    if (!work) return { taken: "ignored" as const };
    return { taken: (await deliveries.accept(source, id, work)) ? ("new" as const) : ("repeated" as const) };
  };
  api.openapi(fromGitHub, async (c) => {
    const text = await c.req.text();
    await verifyGitHub(await secrets.of("github"), text, c.req.header("x-hub-signature-256"));
    const id = c.req.header("x-github-delivery");
    if (!id) throw new AutomationError("MALFORMED_BODY", { expected: "a delivery with its id in X-GitHub-Delivery" });
    const pushes = c.req.header("x-github-event") === "push" ? read(() => pushFromGitHub(JSON.parse(text), id)) : [];
    return c.json(await take("github", id, pushes.length > 0 ? { kind: "pushes", pushes } : undefined), 202);
  });
  api.openapi(fromAzureDevOps, async (c) => {
    verifyAzureDevOps(await secrets.of("azure-devops"), c.req.header("authorization"));
    const payload: unknown = JSON.parse(await c.req.text());
    const pushes = read(() => pushesFromAzureDevOps(payload));
    const id = pushes[0]?.delivery ?? "";
    return c.json(await take("azure-devops", id, pushes.length > 0 ? { kind: "pushes", pushes } : undefined), 202);
  });
  api.openapi(fromStripe, async (c) => {
    const text = await c.req.text();
    const { id, subscriptionId } = await verifyStripe(
      await secrets.of("stripe"),
      text,
      c.req.header("stripe-signature"),
    );
    const work = subscriptionId ? ({ kind: "subscription", subscriptionId } as const) : undefined;
    return c.json(await take("stripe", id, work), 202);
  });
}

/** A signed event of a form that is not the sender's. */
function read<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new AutomationError("MALFORMED_BODY", { expected: "an event as its sender writes it" }, { cause: error });
  }
}
