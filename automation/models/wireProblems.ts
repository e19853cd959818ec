import type { Json } from "./wire.ts";

/**
 * What may stand in a request: what the AI SDK's clients send for text and function calls. Whatever else a provider offers (its own web
 * search and code, files and images by address, several answers at once, dearer tiers, streams) costs money that no token count bounds, or
 * makes the provider reach where a run may not.
 */
const FIELDS = {
  openai: [
    ...["model", "messages", "tools", "tool_choice", "parallel_tool_calls", "max_tokens", "max_completion_tokens"],
    ...["temperature", "top_p", "stop", "seed", "reasoning_effort", "response_format", "verbosity"],
    ...["frequency_penalty", "presence_penalty"],
  ],
  anthropic: [
    ...["model", "messages", "system", "max_tokens", "tools", "tool_choice", "temperature", "top_k", "top_p"],
    ...["stop_sequences", "thinking", "output_config"],
  ],
  google: ["contents", "systemInstruction", "generationConfig", "safetySettings", "tools", "toolConfig"],
  googleConfig: [
    ...["maxOutputTokens", "temperature", "topK", "topP", "frequencyPenalty", "presencePenalty", "stopSequences"],
    ...["seed", "thinkingConfig", "responseMimeType", "responseJsonSchema", "responseSchema"],
  ],
  googleResponse: ["id", "name", "response"],
  googlePart: ["text", "functionCall", "functionResponse", "thought", "thoughtSignature"],
} as const;
const OPENAI_PARTS: readonly unknown[] = ["text", "refusal"];
const ANTHROPIC_BLOCKS: readonly unknown[] = ["text", "tool_use", "tool_result", "thinking", "redacted_thinking"];

/** @returns what is wrong */
export function openaiProblem(body: Json, model: string): string | undefined {
  return first(
    unknownField(body, FIELDS.openai),
    otherModel(body, model),
    otherTools(body, ({ type }) => type === "function"),
    noList(body, "messages"),
    refused(contents(body.messages), ({ type }) => OPENAI_PARTS.includes(type), "messages"),
  );
}

/** @returns what is wrong */
export function anthropicProblem(body: Json, model: string): string | undefined {
  const blocks = [...contents(body.messages), ...partsOf(body.system)];
  const all = [...blocks, ...blocks.flatMap(({ content }) => partsOf(content))];
  return first(
    unknownField(body, FIELDS.anthropic),
    otherModel(body, model),
    otherTools(body, ({ type }) => type === undefined || type === "custom"),
    noList(body, "messages"),
    refused(all, ({ type }) => ANTHROPIC_BLOCKS.includes(type), "messages"),
    // What is written to a cache costs more than input.
    [...all, ...partsOf(body.tools)].some((each) => "cache_control" in each) ? "cache_control is not taken" : undefined,
  );
}

/** The model stands in the path. @returns what is wrong */
export function googleProblem(body: Json): string | undefined {
  const config = (body.generationConfig ?? {}) as Json;
  const instruction = (body.systemInstruction ?? {}) as Json;
  const parts = [...partsOf(body.contents), instruction].flatMap((each) => partsOf(each.parts));
  const isTaken = (part: Json) =>
    unknownField(part, FIELDS.googlePart) === undefined &&
    unknownField((part.functionResponse ?? {}) as Json, FIELDS.googleResponse) === undefined;
  return first(
    unknownField(body, FIELDS.google),
    unknownField(config, FIELDS.googleConfig),
    otherTools(body, (each) => unknownField(each, ["functionDeclarations"]) === undefined),
    noList(body, "contents"),
    refused(parts, isTaken, "contents"),
  );
}

function first(...problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((each) => each !== undefined);
}

function unknownField(of: Json, known: readonly string[]): string | undefined {
  const found = Object.keys(of).find((name) => !known.includes(name));
  return found === undefined ? undefined : `the field ${found.slice(0, 50)} is not taken`;
}

function otherModel(body: Json, model: string): string | undefined {
  return body.model === model ? undefined : `the model must be ${model}`;
}

function otherTools({ tools = [] }: Json, isFunction: (tool: Json) => boolean): string | undefined {
  return Array.isArray(tools) && partsOf(tools).every(isFunction) ? undefined : "tools must be functions";
}

function noList(body: Json, name: string): string | undefined {
  return Array.isArray(body[name]) ? undefined : `${name} must be a list`;
}

/** Parts of all messages whose content is a list; text needs no look. */
function contents(messages: unknown): readonly Json[] {
  return partsOf(messages).flatMap(({ content }) => partsOf(content));
}

function refused(parts: readonly Json[], isTaken: (part: Json) => boolean, where: string): string | undefined {
  return parts.every(isTaken) ? undefined : `${where} must hold text and function calls only`;
}

/** No part that anybody takes: stands for what is none. */
const NO_PART: Json = { type: "none" };

/** The elements of a list; none for anything else. One that is no object hides none of the others. */
function partsOf(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) return [];
  return value.map((each) => (typeof each === "object" && each !== null && !Array.isArray(each) ? each : NO_PART));
}
