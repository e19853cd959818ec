import { isSecretValue } from "./secretName.ts";

/** What a site's generated `staticwebapp.config.json` lacks (rule SW04); empty when it is sound. */
export function siteConfigProblems(config: unknown): readonly string[] {
  const { globalHeaders = {}, routes = [] } = (config ?? {}) as {
    readonly globalHeaders?: Readonly<Record<string, string>>;
    readonly routes?: readonly { readonly route?: string; readonly allowedRoles?: readonly string[] }[];
  };
  const headers = new Map(Object.entries(globalHeaders).map(([name, value]) => [name.toLowerCase(), value]));
  const last = routes.at(-1);
  return [
    ...(headers.has("content-security-policy") ? [] : ["globalHeaders lacks content-security-policy"]),
    ...(headers.has("strict-transport-security") ? [] : ["globalHeaders lacks strict-transport-security"]),
    ...(headers.get("x-content-type-options") === "nosniff"
      ? []
      : ["globalHeaders lacks x-content-type-options: nosniff"]),
    ...(last?.route === "/*" && (last.allowedRoles?.length ?? 0) > 0
      ? []
      : ["routes do not end with `/*` for named roles"]),
  ];
}

/** Paths of recorded values (outputs, events, logs) that hold a secret in clear (rule OB04). The values are not told. */
export function secretsInClear(value: unknown, path = ""): readonly string[] {
  if (typeof value === "string") return isSecretValue(value) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => secretsInClear(inner, path === "" ? key : `${path}.${key}`));
}
