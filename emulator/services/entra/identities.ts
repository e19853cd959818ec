import { randomUUID } from "node:crypto";
import type { ResourceHooks } from "../../core/resources.ts";
import type { Directory, DirectoryObject } from "./directory.ts";

export const USER_ASSIGNED = "Microsoft.ManagedIdentity/userAssignedIdentities";
const FEDERATED = `${USER_ASSIGNED}/federatedIdentityCredentials`;

/** Managed identities as service principals of the home tenant, and the hook of the user-assigned ones. */
export class ManagedIdentities {
  readonly #directory: Directory;
  readonly #tenantId: string;

  constructor(directory: Directory, tenantId: string) {
    this.#directory = directory;
    this.#tenantId = tenantId;
  }

  /** The service principal of a resource's identity, made when it is new. */
  ensure(resourceId: string): { readonly principalId: string; readonly clientId: string; readonly tenantId: string } {
    const found = this.#find(resourceId);
    const body = found?.body ?? this.#make(resourceId);
    return { principalId: body.id, clientId: String(body.appId), tenantId: this.#tenantId };
  }

  forget(resourceId: string): void {
    const found = this.#find(resourceId);
    if (found) this.#directory.remove(found.body.id);
  }

  hooks(): readonly ResourceHooks[] {
    return [
      {
        type: USER_ASSIGNED,
        put: async ({ desired }) => ({ ...this.ensure(desired.id) }),
        delete: async (resource) => this.forget(resource.id),
      },
      {
        type: FEDERATED,
        put: async ({ desired }) => {
          const { issuer, subject, audiences } = desired.properties;
          const identity = desired.id.split("/").slice(0, -2).join("/");
          const { clientId } = this.ensure(identity);
          const body = {
            id: federatedId(desired.id),
            applicationId: clientId,
            name: desired.name,
            issuer,
            subject,
            audiences,
          };
          this.#directory.save("federated", this.#tenantId, body);
          return {};
        },
        delete: async (resource) => this.#directory.remove(federatedId(resource.id)),
      },
    ];
  }

  #find(resourceId: string): DirectoryObject | undefined {
    const key = resourceId.toLowerCase();
    return this.#directory
      .list("servicePrincipal")
      .find((each) => String(each.body.resourceId ?? "").toLowerCase() === key);
  }

  #make(resourceId: string): DirectoryObject["body"] {
    const body = {
      id: randomUUID(),
      appId: randomUUID(),
      displayName: resourceId.split("/").at(-1) ?? resourceId,
      servicePrincipalType: "ManagedIdentity",
      accountEnabled: true,
      alternativeNames: [resourceId],
      resourceId,
    };
    return this.#directory.save("servicePrincipal", this.#tenantId, body).body;
  }
}

function federatedId(resourceId: string): string {
  return `federated:${resourceId.toLowerCase()}`;
}
