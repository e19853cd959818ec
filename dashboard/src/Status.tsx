/** A status as a word with a colour; the word alone says it all. */
export function Status({ status }: { readonly status: string }) {
  return <span className={`status ${status}`}>{status}</span>;
}
