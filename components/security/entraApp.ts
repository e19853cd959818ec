import * as azuread from "@pulumi/azuread/application.js";
import { ApplicationIdentifierUri } from "@pulumi/azuread/applicationIdentifierUri.js";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal.js";
import * as pulumi from "@pulumi/pulumi";
import { v5 as uuidV5 } from "uuid";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";

/** Namespace of the ids of scopes and app roles; fixed for ever, because consents refer to them. */
const NAMESPACE = "3b0c9d1e-8c54-5f0a-8b6a-2f7c1d9e4a55";

export interface EntraAppArgs extends ComponentArgs {
  /** Shown to people who sign in. */
  readonly displayName: string;
  /** What a client may do in a user's name, with the sentence that the user consents to. */
  readonly scopes: Readonly<Record<string, string>>;
  /** What a user or a client may be, with a description. */
  readonly roles: Readonly<Record<string, string>>;
  /** Addresses of the web page: https, or loopback in dev. */
  readonly redirectUris: readonly pulumi.Input<string>[];
  readonly transform?: {
    readonly application?: Transform<ArgsOf<typeof azuread.Application>>;
    readonly identifier?: Transform<ArgsOf<typeof ApplicationIdentifierUri>>;
    readonly principal?: Transform<ArgsOf<typeof ServicePrincipal>>;
  };
}

/**
 * A registration that people sign in to (Microsoft Entra ID), for accounts of any organisation. Creates `application`, `identifier`
 * (`api://<client id>`) and `principal`. A browser uses authorization code with PKCE, a shell device code; there is no password and
 * no implicit grant. Cost class: free.
 * Grants: none.
 *
 * Limits: whoever deploys must be allowed to register applications in the directory.
 *
 * @example A page and its API, with a role for some
 * ```ts
 * new EntraApp("sign-in", {
 *   context,
 *   displayName: "Shop",
 *   scopes: { "Orders.Read": "Reads your orders" },
 *   roles: { manager: "Changes prices" },
 *   redirectUris: ["https://shop.example.org/"],
 * });
 * ```
 *
 * @example An API that knows whose tokens it takes
 * ```ts
 * const people = new EntraApp("sign-in", { context, displayName: "Shop", scopes: {}, roles: {}, redirectUris: [site.url] });
 * new ContainerApp("api", { ...app, env: { API_AUDIENCE: people.clientId } });
 * ```
 */
export class EntraApp extends AzureComponent<EntraAppArgs> {
  /** Application id; tokens for the API carry it as audience. */
  readonly clientId: pulumi.Output<string>;
  /** Object id of the service principal in the home tenant. */
  readonly principalId: pulumi.Output<string>;

  constructor(name: string, args: EntraAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("EntraApp", name, args, opts, ["application", "identifier", "principal"]);
    const id = (kind: string, value: string) => uuidV5(`${args.context.seed}|${name}|${kind}|${value}`, NAMESPACE);
    const application = this.child("application", azuread.Application, {
      displayName: args.displayName,
      signInAudience: "AzureADMultipleOrgs",
      api: {
        requestedAccessTokenVersion: 2,
        oauth2PermissionScopes: Object.entries(args.scopes).map(([value, sentence]) => ({
          id: id("scope", value),
          value,
          type: "User",
          enabled: true,
          adminConsentDisplayName: sentence,
          adminConsentDescription: sentence,
          userConsentDisplayName: sentence,
          userConsentDescription: sentence,
        })),
      },
      appRoles: Object.entries(args.roles).map(([value, description]) => ({
        id: id("role", value),
        value,
        displayName: value,
        description,
        enabled: true,
        allowedMemberTypes: ["User", "Application"],
      })),
      singlePageApplication: { redirectUris: [...args.redirectUris] },
      fallbackPublicClientEnabled: true, // device code has no client secret
      publicClient: { redirectUris: ["http://localhost"] },
      web: { implicitGrant: { accessTokenIssuanceEnabled: false, idTokenIssuanceEnabled: false } },
    });
    this.child("identifier", ApplicationIdentifierUri, {
      applicationId: application.id,
      identifierUri: pulumi.interpolate`api://${application.clientId}`,
    });
    const principal = this.child("principal", ServicePrincipal, { clientId: application.clientId });
    this.clientId = application.clientId;
    this.principalId = principal.objectId;
    this.registerOutputs({ clientId: this.clientId });
  }
}
