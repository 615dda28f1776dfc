import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../kit/vendor";
import { type InfisicalState } from "./records";

const licenceSchema = z.strictObject({ identities: z.int().min(0).nullable() });

/** Serves `GET|PUT /_sandbox/licence`: how many identities the organization may have, null being no limit. */
export function registerLicence(app: FastifyInstance, { store }: VendorContext<InfisicalState>): void {
  const { state } = store;
  app.get("/_sandbox/licence", () => ({ identities: state.identityLimit }));
  app.put("/_sandbox/licence", async (request, reply) => {
    const licence = licenceSchema.safeParse(request.body);
    if (!licence.success)
      return reply.code(422).send({ message: licence.error.issues.map((issue) => issue.message) });
    state.identityLimit = licence.data.identities;
    store.save();
    return { identities: state.identityLimit };
  });
}
