const SECRET_WORDS =
  /(?:^|[_\-.:/])(?:secret|password|passwd|pwd|token|credential|credentials|private_?key|api_?key|access_?key|account_?key|shared_?key|connection_?string|sas)(?:$|[_\-.:/])/;
/** Names that hold such a word and no secret. */
const HARMLESS =
  /token_?(?:count|limit|endpoint|url|audience)|secret_?(?:name|url|uri|ref)|password_?(?:length|policy)|APPLICATIONINSIGHTS_CONNECTION_STRING/i;

/** Whether a name says that its value is secret: `STRIPE_API_KEY`, `dbPassword`, `connection-string`. */
export function isSecretName(name: string): boolean {
  if (HARMLESS.test(name)) return false;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
  return SECRET_WORDS.test(words);
}

const SECRET_VALUES = [
  /AccountKey=[A-Za-z0-9+/=]{20,}/,
  /SharedAccessKey=[A-Za-z0-9+/=]{20,}/,
  /SharedAccessSignature=/,
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  /\b(?:password|pwd)=[^;{}\s]+/i,
  /^[a-z]+:\/\/[^:/\s]+:[^@/\s]+@/,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bsk_live_[A-Za-z0-9]{10,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
];

/** Whether a text is, or holds, a secret in clear: a key, a password, a token. */
export function isSecretValue(value: unknown): boolean {
  return typeof value === "string" && SECRET_VALUES.some((pattern) => pattern.test(value));
}
