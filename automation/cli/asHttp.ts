/** The local listeners answer plain http on the same port, for whoever does not trust the local authority (browsers, curl). */
export function asHttp(url: string): string {
  return url.replace(/^https:\/\/localhost/, "http://localhost");
}
