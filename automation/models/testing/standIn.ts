import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelUpstreams } from "../upstreams.ts";

/** What a model says: some text, and calls of tools. */
export interface Turn {
  readonly text?: string;
  readonly calls?: readonly { readonly tool: string; readonly input: object }[];
}

/** One request that a provider got. */
export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: read field by field
  readonly body: any;
}

/** Of each answer: 1,000 tokens in, 200 of them kept from before, and 100 out, 40 of them thought. */
export const USED = { inputTokens: 1_000, cachedTokens: 200, outputTokens: 100 } as const;

/** The wire formats, as the providers' references show them. */
const ANSWERS: Readonly<Record<string, (turn: Turn, model: string, at: number) => object>> = {
  openai: ({ text = null, calls = [] }: { text?: string | null; calls?: Turn["calls"] }, model, at) => ({
    id: `chatcmpl-${at}`,
    object: "chat.completion",
    created: 1_764_500_000,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text,
          ...(calls.length > 0 && {
            tool_calls: calls.map(({ tool, input }, index) => ({
              id: `call_${at}_${index}`,
              type: "function",
              function: { name: tool, arguments: JSON.stringify(input) },
            })),
          }),
        },
        finish_reason: calls.length > 0 ? "tool_calls" : "stop",
      },
    ],
    usage: {
      prompt_tokens: 1_000,
      completion_tokens: 100,
      total_tokens: 1_100,
      prompt_tokens_details: { cached_tokens: 200 },
      completion_tokens_details: { reasoning_tokens: 40 },
    },
  }),
  anthropic: ({ text, calls = [] }, model, at) => ({
    id: `msg_${at}`,
    type: "message",
    role: "assistant",
    model,
    content: [
      ...(text === undefined ? [] : [{ type: "text", text }]),
      ...calls.map(({ tool, input }, index) => ({ type: "tool_use", id: `toolu_${at}_${index}`, name: tool, input })),
    ],
    stop_reason: calls.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 800, cache_creation_input_tokens: 0, cache_read_input_tokens: 200, output_tokens: 100 },
  }),
  google: ({ text, calls = [] }, model) => ({
    candidates: [
      {
        content: {
          role: "model",
          parts: [
            ...(text === undefined ? [] : [{ text }]),
            ...calls.map(({ tool, input }) => ({ functionCall: { name: tool, args: input } })),
          ],
        },
        finishReason: "STOP",
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: 1_000,
      cachedContentTokenCount: 200,
      candidatesTokenCount: 60,
      thoughtsTokenCount: 40,
      totalTokenCount: 1_100,
    },
    modelVersion: model,
  }),
};

/**
 * All providers on one port of this machine, each under its name. They say what `turns` holds, one after the other, and what comes after
 * the last is `done`.
 */
export async function startProviders(turns: readonly Turn[] = []) {
  const heard: Heard[] = [];
  const behaviour: {
    answer:
      | ((heard: Heard) => { status: number; headers?: Record<string, string>; body: string } | "break" | "hang")
      | undefined;
  } = {
    answer: undefined,
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = request.url ?? "";
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const each = { method: request.method ?? "", url, headers: request.headers, body };
    heard.push(each);
    const special = behaviour.answer?.(each);
    if (special === "hang") return;
    if (special === "break") return void request.socket.destroy();
    if (special) return void response.writeHead(special.status, special.headers).end(special.body);
    const name = url.split("/")[1] ?? "";
    const answer = ANSWERS[name === "azure-openai" ? "openai" : name];
    const { model = /models\/([^:]+)/.exec(url)?.[1] } = body as { model?: string };
    const said = answer?.(turns[heard.length - 1] ?? { text: "done" }, model ?? "", heard.length);
    response.writeHead(200, { "content-type": "application/json", "x-request-id": "r1" }).end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const upstreams: ModelUpstreams = {
    openai: `${base}/openai`,
    "azure-openai": `${base}/azure-openai/{resource}`,
    anthropic: `${base}/anthropic`,
    google: `${base}/google`,
  };
  return {
    base,
    heard,
    behaviour,
    upstreams,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
