/** Grey bars where the content will be; a screen reader hears what is loaded. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <div className="loading" role="status">
      <span className="hidden">Loading {what} …</span>
      <div />
      <div />
      <div />
    </div>
  );
}
