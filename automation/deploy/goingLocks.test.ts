import { expect, it } from "vitest";
import { goingLocks } from "./goingLocks.ts";

const GROUP = "/subscriptions/S/resourceGroups/rg/providers";
const VAULT = `${GROUP}/Microsoft.KeyVault/vaults/kv`;
const OTHER = `${GROUP}/Microsoft.Storage/storageAccounts/st`;
const refused = (scopes: string) =>
  `Status=409 Code="ScopeLocked" Message="The scope '${VAULT}/x' cannot perform delete operation because following scope(s) are locked: '${scopes}'. Please remove the lock and try again."`;
const passes = goingLocks([VAULT, `${VAULT.toUpperCase()}/providers/Microsoft.Authorization/locks/kv-lock`, OTHER]);

it.each([
  ["by the stack's own lock", refused(VAULT), { reason: "ScopeLocked" }],
  [
    "by the stack's own lock, as azcore tells it",
    refused(VAULT).replace(
      'Status=409 Code="ScopeLocked" Message="',
      'RESPONSE 409: 409 Conflict\nERROR CODE: ScopeLocked\n{"message": "',
    ),
    { reason: "ScopeLocked" },
  ],
  ["by somebody else's lock on what is the stack's", refused(OTHER), undefined],
  ["by both", refused(`${VAULT}, ${OTHER}`), undefined],
  ["by both, each in quotes", refused(`${VAULT}', '${OTHER}`), undefined],
  ["by a lock on the group", refused("/subscriptions/S/resourceGroups/rg"), undefined],
  ["by no scope that is told", 'Status=409 Code="ScopeLocked" Message="x"', undefined],
  ["by a busy Azure", 'Status=429 Code="TooManyRequests" Message="x"', { reason: "TooManyRequests" }],
])("refused %s", (_by, message, busy) => {
  expect(passes(message)).toEqual(busy);
});

it("a stack without locks waits for none", () => {
  expect(goingLocks([VAULT])(refused(VAULT))).toBeUndefined();
});
