export { callName } from "./call";
export { locateMoto, type LocateMotoOptions, type Moto } from "./install";
export * from "./records";
export {
  administrator,
  createAccessKey,
  createAdministrator,
  createBucket,
  createParameter,
  createUser,
} from "./seeding";
export { type RunningAws, startAws, type StartAwsOptions } from "./start";
