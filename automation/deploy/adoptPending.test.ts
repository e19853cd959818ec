import { expect, it } from "vitest";
import { adoptPending, NotOurs, type PendingCreate } from "./adoptPending.ts";
import type { RecoveryNote } from "./messages.ts";

const GROUP = "/subscriptions/s/resourceGroups/g";
const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/kv`;
const OURS = { "devfactory-app": "app1" };

type Found = { tags?: Record<string, string>; properties?: Record<string, unknown> };

/** @param azure what there is, by id; a list is answered one after the other */
async function decide(create: Omit<PendingCreate, "urn">, azure: Record<string, Found | Found[]>) {
  const notes: RecoveryNote[] = [];
  const asked: string[] = [];
  const adopted = adoptPending([{ urn: "urn:x", ...create }], {
    app: "app1",
    subscriptionId: "s",
    tell: (note) => void notes.push(note),
    signal: new AbortController().signal,
    read: async (id) => {
      asked.push(id);
      const found = azure[id];
      return Array.isArray(found) ? found.shift() : found;
    },
  });
  const result = await adopted.then(
    (ids) => [...ids.values()],
    (error: unknown) => error,
  );
  return { result, actions: notes.map(({ action }) => action), asked };
}

const vault = { type: "azure-native:keyvault:Vault", inputs: { resourceGroupName: "g", vaultName: "kv" } };
const secret = { type: "azure-native:keyvault:Secret", inputs: { ...vault.inputs, secretName: "a" } };

it("takes over what carries the app's tag, and forgets what is not there", async () => {
  expect(await decide(vault, { [VAULT]: { tags: OURS } })).toMatchObject({ result: [VAULT], actions: ["adopted"] });
  expect(await decide(vault, {})).toMatchObject({ result: [], actions: ["forgotten"] });
});

it.each([{}, { tags: {} }, { tags: { "devfactory-app": "app2" } }])(
  "stops at what is not the app's: %o",
  async (found) => {
    const { result, actions } = await decide(vault, { [VAULT]: found, [GROUP]: { tags: OURS } });
    expect([result, actions]).toEqual([new NotOurs(VAULT), ["refused"]]);
  },
);

it("a child belongs with what it stands on", async () => {
  const id = `${VAULT}/secrets/a`;
  expect(await decide(secret, { [id]: {}, [VAULT]: { tags: OURS } })).toMatchObject({
    result: [id],
    asked: [id, VAULT],
  });
  expect((await decide(secret, { [id]: {}, [VAULT]: {} })).result).toEqual(new NotOurs(id));
});

it("a role assignment is the app's when it gives the same role to the same principal", async () => {
  const inputs = { scope: VAULT, roleAssignmentName: "r", principalId: "p", roleDefinitionId: "/D" };
  const create = { type: "azure-native:authorization:RoleAssignment", inputs };
  const id = `${VAULT}/providers/Microsoft.Authorization/roleAssignments/r`;
  const found = (principalId: string) => ({ [id]: { properties: { principalId, roleDefinitionId: "/d" } } });
  expect((await decide(create, found("P"))).result).toEqual([id]);
  expect((await decide(create, found("q"))).result).toEqual(new NotOurs(id));
});

it("waits until Azure is done with it", async () => {
  const rows = [
    { properties: { provisioningState: "Creating" } },
    { tags: OURS, properties: { provisioningState: "Succeeded" } },
  ];
  expect((await decide(vault, { [VAULT]: rows })).asked).toEqual([VAULT, VAULT]);
});

it("says that it cannot look for classes whose ids it does not know", async () => {
  const create = { type: "random:index:Id", inputs: {} };
  expect(await decide(create, {})).toEqual({ result: [], actions: ["forgotten"], asked: [] });
});
