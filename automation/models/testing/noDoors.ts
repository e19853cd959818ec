import type { ModelDoors } from "../modelDoors.ts";

/** For runs with the template model: nothing is opened. */
export const NO_DOORS: Pick<ModelDoors, "open" | "close" | "closeAll"> = {
  open: () => Promise.reject(new Error("no model by key here")),
  close: async () => {},
  closeAll: async () => {},
};
