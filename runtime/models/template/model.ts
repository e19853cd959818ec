import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import { readConversation } from "./conversation.ts";
import { nextTurn } from "./turns.ts";

/** Characters per token, the usual rule of thumb for English and code. */
const CHARS_PER_TOKEN = 4;

/**
 * A language model that works by grammar and rules: the same conversation always gets the same answer, offline and without
 * cost. It reads instructions, task and tool results, and answers with text and tool calls, one step at a time.
 */
export function templateModel(modelId = "template-1"): LanguageModelV4 {
  const generate = async (options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> => {
    const offered = (options.tools ?? []).map((tool) => tool.name);
    const conversation = readConversation(options.prompt, offered);
    const turn = await nextTurn(conversation);
    const calls = turn.calls.filter((call) => offered.includes(call.tool));
    const content: LanguageModelV4Content[] = [];
    if (turn.text) content.push({ type: "text", text: turn.text });
    calls.forEach((call, index) => {
      const toolCallId = `call-${conversation.results.length + index + 1}`;
      content.push({ type: "tool-call", toolCallId, toolName: call.tool, input: JSON.stringify(call.input) });
    });
    const unified = calls.length > 0 ? "tool-calls" : "stop";
    const input = tokens(JSON.stringify(options.prompt));
    const output = tokens(JSON.stringify(content));
    return {
      content,
      finishReason: { unified, raw: unified },
      usage: {
        inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: output, text: output, reasoning: 0 },
      },
      warnings: [],
    };
  };
  return {
    specificationVersion: "v4",
    provider: "template",
    modelId,
    supportedUrls: {},
    doGenerate: generate,
    doStream: async (options) => ({ stream: streamOf(streamParts(await generate(options))) }),
  };
}

function tokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

function streamOf<T>(parts: Iterable<T>): ReadableStream<T> {
  return new ReadableStream<T>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

function* streamParts({
  content,
  usage,
  finishReason,
  warnings,
}: LanguageModelV4GenerateResult): Generator<LanguageModelV4StreamPart> {
  yield { type: "stream-start", warnings };
  for (const part of content) {
    if (part.type === "tool-call") yield part;
    if (part.type !== "text") continue;
    yield { type: "text-start", id: "text" };
    yield { type: "text-delta", id: "text", delta: part.text };
    yield { type: "text-end", id: "text" };
  }
  yield { type: "finish", usage, finishReason };
}
