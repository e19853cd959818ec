import type { RecipientStates } from "./documents.ts";

/** What one attempt to tell an endpoint of an event met. */
export interface Attempt {
  /** `again`: by the schedule; `refused`: whoever asks again gets the same answer. */
  readonly outcome: "arrived" | "again" | "refused";
  /** Of HTTP or SMTP. */
  readonly status?: number;
  /** Why there is no status, or what is wrong beside it; without addresses and credentials. */
  readonly problem?: string;
  /** The next attempt is not before. */
  readonly waitMs?: number;
  /** The platform's mail server is to blame: the endpoint is not disabled for it. */
  readonly isOurs?: boolean;
  readonly recipients?: RecipientStates;
}
