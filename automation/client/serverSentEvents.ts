export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Reads server-sent events from a response (HTML standard, "Server-sent events"); comments are left out. */
export async function* readServerSentEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  if (!response.body) return;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

function parseBlock(block: string): ServerSentEvent | undefined {
  const fields = { id: "", event: "message" };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ""] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (name === "data") data.push(value);
    else if (name === "id" || name === "event") fields[name] = value;
  }
  return data.length > 0 ? { ...fields, data: data.join("\n") } : undefined;
}
