const AGREEMENT =
  /^\W*(?:i\s+)?(?:approved?|agree|yes|ok|okay|go ahead)(?:\W+(?:please|do it|deploy it(?: anyway)?|go ahead))?\W*$/i;

/** Whether an answer agrees and says nothing else: "yes, but without mail" is a wish. */
export function isAgreement(answer: string): boolean {
  return AGREEMENT.test(answer);
}
