import { UserError } from "@raxx/providers/errors";
import { z } from "zod";

const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          type: z.string(),
          id: z.string().optional(),
          urn: z.string(),
          parent: z.string().optional(),
          delete: z.boolean().optional(),
          inputs: z.record(z.string(), z.unknown()).optional(),
          outputs: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .nullish(),
  }),
});
export type StateResource = NonNullable<z.output<typeof stateSchema>["deployment"]["resources"]>[number];

/** The resources of an exported state, without those that are pending deletion. */
export function resourcesIn(stack: string, state: unknown): StateResource[] {
  const parsed = stateSchema.safeParse(state);
  if (!parsed.success) throw unreadable(stack);
  return (parsed.data.deployment.resources ?? []).filter((resource) => resource.delete !== true);
}

/** `TOKEN@generation` → `TOKEN` */
export function tokenOf(source: string): string {
  return source.split("@")[0] ?? "";
}

/** Without the state's own text, which may hold anything. */
export function unreadable(stack: string): UserError {
  return new UserError(
    `the state of stack ${stack} cannot be read: pulumi stack export --stack ${stack} shows it`,
  );
}
