/** The four sections of a policy document, in their order. */
const SECTIONS = ["inbound", "backend", "outbound", "on-error"] as const;
/** What an API takes when no OpenAPI document names its operations. */
export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
/** Headers of a page's calls that need leave. */
const HEADERS = ["authorization", "content-type", "if-match", "last-event-id"] as const;

/**
 * What is wrong with a policy document, as a text that says what to do; undefined when nothing is. It must be one `<policies>` element
 * that keeps `<base />` in each section (else the rules above are lost) and lets no origin of every kind in.
 */
export function policyProblem(text: string): string | undefined {
  if (!/^\s*<policies>[\s\S]*<\/policies>\s*$/.test(text)) return "one <policies> element";
  for (const section of SECTIONS) {
    const content = new RegExp(`<${section}>([\\s\\S]*?)</${section}>`).exec(text)?.[1];
    if (content === undefined || !/<base\s*\/>/.test(content)) return `<base /> in <${section}>`;
  }
  if (/<origin>\s*\*\s*<\/origin>/.test(text)) return "named origins in <cors>";
  return undefined;
}

/** Whether a document checks the caller's token. */
export function checksToken(text: string): boolean {
  return /<validate-(jwt|azure-ad-token)[\s>]/.test(text);
}

/** Who gets past a document of `tokenPolicy`. */
export interface TokenPolicy {
  readonly tenantId: string;
  readonly audience: string;
  /** Origins whose pages may call from a browser. */
  readonly origins: readonly string[];
  /** Operations that carry a proof of their own, in a header, instead of a token. */
  readonly signed: readonly { readonly operationId: string; readonly header: string }[];
}

/**
 * A document that lets only tokens of one tenant for one audience in. Preflights of named origins are answered before the token is
 * asked for: they carry none. A call of a signed operation needs its header; what it proves only the service can tell. Sources:
 * Microsoft Learn, "Validate Microsoft Entra token", "CORS", "Check HTTP header" (all four attributes required, values optional).
 */
export function tokenPolicy({ tenantId, audience, origins, signed }: TokenPolicy): string {
  const token = [
    `<validate-azure-ad-token tenant-id="${escaped(tenantId)}">`,
    `  <audiences><audience>${escaped(audience)}</audience></audiences>`,
    "</validate-azure-ad-token>",
  ];
  const section = (name: string, lines: readonly string[]) => [
    `  <${name}>`,
    "    <base />",
    ...lines.map((line) => `    ${line}`),
    `  </${name}>`,
  ];
  const inbound = [...crossOrigin(origins), ...signedOr(signed, token)];
  return [
    "<policies>",
    ...SECTIONS.flatMap((name) => section(name, name === "inbound" ? inbound : [])),
    "</policies>",
  ].join("\n");
}

function crossOrigin(origins: readonly string[]): readonly string[] {
  if (origins.length === 0) return [];
  const list = (name: string, values: readonly string[]) =>
    values.map((value) => `<${name}>${escaped(value)}</${name}>`);
  return [
    '<cors allow-credentials="false" terminate-unmatched-request="false">',
    `  <allowed-origins>${list("origin", origins).join("")}</allowed-origins>`,
    `  <allowed-methods preflight-result-max-age="300">${list("method", METHODS).join("")}</allowed-methods>`,
    `  <allowed-headers>${list("header", HEADERS).join("")}</allowed-headers>`,
    "</cors>",
  ];
}

/** The gateway matches a call to an operation by method and template; the condition reads that, never the path. */
function signedOr(signed: TokenPolicy["signed"], token: readonly string[]): readonly string[] {
  if (signed.length === 0) return token;
  const refusal = 'failed-check-httpcode="401" failed-check-error-message="The call is not signed." ignore-case="true"';
  return [
    "<choose>",
    ...signed.flatMap(({ operationId, header }) => [
      `  <when condition="${escaped(`@(context.Operation.Id == "${operationId}")`)}">`,
      `    <check-header name="${escaped(header)}" ${refusal} />`,
      "  </when>",
    ]),
    "  <otherwise>",
    ...token.map((line) => `    ${line}`),
    "  </otherwise>",
    "</choose>",
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
