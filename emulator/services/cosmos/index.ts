export { createCosmos } from "./service.ts";
