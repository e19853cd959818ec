import {
  type AccountInfo,
  AuthError,
  CacheLookupPolicy,
  InteractionRequiredAuthError,
  PublicClientApplication,
} from "@azure/msal-browser";
import type { SiteConfig } from "./config.ts";

/** Sign-in by authorization code with PKCE; tokens are kept in session storage. */
export interface SignIn {
  account(): AccountInfo | null;
  /** Why the sign-in that a person comes back from failed. */
  readonly problem: string | undefined;
  login(): Promise<void>;
  logout(): Promise<void>;
  /** An access token for the API, renewed silently; goes to the sign-in page when that is not possible. */
  token(): Promise<string>;
}

export async function createSignIn(config: SiteConfig): Promise<SignIn> {
  const base = `${config.endpoints}/organizations`;
  const client = new PublicClientApplication({
    auth: {
      clientId: config.clientId,
      authority: config.authority,
      knownAuthorities: [new URL(config.authority).host],
      redirectUri: window.location.origin,
      // Given here, so that the page asks nobody who the authority is.
      authorityMetadata: JSON.stringify({
        issuer: `${config.authority}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        end_session_endpoint: `${base}/oauth2/v2.0/logout`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      }),
    },
    cache: { cacheLocation: "sessionStorage" },
  });
  await client.initialize();
  let problem: string | undefined;
  try {
    const returned = await client.handleRedirectPromise();
    if (returned) client.setActiveAccount(returned.account);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const account = () => client.getActiveAccount() ?? client.getAllAccounts()[0] ?? null;
  const scopes = [`${config.clientId}/.default`];
  let leaving: Promise<void> | undefined;
  return {
    account,
    problem,
    login: () => client.loginRedirect({ scopes }),
    logout: () => client.logoutRedirect({ account: account() }),
    async token() {
      try {
        const current = account();
        // No hidden frame: browsers keep the authority's cookies from it, and our content policy allows none.
        const cacheLookupPolicy = CacheLookupPolicy.AccessTokenAndRefreshToken;
        const request = { scopes, cacheLookupPolicy, ...(current ? { account: current } : {}) };
        return (await client.acquireTokenSilent(request)).accessToken;
      } catch (error) {
        if (!needsPerson(error)) throw error;
        leaving ??= client.acquireTokenRedirect({ scopes });
        await leaving;
        return await new Promise<never>(() => undefined); // the page is on its way to the authority
      }
    },
  };
}

/** Can only a visit to the sign-in page help? A refresh token that is spent or too old answers `invalid_grant`. */
function needsPerson(error: unknown): boolean {
  return (
    error instanceof InteractionRequiredAuthError || (error instanceof AuthError && error.errorCode === "invalid_grant")
  );
}
