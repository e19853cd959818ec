import { healthAddress } from "./healthGate.ts";

/** Where an app that describes its API does so: generated ones, and FastAPI by itself. */
export const API_DESCRIPTION = "/openapi.json";

const PATIENCE_MS = 5_000;
/** A description of some thousand routes. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Whether a running app describes its API: an OpenAPI document at `/openapi.json`. What does not answer, answers slowly, leads elsewhere
 * or is something else is no description; nothing fails by it.
 *
 * @param url address of the app
 */
export async function describesApi(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(healthAddress(url, API_DESCRIPTION), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      redirect: "manual",
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return false;
    }
    const document: unknown = JSON.parse(await textOf(response));
    return typeof document === "object" && document !== null && "openapi" in document && "paths" in document;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new Error("larger than a description"); // ends the transfer
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
