import type { LanguageModelV4CallOptions, LanguageModelV4Message } from "@ai-sdk/provider";
import { expect, it } from "vitest";
import { templateModel } from "./model.ts";

const tools: NonNullable<LanguageModelV4CallOptions["tools"]> = ["list_files", "write_spec", "ask_user"].map(
  (name) => ({
    type: "function",
    name,
    inputSchema: { type: "object" },
  }),
);
const system = { role: "system", content: "You are the planner_agent of DevFactory." } as const;
const user = (text: string): LanguageModelV4Message => ({ role: "user", content: [{ type: "text", text }] });
const listed: LanguageModelV4Message[] = [
  { role: "assistant", content: [{ type: "tool-call", toolCallId: "call-1", toolName: "list_files", input: {} }] },
  {
    role: "tool",
    content: [
      {
        type: "tool-result",
        toolCallId: "call-1",
        toolName: "list_files",
        output: { type: "json", value: { files: [] } },
      },
    ],
  },
];

it("looks first, then plans, from the conversation alone", async () => {
  const first = await templateModel().doGenerate({ prompt: [system, user("owners have pets")], tools });
  expect(first.content).toEqual([
    { type: "tool-call", toolCallId: "call-1", toolName: "list_files", input: '{"folder":""}' },
  ]);
  expect(first.finishReason).toEqual({ unified: "tool-calls", raw: "tool-calls" });
  const second = await templateModel().doGenerate({
    prompt: [system, user("owners have pets"), ...structuredClone(listed)],
    tools,
  });
  expect(second.content).toMatchObject([
    { type: "text", text: "I plan an app that keeps owners and pets." },
    { type: "tool-call", toolCallId: "call-2", toolName: "write_spec" },
  ]);
});

it("is deterministic, and counts tokens", async () => {
  const options: LanguageModelV4CallOptions = { prompt: [system, user("owners have pets")], tools };
  const [one, two] = await Promise.all([templateModel().doGenerate(options), templateModel().doGenerate(options)]);
  expect(one).toEqual(two);
  expect(one.usage.inputTokens.total).toBe(Math.ceil(JSON.stringify(options.prompt).length / 4));
});

it("streams the same content", async () => {
  const { stream } = await templateModel().doStream({ prompt: [system, user("owners have pets")], tools });
  const parts: string[] = [];
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value.type);
  }
  expect(parts).toEqual(["stream-start", "tool-call", "finish"]);
});

it("calls no tool that it was not offered, and says when it is nobody it knows", async () => {
  const { content } = await templateModel().doGenerate({ prompt: [system, user("x")], tools: [] });
  expect(content).toEqual([]);
  const other = await templateModel().doGenerate({
    prompt: [{ role: "system", content: "Be kind." }, user("x")],
    tools,
  });
  expect(other.content).toMatchObject([{ type: "text", text: expect.stringContaining("name none of them") }]);
});
