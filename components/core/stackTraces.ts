/**
 * For programs that Node runs as they are: leaves stack traces to Node. Pulumi's runner has `source-map-support` map every frame of every
 * trace, and the SDK takes one with each promise: a quarter of a program's time. Where nothing is compiled the positions are right without.
 *
 * @returns puts back what was there
 */
export function useNativeStackTraces(): () => void {
  const { prepareStackTrace: before } = Error;
  Reflect.deleteProperty(Error, "prepareStackTrace");
  return () => {
    Error.prepareStackTrace = before;
  };
}
