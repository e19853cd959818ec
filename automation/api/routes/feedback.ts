import { randomUUID } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import { statusOf } from "../../jobs/states.ts";
import { mimeType } from "../../workflow/mimeType.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { Answers, JobId, json, Prompt } from "../schemas.ts";

const MAX_FILES = 10;

const Feedback = z
  .object({
    id: z.string(),
    jobId: z.string().openapi({ description: "The job that works on it." }),
    parentJobId: z.string(),
    appId: z.string(),
    content: z.string(),
    timestamp: z.string(),
    fileRefs: z.array(z.string()),
    resolution: z.enum(["pending", "in_progress", "resolved", "rejected"]),
  })
  .openapi("Feedback");

const Words = z
  .strictObject({ content: Prompt.optional(), answers: Answers.optional() })
  .refine((body) => body.content !== undefined || (body.answers?.length ?? 0) > 0, {
    path: ["content"],
    message: "must be there, or answers",
  });

const FormFile = z.instanceof(File).openapi({ type: "string", format: "binary" });
const Form = z.object({ content: Prompt, files: z.union([FormFile, z.array(FormFile)]).optional() });

const submitFeedback = createRoute({
  operationId: "submitFeedback",
  method: "post",
  path: "/jobs/{id}/feedback",
  summary: "Say what should change, or answer a job's questions",
  description:
    "On a waiting job the words are its answers. On a finished job they start a new iteration of the same app.",
  request: {
    params: z.object({ id: JobId }),
    body: { content: { "application/json": { schema: Words }, "multipart/form-data": { schema: Form } } },
  },
  responses: {
    201: json(Feedback, "Taken"),
    ...problems(
      "JOB_NOT_FOUND",
      "WRONG_STATE",
      "INVALID_REQUEST",
      "APP_DESTROYED",
      "TENANT_QUOTA",
      "PLAN_INACTIVE",
      "RATE_LIMITED",
      "BODY_TOO_LARGE",
      "UNSUPPORTED_TYPE",
    ),
  },
});

/** Only one of the two bodies is there: the other one's fields are absent. */
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

interface Given {
  readonly content: string;
  readonly answers: readonly string[];
  readonly files: readonly File[];
}

export function mountFeedback(api: Api, services: ApiServices): void {
  const { ledger, projections } = services;
  api.openapi(submitFeedback, async (c) => {
    const tenant = c.var.principal;
    const { id } = c.req.valid("param");
    const given = readBody(c.req.header("content-type") ?? "", c.req.valid("json"), c.req.valid("form"));
    const job = await ledger.job(tenant, id);
    const status = statusOf(job.state);
    if (status === "queued" || status === "processing" || status === "cancelling") {
      throw new AutomationError("WRONG_STATE", { status, action: "feedback", needed: "a finished or waiting job" });
    }
    const feedbackId = randomUUID();
    const fileRefs = await storeFiles(services, feedbackId, given.files);
    const timestamp = new Date().toISOString();
    const shared = { id: feedbackId, content: given.content, timestamp, fileRefs };
    if (status === "waiting") {
      const answered = await ledger.answer(tenant, id, given.answers);
      const row = { ...shared, jobId: id, tenantId: tenant.tenantId, resolution: "in_progress", version: 1 };
      await projections.project("feedback", id, row);
      const { jobId, appId } = answered;
      return c.json({ ...shared, jobId, parentJobId: id, appId, resolution: "in_progress" as const }, 201);
    }
    const request = { kind: "edit", prompt: given.content, parentJobId: id, feedbackId, fileRefs } as const;
    const { jobId, appId } = await ledger.addToApp(tenant, job.appId, request);
    return c.json({ ...shared, jobId, parentJobId: id, appId, resolution: "pending" as const }, 201);
  });
}

function readBody(contentType: string, words: Loose<z.infer<typeof Words>>, form: Loose<z.infer<typeof Form>>): Given {
  if (contentType.includes("multipart/form-data") && form.content !== undefined) {
    return { content: form.content, answers: [form.content], files: [form.files ?? []].flat().slice(0, MAX_FILES) };
  }
  const { content, answers = [] } = words;
  if (content === undefined && answers.length === 0) {
    throw new AutomationError("MALFORMED_BODY", { expected: "JSON or multipart/form-data with `content`" });
  }
  return {
    content: content ?? answers.join("\n"),
    answers: content === undefined ? answers : [...answers, content],
    files: [],
  };
}

/** Stores attachments at `<feedbackId>/<name>`; the type follows from the name, not from what the client says. */
async function storeFiles({ attachments }: ApiServices, feedbackId: string, files: readonly File[]): Promise<string[]> {
  return Promise.all(
    files.map(async (file, index) => {
      const name =
        file.name
          .replace(/[^\w.-]+/g, "_")
          .replace(/^\.+/, "")
          .slice(-100) || `file-${index}`;
      const blob = `${feedbackId}/${name}`;
      const blobHTTPHeaders = { blobContentType: mimeType(name) };
      await attachments.getBlockBlobClient(blob).uploadData(await file.arrayBuffer(), { blobHTTPHeaders });
      return `feedback/${blob}`;
    }),
  );
}
