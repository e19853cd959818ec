/** The four sections of a policy document, in their order. */
const SECTIONS = ["inbound", "backend", "outbound", "on-error"] as const;

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

/** A document that lets only tokens of one tenant for one audience in. Source: Microsoft Learn, "Validate Microsoft Entra token". */
export function tokenPolicy(tenantId: string, audience: string): string {
  const check = [
    `    <validate-azure-ad-token tenant-id="${escaped(tenantId)}">`,
    `      <audiences><audience>${escaped(audience)}</audience></audiences>`,
    "    </validate-azure-ad-token>",
  ];
  const section = (name: string, lines: readonly string[]) => [`  <${name}>`, "    <base />", ...lines, `  </${name}>`];
  return [
    "<policies>",
    ...SECTIONS.flatMap((name) => section(name, name === "inbound" ? check : [])),
    "</policies>",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
