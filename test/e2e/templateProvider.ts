import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { templateModel } from "@devfactory/runtime/models/template/model.ts";

interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: object } }[];
}

/** OpenAI's chat completions on a port of this machine, thought out by the template model: real calls of tools without a real provider. */
export class TemplateProvider implements AsyncDisposable {
  readonly #server: Server;
  readonly keys = new Set<string | undefined>();
  calls = 0;
  tokens = 0;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      this.keys.add(request.headers.authorization);
      const answer = await this.#answer(JSON.parse(Buffer.concat(chunks).toString("utf8")) as ChatRequest);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  }

  /** @returns its base address */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async #answer({ model, messages, tools = [] }: ChatRequest): Promise<object> {
    const offered = tools.map(
      ({ function: { name, parameters } }): LanguageModelV4FunctionTool => ({
        type: "function",
        name,
        inputSchema: parameters,
      }),
    );
    const { content, usage } = await templateModel().doGenerate({ prompt: promptOf(messages), tools: offered });
    const text = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    const calls = content.flatMap((part) => (part.type === "tool-call" ? [part] : []));
    const [prompt_tokens = 0, completion_tokens = 0] = [usage.inputTokens.total, usage.outputTokens.total];
    this.calls += 1;
    this.tokens += prompt_tokens + completion_tokens;
    const tool_calls = calls.map(({ toolCallId, toolName, input }) => ({
      id: toolCallId,
      type: "function",
      function: { name: toolName, arguments: input },
    }));
    const message = { role: "assistant", content: text || null, ...(calls.length > 0 && { tool_calls }) };
    return {
      id: `chatcmpl-${this.calls}`,
      object: "chat.completion",
      created: 1_764_500_000,
      model,
      choices: [{ index: 0, message, finish_reason: calls.length > 0 ? "tool_calls" : "stop" }],
      usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function promptOf(messages: readonly ChatMessage[]): LanguageModelV4Prompt {
  const names = new Map(
    messages.flatMap(({ tool_calls = [] }) => tool_calls.map((call) => [call.id, call.function.name] as const)),
  );
  return messages.map((message): LanguageModelV4Prompt[number] => {
    const { role, content, tool_calls = [], tool_call_id = "" } = message;
    const text = content ?? "";
    if (role === "system" || role === "developer") return { role: "system", content: text };
    if (role === "user") return { role, content: [{ type: "text", text }] };
    if (role === "tool") {
      const toolName = names.get(tool_call_id) ?? "";
      return { role, content: [{ type: "tool-result", toolCallId: tool_call_id, toolName, output: outputOf(text) }] };
    }
    const calls = tool_calls.map(({ id, function: { name, arguments: input } }) => {
      return { type: "tool-call" as const, toolCallId: id, toolName: name, input: JSON.parse(input) as unknown };
    });
    return { role, content: [...(text ? [{ type: "text" as const, text }] : []), ...calls] };
  });
}

/** Tools answer with JSON; what is none is what went wrong. */
function outputOf(text: string) {
  try {
    return { type: "json", value: JSON.parse(text) } as const;
  } catch {
    return { type: "error-text", value: text } as const;
  }
}
