import type { PlannedResource } from "../../plan/resource.ts";
import { between, custom, every, is, oneOf } from "../check.ts";
import { valueAt } from "../path.ts";
import type { RuleSet } from "../rule.ts";

const LONGEST_LOCK_SECONDS = 300;

/** Service Bus and Relay. */
export const MESSAGING: RuleSet = {
  SB01: { checks: [is("disableLocalAuth", true)] },
  SB02: { checks: [oneOf("minimumTlsVersion", ["1.2", "1.3"])] },
  SB03: {
    checks: [is("authorizationRuleName", "RootManageSharedAccessKey")],
    fix: "Take the rule away; link the consumer's identity instead.",
  },
  SB04: {
    checks: [
      between("maxDeliveryCount", 3, 10, { absent: "pass" }),
      is("deadLetteringOnMessageExpiration", true),
      every("lockDuration", "at most PT5M", (value) => lockSeconds(value) <= LONGEST_LOCK_SECONDS, ["PT6M"], {
        absent: "pass",
      }),
    ],
  },
  SB05: { when: premium("Service Bus"), checks: [is("publicNetworkAccess", "Disabled")] },
  RL01: { checks: [is("requiresClientAuthorization", true)] },
  RL02: {
    checks: {
      HybridConnectionAuthorizationRule: [
        every(
          "rights",
          "exactly one of Listen and Send",
          (value) => Array.isArray(value) && value.length === 1 && ["Listen", "Send"].includes(String(value[0])),
          [["Listen", "Send"], ["Manage"], []],
        ),
      ],
      NamespaceAuthorizationRule: [
        custom(
          ["rights"],
          "no rule on the namespace",
          () => "fail",
          (inputs) => [inputs],
        ),
      ],
    },
    fix: "Give one right on one hybrid connection, or better none: `Relay` links identities.",
  },
  RL03: { checks: [is("publicNetworkAccess", "Disabled")] },
};

function premium(service: string) {
  return ({ inputs }: PlannedResource): true | string => {
    const sku = valueAt(inputs, "sku.name");
    return (
      sku === undefined ||
      sku === "Premium" ||
      /^[0-9a-f-]{36}$/.test(String(sku)) ||
      `${service} ${String(sku)} has no network rules: Premium has`
    );
  };
}

/** An ISO 8601 duration of minutes and seconds. */
function lockSeconds(duration: unknown): number {
  const match = /^PT(?:(\d+)M)?(?:(\d+)S)?$/.exec(String(duration));
  return match ? Number(match[1] ?? 0) * 60 + Number(match[2] ?? 0) : Number.POSITIVE_INFINITY;
}
