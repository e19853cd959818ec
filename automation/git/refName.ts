const FORM = /^[A-Za-z0-9_][\w./+-]{0,199}$/;

/** Whether a text can be the name of a branch or tag, or an id of a commit (git-check-ref-format, and narrower). */
export function isRefName(text: string): boolean {
  if (!FORM.test(text) || text.includes("..") || text.endsWith(".")) return false;
  return text.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}
