const MIN_SECRET = 6;
const MIN_MADE = 10;

interface Shape {
  readonly kind: string;
  readonly pattern: RegExp;
  /** Text that must be there before the pattern is tried: keeps plain text fast. */
  readonly hint: string;
}

/** Shapes of credentials. A named group `keep` stays in front of the replacement. */
const SHAPES: readonly Shape[] = [
  { kind: "jwt", hint: "eyJ", pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g },
  {
    kind: "pem",
    hint: "-----BEGIN",
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  {
    kind: "key",
    hint: "AccessKey=",
    pattern: /(?<keep>\b(?:Shared)?AccessKey=)[^;\s"']+/g,
  },
  { kind: "key", hint: "AccountKey=", pattern: /(?<keep>\bAccountKey=)[^;\s"']+/g },
  { kind: "sas", hint: "sig=", pattern: /(?<keep>[?&]sig=)[^&\s"'\\]+/g },
  { kind: "password", hint: "assword", pattern: /(?<keep>\b[Pp]assword\s*=\s*)[^;\s"']+/g },
  { kind: "password", hint: "PASSWORD", pattern: /(?<keep>\b\w*PASSWORD\s*=\s*)[^;\s"']+/g },
  { kind: "password", hint: "://", pattern: /(?<keep>\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:)[^\s@/]+(?=@)/g },
  { kind: "stripe", hint: "_live_", pattern: /\b[srp]k_live_\w{8,}/g },
  { kind: "stripe", hint: "whsec_", pattern: /\bwhsec_\w{8,}/g },
  { kind: "github", hint: "gh", pattern: /\bgh[opsur]_\w{16,}/g },
  { kind: "github", hint: "github_pat_", pattern: /\bgithub_pat_\w{16,}/g },
  { kind: "npm", hint: "npm_", pattern: /\bnpm_\w{20,}/g },
  { kind: "run-token", hint: "dfrun_", pattern: /\bdfrun_[\w-]+\.[\w-]+\.[\w-]{16,}/g },
  { kind: "model-key", hint: "sk-", pattern: /\bsk-(?:ant-|proj-)?[\w-]{16,}/g },
  { kind: "google-key", hint: "AIza", pattern: /\bAIza[\w-]{30,}/g },
  {
    kind: "header",
    hint: "",
    pattern:
      // A colon with nothing around it is no header: `azure-native:authorization:RoleAssignment` stays readable.
      /(?<keep>\b(?:authorization|x-api-key|x-identity-header|cookie|set-cookie)(?:["']\s*[:=]\s*["']?|\s*=\s*["']?|\s*:\s+["']?|:(?=Bearer\s|Basic\s))(?:Bearer\s+|Basic\s+)?)(?!\[secret:)[^\s"',;]{6,}/gi,
  },
];

/**
 * Takes out what looks like a credential: for words that people write, who paste more than they mean to.
 *
 * @see Redactor which also knows the values of this process
 */
export function withoutCredentials(text: string): string {
  return SHAPES_ONLY.text(text);
}

/**
 * Takes secrets out of text before it is stored or shown: values that were registered (also in base64, hex, URL and JSON forms) and texts shaped like credentials. The replacement is `[secret:<kind>]`, never a hash of the value.
 */
export class Redactor {
  readonly #values = new Set<string>();
  #known: RegExp | undefined;
  #longest = 0;

  /** Registers a secret value; values under 6 characters are left alone, they would hit ordinary words. */
  add(value: string | undefined): void {
    if (value === undefined || value.length < MIN_SECRET) return;
    for (const form of formsOf(value)) {
      this.#values.add(form);
      this.#longest = Math.max(this.#longest, form.length);
    }
    // Longest first: a secret that contains another is replaced as a whole.
    const ordered = [...this.#values].sort((a, b) => b.length - a.length);
    this.#known = new RegExp(ordered.map(escapeForPattern).join("|"), "g");
  }

  text(input: string): string {
    let result = this.#known ? input.replace(this.#known, "[secret:value]") : input;
    for (const { kind, pattern, hint } of SHAPES) {
      if (hint && !result.includes(hint)) continue;
      result = result.replace(pattern, (...args: unknown[]) => {
        const groups = args.at(-1) as { keep?: string } | undefined;
        return `${typeof groups === "object" ? (groups.keep ?? "") : ""}[secret:${kind}]`;
      });
    }
    return result;
  }

  /** A copy of JSON data with every string redacted. */
  data<T>(value: T): T {
    if (typeof value === "string") return this.text(value) as T;
    if (Array.isArray(value)) return value.map((each) => this.data(each)) as T;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.data(each)])) as T;
  }

  /** For chunks of one stream: keeps back a tail, so that a secret split over chunks is found. */
  stream(): { push(chunk: string): string; end(): string } {
    let rest = "";
    return {
      push: (chunk) => {
        rest += chunk;
        const cut = this.#safeCut(rest);
        const ready = rest.slice(0, cut);
        rest = rest.slice(cut);
        return this.text(ready);
      },
      end: () => {
        const ready = rest;
        rest = "";
        return this.text(ready);
      },
    };
  }

  /** Where text may be cut: at the last line end before the tail, so shapes and values of one line stay whole. */
  #safeCut(text: string): number {
    const limit = text.length - Math.max(this.#longest - 1, 0);
    if (limit <= 0) return 0;
    const line = text.lastIndexOf("\n", limit - 1) + 1;
    if (line > 0 && !insideKey(text.slice(0, line))) return line;
    // A line without an end: give out all but a tail that is longer than any credential shape.
    return Math.max(0, limit - 16_384);
  }
}

/** How a value may be written. What is made of it counts from ten letters on: shorter, it would hit other words. */
function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value);
  const hex = Buffer.from(value).toString("hex");
  const whole = [value, Buffer.from(value).toString("base64"), Buffer.from(value).toString("base64url"), url, json];
  const made = [
    JSON.stringify(json).slice(1, -1), // JSON in JSON
    url.replaceAll("%20", "+"), // forms
    url.replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase()),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((before) => insideBase64(value, before)),
  ];
  return [...new Set([...whole, ...made.filter(({ length }) => length >= MIN_MADE)])];
}

/** What base64 of a longer text shows of a value that stands in it behind some bytes: the same, but for its ends. */
function insideBase64(value: string, before: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
  return (["base64", "base64url"] as const).map((form) =>
    bytes.toString(form).slice(Math.ceil((before * 4) / 3), Math.floor((bytes.length * 4) / 3)),
  );
}

function insideKey(text: string): boolean {
  return text.lastIndexOf("-----BEGIN") > text.lastIndexOf("-----END");
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const SHAPES_ONLY = new Redactor();
