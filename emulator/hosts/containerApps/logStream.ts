import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { EmulatorContext } from "../../core/context.ts";
import type { ArmResource, Json } from "../../core/resources.ts";
import { type LogRow, logsOf } from "../../services/monitor/logs.ts";

const TOKEN_MS = 60 * 60 * 1000;
const PATH =
  /^(\/subscriptions\/.+?\/(?:containerApps|jobs)\/[^/]+)(?:\/revisions\/([^/]+))?(?:\/replicas\/([^/]+))?(?:\/(?:containers|executions)\/([^/]+))?.*\/(logstream|eventstream)$/i;

/** Tokens and streams of `logstream` (lines of containers) and `eventstream` (lines of the service about them). */
export class LogStreams {
  readonly #context: EmulatorContext;
  readonly #key = randomBytes(32);

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  /** Answer of `getAuthtoken`. */
  token(resource: ArmResource): Json {
    const expires = this.#context.clock.now() + TOKEN_MS;
    const payload = Buffer.from(JSON.stringify({ id: resource.id.toLowerCase(), expires })).toString("base64url");
    return { token: `${payload}.${this.#sign(payload)}`, expires: new Date(expires).toISOString() };
  }

  /** `GET <resource id>[/revisions/…/replicas/…/containers/…]/logstream?tailLines=20&follow=true&output=text`. */
  serve(request: Request): Response {
    const url = new URL(request.url);
    const match = PATH.exec(decodeURIComponent(url.pathname));
    if (!match)
      return Response.json(
        { error: { code: "NotFound", message: `There is no stream at ${url.pathname}.` } },
        { status: 404 },
      );
    const [, id = "", revision, replica, part, kind = ""] = match;
    if (!this.#allowed(request.headers.get("authorization"), id)) {
      return Response.json(
        { error: { code: "Unauthorized", message: "The token of getAuthtoken is missing or not valid." } },
        { status: 401 },
      );
    }
    const table = kind.toLowerCase() === "logstream" ? "ContainerAppConsoleLogs_CL" : "ContainerAppSystemLogs_CL";
    const wanted = (row: LogRow) =>
      row.table === table &&
      (revision === undefined || row.columns.RevisionName_s === revision) &&
      (replica === undefined || [row.columns.ContainerGroupName_s, row.columns.ReplicaName_s].includes(replica)) &&
      (part === undefined ||
        row.columns.ContainerName_s === part ||
        String(row.columns.ContainerGroupName_s ?? "").startsWith(part));
    const tail = Math.min(Number(url.searchParams.get("tailLines") ?? 20) || 0, 300);
    const follow = url.searchParams.get("follow") === "true";
    return new Response(this.#stream(id, wanted, tail, follow, url.searchParams.get("output") === "text"), {
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    });
  }

  #stream(
    id: string,
    wanted: (row: LogRow) => boolean,
    tail: number,
    follow: boolean,
    text: boolean,
  ): ReadableStream<Uint8Array> {
    const logs = logsOf(this.#context);
    const encoder = new TextEncoder();
    let end = () => {};
    return new ReadableStream({
      start(controller) {
        const send = (row: LogRow) => controller.enqueue(encoder.encode(`${format(row, text)}\n`));
        const old = tail === 0 ? [] : logs.tail(id, 2000).filter(wanted).slice(-tail);
        for (const row of old) send(row);
        if (follow) end = logs.follow(id, (row) => wanted(row) && send(row));
        else controller.close();
      },
      cancel: () => end(),
    });
  }

  #sign(payload: string): string {
    return createHmac("sha256", this.#key).update(payload).digest("base64url");
  }

  #allowed(authorization: string | null, id: string): boolean {
    const [payload = "", signature = ""] = (/^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "").split(".");
    const expected = Buffer.from(this.#sign(payload));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return false;
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { id: string; expires: number };
    return claims.expires > this.#context.clock.now() && `${id.toLowerCase()}/`.startsWith(`${claims.id}/`);
  }
}

/** As the service writes them: a line of JSON, or with `output=text` time and text. */
function format({ timeMs, columns }: LogRow, text: boolean): string {
  const time = new Date(timeMs).toISOString();
  const { Log_s, Stream_s, Reason_s, Type_s } = columns;
  if (text) return `${time} ${String(Log_s)}`;
  const line =
    Reason_s === undefined
      ? { TimeStamp: time, Log: Log_s, Stream: Stream_s }
      : { TimeStamp: time, Type: Type_s, Reason: Reason_s, Msg: Log_s };
  return JSON.stringify(line);
}
