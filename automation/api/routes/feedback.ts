import { randomUUID } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import type { TenantContext } from "../../jobs/documents.ts";
import { holdEditable } from "../../jobs/editable.ts";
import { decideFeedback, RESOLUTIONS, resolutionOf } from "../../jobs/feedback.ts";
import { statusOf } from "../../jobs/states.ts";
import type { ProjectionRow } from "../../jobs/store.ts";
import { mimeType } from "../../workflow/mimeType.ts";
import type { Api, ApiServices } from "../context.ts";
import { Next, Page, readPage } from "../cursor.ts";
import { problems } from "../problem.ts";
import { Answers, JobId, json, Prompt } from "../schemas.ts";

const MAX_FILES = 10;

const Feedback = z
  .object({
    decision: z
      .object({ by: z.string(), at: z.string(), reason: z.string().optional() })
      .optional()
      .openapi({ description: "The person who resolved or rejected it" }),
    id: z.string(),
    jobId: z.string().openapi({ description: "The job that works on it." }),
    parentJobId: z.string(),
    appId: z.string(),
    content: z.string(),
    timestamp: z.string(),
    fileRefs: z.array(z.string()),
    resolution: z.enum(RESOLUTIONS),
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
      "APP_FILES_ARE_OWN",
      "APP_IS_PROMOTED",
      "TENANT_QUOTA",
      "PLAN_INACTIVE",
      "RATE_LIMITED",
      "BODY_TOO_LARGE",
      "UNSUPPORTED_TYPE",
    ),
  },
});

const listFeedback = createRoute({
  operationId: "listFeedback",
  method: "get",
  path: "/jobs/{id}/feedback",
  summary: "What was said about a job, oldest first, and what became of it",
  request: { params: z.object({ id: JobId }), query: Page },
  responses: {
    200: json(z.object({ feedback: z.array(Feedback), next: Next }), "A page of feedback"),
    ...problems("JOB_NOT_FOUND", "INVALID_REQUEST"),
  },
});

const one = z.object({ id: JobId, feedbackId: z.string().max(64) });

const resolveFeedback = createRoute({
  operationId: "resolveFeedback",
  method: "patch",
  path: "/jobs/{id}/feedback/{feedbackId}",
  summary: "Say that a feedback is resolved or rejected",
  description:
    "A person's word wins over what the job says that works on it. To reject what is not finished also asks for that job's end.",
  request: {
    params: one,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z
            .strictObject({
              resolution: z.enum(["resolved", "rejected"]),
              reason: z.string().trim().min(1).max(2_000).optional(),
            })
            .openapi("Resolve"),
        },
      },
    },
  },
  responses: {
    200: json(Feedback, "It is written down"),
    ...problems("JOB_NOT_FOUND", "FEEDBACK_NOT_FOUND", "WRONG_STATE", "INVALID_REQUEST", "MALFORMED_BODY"),
  },
});

const getFeedbackFile = createRoute({
  operationId: "getFeedbackFile",
  method: "get",
  path: "/jobs/{id}/feedback/{feedbackId}/files/{name}",
  summary: "A link to an attachment that opens for 15 minutes without a sign-in",
  request: { params: one.extend({ name: z.string().max(200) }) },
  responses: {
    200: json(z.object({ url: z.string(), expiresAt: z.string() }).openapi("FileLink"), "The link"),
    ...problems("JOB_NOT_FOUND", "FEEDBACK_NOT_FOUND", "ARTIFACT_NOT_FOUND"),
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
    if (status !== "waiting") holdEditable(await ledger.app(tenant, job.appId));
    const feedbackId = randomUUID();
    const fileRefs = await storeFiles(services, feedbackId, given.files);
    const timestamp = new Date().toISOString();
    const shared = { id: feedbackId, content: given.content, timestamp, fileRefs };
    if (status === "waiting") {
      const answered = await ledger.answer(tenant, id, given.answers);
      const row = {
        ...shared,
        jobId: id,
        editJobId: id,
        tenantId: tenant.tenantId,
        resolution: "in_progress",
        version: 1,
      };
      await projections.project("feedback", id, row);
      const { jobId, appId } = answered;
      return c.json({ ...shared, jobId, parentJobId: id, appId, resolution: "in_progress" as const }, 201);
    }
    const request = { kind: "edit", prompt: given.content, parentJobId: id, feedbackId, fileRefs } as const;
    const { jobId, appId } = await ledger.addToApp(tenant, job.appId, request);
    return c.json({ ...shared, jobId, parentJobId: id, appId, resolution: "pending" as const }, 201);
  });
}

/** Reading and deciding; apart from what makes it. */
export function mountFeedbackStates(api: Api, { ledger, projections, links }: ApiServices): void {
  const view = async (tenant: TenantContext, row: ProjectionRow): Promise<z.infer<typeof Feedback>> => {
    const { id, content, timestamp, fileRefs = [], jobId: parentJobId, editJobId = parentJobId } = row;
    const job = await ledger.job(tenant, String(editJobId));
    const { by, at, reason } = job.decisions?.[id] ?? {};
    return {
      id,
      jobId: job.jobId,
      parentJobId: String(parentJobId),
      appId: job.appId,
      content: String(content),
      timestamp: String(timestamp),
      fileRefs: fileRefs as string[],
      resolution: resolutionOf(job, id),
      ...(by !== undefined && at !== undefined && { decision: { by, at, ...(reason !== undefined && { reason }) } }),
    };
  };
  const find = async (tenant: TenantContext, id: string, feedbackId: string): Promise<ProjectionRow> => {
    const { jobId } = await ledger.job(tenant, id);
    const query = {
      tenantId: tenant.tenantId,
      orderBy: "id",
      direction: "ascending",
      from: feedbackId,
      limit: 1,
    } as const;
    const [row] = await projections.list("feedback", jobId, query);
    if (row?.id !== feedbackId) throw new AutomationError("FEEDBACK_NOT_FOUND", { id: feedbackId });
    return row;
  };
  api.openapi(listFeedback, async (c) => {
    const tenant = c.var.principal;
    const { jobId } = await ledger.job(tenant, c.req.valid("param").id);
    const order = { tenantId: tenant.tenantId, orderBy: "timestamp", direction: "ascending" } as const;
    const { rows, ...more } = await readPage(projections, "feedback", jobId, { ...order, ...c.req.valid("query") });
    return c.json({ feedback: await Promise.all(rows.map((row) => view(tenant, row))), ...more }, 200);
  });
  api.openapi(resolveFeedback, async (c) => {
    const tenant = c.var.principal;
    const { id, feedbackId } = c.req.valid("param");
    const { resolution: as, reason } = c.req.valid("json");
    const row = await find(tenant, id, feedbackId);
    await decideFeedback(ledger, tenant, String(row.editJobId ?? row.jobId), { feedbackId, as, reason });
    return c.json(await view(tenant, row), 200);
  });
  api.openapi(getFeedbackFile, async (c) => {
    const { id, feedbackId, name } = c.req.valid("param");
    const { fileRefs = [] } = await find(c.var.principal, id, feedbackId);
    const blob = `${feedbackId}/${name}`;
    if (!(fileRefs as string[]).includes(`feedback/${blob}`)) throw new AutomationError("ARTIFACT_NOT_FOUND", { name });
    c.header("cache-control", "no-store");
    return c.json(await links.make({ container: "feedback", blob, fileName: name, contentType: mimeType(name) }), 200);
  });
}

function readBody(contentType: string, words: Loose<z.infer<typeof Words>>, form: Loose<z.infer<typeof Form>>): Given {
  if (contentType.includes("multipart/form-data") && form.content !== undefined) {
    const files = [form.files ?? []].flat();
    if (files.length > MAX_FILES)
      throw new AutomationError("INVALID_REQUEST", { problem: `files: at most ${MAX_FILES}` });
    return { content: form.content, answers: [form.content], files };
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
  const names = new Set<string>();
  return Promise.all(
    files.map(async (file, index) => {
      const given =
        file.name
          .replace(/[^\w.-]+/g, "_")
          .replace(/^\.+/, "")
          .slice(-100) || `file-${index}`;
      const name = names.has(given) ? `${index}-${given}` : given; // none takes the place of another
      names.add(name);
      const blob = `${feedbackId}/${name}`;
      const blobHTTPHeaders = { blobContentType: mimeType(name) };
      await attachments.getBlockBlobClient(blob).uploadData(await file.arrayBuffer(), { blobHTTPHeaders });
      return `feedback/${blob}`;
    }),
  );
}
