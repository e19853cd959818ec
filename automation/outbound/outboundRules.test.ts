import { expect, it } from "vitest";
import { OutboundClient } from "./outboundClient.ts";
import { outboundRules } from "./outboundRules.ts";

const LOCAL = { DEVFACTORY_OUTBOUND: "loopback", DEVFACTORY_OUTBOUND_PORTS: [] } as const;

it("whom a process may call stands in its settings; what it stands on itself it never calls", () => {
  const rules = outboundRules(LOCAL, {
    AZURE_COSMOS_ENDPOINT: "https://data.documents.azure.com:443/",
    AZURE_SERVICE_BUS_HOST: "localhost:5671",
    AZURE_KEY_VAULT_ENDPOINT: "https://localhost:5001/",
    IDENTITY_ENDPOINT: "http://127.0.0.1:42356/msi/token",
    PORT: "8080",
  });
  expect(rules).toEqual({
    reach: "loopback",
    ports: [],
    own: ["data.documents.azure.com", "localhost:5671", "localhost:5001", "127.0.0.1:42356"],
  });
});

it.each(["http://127.0.0.1:5001/", "https://[::1]:5001/secrets", "http://x.localhost:5001", "http://2130706433:5001"])(
  "a service on this machine is recognised by its port: %s",
  async (address) => {
    const client = new OutboundClient(outboundRules(LOCAL, { AZURE_KEY_VAULT_ENDPOINT: "https://localhost:5001/" }));
    await expect(client.check(address)).rejects.toThrow("is a service of this platform");
  },
);
