/** Where a service of a deployed app answers; `url` is empty for those that nobody can call. */
export interface ServiceAddress {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  /** Of a container app: the revision that serves. */
  readonly revision?: string;
  /** Of one in several regions: its own address and revision in each, the first region first; `url` is the address before them. */
  readonly regions?: readonly { readonly region: string; readonly url: string; readonly revision: string }[];
}
