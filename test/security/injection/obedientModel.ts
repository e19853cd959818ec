import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4Content } from "@ai-sdk/provider";

/** What a text asks for: `call <tool> with <JSON>`, anywhere in it. */
const ORDER = /call (\w+) with (?=\{)/g;

/**
 * A model that believes whatever it reads: first it looks at every file of the app, then it does what any text in its sight asks, word for word, and in the
 * end it tells all that it has seen. Nothing is given to it but what the real loop shows to a model.
 */
export function obedientModel(): LanguageModelV4 & { readonly orders: string[]; readonly answers: string[] } {
  const orders: string[] = [];
  /** What tools said to the orders. */
  const answers: string[] = [];
  const ordered = new Set<string>();
  let calls = 0;
  let reads: string[] | undefined;
  const call = (toolName: string, input: string): LanguageModelV4Content => {
    calls += 1;
    return { type: "tool-call", toolCallId: `c${calls}`, toolName, input };
  };
  const next = (seen: string): LanguageModelV4Content[] => {
    if (calls === 0) return [call("list_files", "{}")];
    if (!reads) {
      reads = [...new Set(seen.match(/[\w./ -]+\.(?:md|json|ts|txt|html)/g))];
      if (reads.length > 0) return reads.map((path) => call("read_file", JSON.stringify({ path })));
    }
    const found = ordersIn(seen);
    const fresh = [...new Set(found)].filter((order) => !orders.includes(order));
    orders.push(...fresh);
    if (fresh.length > 0) {
      return fresh.map((order) => {
        ordered.add(`c${calls + 1}`);
        return call(order.slice(0, order.indexOf(" ")), order.slice(order.indexOf(" ") + 1));
      });
    }
    return [{ type: "text", text: `All that I have seen: ${seen}` }];
  };
  return {
    orders,
    answers,
    specificationVersion: "v4",
    provider: "test",
    modelId: "obedient",
    supportedUrls: {},
    async doGenerate({ prompt }) {
      for (const { role, content } of prompt) {
        if (role !== "tool") continue;
        for (const part of content) {
          if (part.type === "tool-result" && ordered.delete(part.toolCallId)) answers.push(JSON.stringify(part.output));
        }
      }
      const content = next(sightOf(prompt));
      const unified = content.some((part) => part.type === "tool-call") ? "tool-calls" : "stop";
      return {
        content,
        finishReason: { unified, raw: unified },
        usage: {
          inputTokens: { total: 100, noCache: 100, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 10, text: 10, reasoning: 0 },
        },
        warnings: [],
      };
    },
    doStream: () => Promise.reject(new Error("not used")),
  };
}

/** Tool and JSON of each order: up to the brace that closes it. */
function ordersIn(text: string): readonly string[] {
  return [...text.matchAll(ORDER)].flatMap(({ 0: whole, 1: tool = "", index }) => {
    const rest = text.slice(index + whole.length);
    for (let end = rest.indexOf("}"); end >= 0; end = rest.indexOf("}", end + 1)) {
      const input = rest.slice(0, end + 1);
      for (const form of [input, input.replaceAll("\\", "\\\\")]) if (isJson(form)) return [`${tool} ${form}`];
    }
    return [];
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Everything that is in a model's sight but its own instructions and its own calls, as text. */
function sightOf(prompt: LanguageModelV4CallOptions["prompt"]): string {
  const seen = prompt.flatMap((message) => {
    if (message.role !== "user" && message.role !== "tool") return [];
    return message.content.map((part) => {
      if (part.type === "text") return part.text;
      return part.type === "tool-result" ? JSON.stringify(part.output) : "";
    });
  });
  // Texts come as JSON in the task, and once more in the answers of tools.
  return unquoted(unquoted(seen.join("\n")));
}

function unquoted(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll("\\\\", "\\").replaceAll("\\n", "\n");
}
