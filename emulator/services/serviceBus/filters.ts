import { ArmError, type ArmResource } from "../../core/resources.ts";
import type { MessageFields } from "./incoming.ts";
import { parseSqlFilter, type SqlFilter } from "./sqlFilter.ts";

interface RuleProperties {
  readonly filterType?: string;
  readonly sqlFilter?: { readonly sqlExpression?: string };
  readonly correlationFilter?: Readonly<Record<string, unknown>>;
  readonly action?: { readonly sqlExpression?: string };
}

type Matcher = (fields: MessageFields) => boolean;

/** Names of a correlation filter in ARM, and of the message field each compares with. */
const CORRELATION: Readonly<Record<string, string>> = {
  correlationId: "CorrelationId",
  messageId: "MessageId",
  to: "To",
  replyTo: "ReplyTo",
  label: "Label",
  sessionId: "SessionId",
  replyToSessionId: "ReplyToSessionId",
  contentType: "ContentType",
};

const cache = new WeakMap<ArmResource, Matcher>();

/**
 * Does a message belong into a subscription with these rules? Azure gives every subscription the rule `$Default`, which matches all
 * and stays until it is replaced under its own name.
 */
export function matchesRules(rules: readonly ArmResource[], fields: MessageFields): boolean {
  const hasDefault = rules.some((rule) => rule.name.toLowerCase() === "$default");
  return !hasDefault || rules.some((rule) => matcherOf(rule)(fields));
}

/** Refuses a rule that cannot work here. @throws {ArmError} 400 */
export function checkRule(rule: ArmResource): void {
  const { action } = rule.properties as RuleProperties;
  if (action?.sqlExpression) throw new ArmError(400, "BadRequest", "Rule actions are not emulated.");
  try {
    makeMatcher(rule);
  } catch (cause) {
    throw Object.assign(new ArmError(400, "BadRequest", `The filter is not valid: ${(cause as Error).message}.`), {
      cause,
    });
  }
}

function matcherOf(rule: ArmResource): Matcher {
  const found = cache.get(rule) ?? makeMatcher(rule);
  cache.set(rule, found);
  return found;
}

function makeMatcher(rule: ArmResource): Matcher {
  const { filterType, sqlFilter, correlationFilter } = rule.properties as RuleProperties;
  if (filterType === "CorrelationFilter" || (correlationFilter && !sqlFilter))
    return correlation(correlationFilter ?? {});
  const filter: SqlFilter = parseSqlFilter(sqlFilter?.sqlExpression ?? "1=1");
  return (fields) => filter(fields) === true;
}

function correlation(filter: Readonly<Record<string, unknown>>): Matcher {
  const wanted = Object.entries(CORRELATION).filter(([name]) => filter[name] !== undefined && filter[name] !== null);
  const properties = Object.entries((filter.properties ?? {}) as Readonly<Record<string, unknown>>);
  return ({ system, user }) =>
    wanted.every(([name, field]) => String(system[field] ?? "") === String(filter[name])) &&
    properties.every(([name, value]) => user[name] !== undefined && String(user[name]) === String(value));
}
