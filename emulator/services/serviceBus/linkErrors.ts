import type { Receiver, Sender } from "rhea";
import { toBusError } from "./errors.ts";

/** Sends the answer to an attach, which `namespaceServer` holds back. */
export function reveal(sender: Sender): void {
  const link = sender as unknown as { open?: () => void };
  delete link.open; // uncovers the library's own method
  (sender as unknown as { open(): void }).open();
}

/** A refused attach: answered without a source, then detached with the reason (what Azure does, and clients rely on). */
export function refuse(sender: Sender, error: unknown): void {
  reveal(sender);
  closeLink(sender, error);
}

/** Detaches a link with a reason. */
export function closeLink(link: Sender | Receiver, error: unknown): void {
  const { condition, message } = toBusError(error);
  link.close({ condition, description: message });
}
