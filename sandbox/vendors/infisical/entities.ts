/** The vault's database, and what a world needs to fill it. */
export * from "./records";
export * from "./seeding";
export * from "./identity-seeding";
