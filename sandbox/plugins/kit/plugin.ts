import { type z } from "zod";

import { type Properties } from "./properties";

/**
 * A stand-in for one provider plugin. `Session` is what its configuration makes: a client, or nothing.
 */
export interface Plugin<Session> {
  /** The package's name, e.g. `github`. */
  name: string;
  /** The version of the package's SDK on npm, without a leading `v`. */
  version: string;
  /** The provider's configuration. Pulumi sends what is no text as JSON: {@link import("./check").jsonText}. */
  config: z.ZodObject;
  /** Names in `config` that are always secret. */
  secretConfig: readonly string[];
  /** Called before anything else is asked of a resource; may call the vendor, as the real plugins do. */
  configure(config: Properties, context: { signal: AbortSignal }): Session | Promise<Session>;
  /** By type token, e.g. `github:index/actionsSecret:ActionsSecret`. */
  resources: Record<string, Resource<Session>>;
  /** What a program may ask, by token, e.g. `aws:index/getCallerIdentity:getCallerIdentity`. @default nothing */
  functions?: Record<string, PluginFunction<Session>>;
}

export interface PluginFunction<Session> {
  invoke(session: Session, args: Properties): Promise<Properties>;
}

/**
 * One resource type. Each method speaks the vendor's own order of calls; what all resources have in common (secrets,
 * unknown values, previews, differences, failures) is the server's affair.
 *
 * @typeParam Inputs what `inputs` lets through
 * @typeParam State what is recorded: the inputs and the computed outputs
 */
export interface Resource<Session, Inputs = Properties, State = Properties> {
  /** Refuses what is not named in it. An input that is not known yet is not looked at. */
  inputs: z.ZodObject;
  /** One sentence for each fault among inputs that do not fit each other. An unknown one is `UNKNOWN`. */
  check?(inputs: Properties): string[];
  /** Recorded as inputs where the program gives none, as the plugins built with Terraform's SDK v2 do. */
  inputDefaults?: Properties;
  /** The same, where it follows from the provider's configuration. */
  configuredDefaults?(session: Session): Properties;
  /**
   * Outputs that stand for inputs, where more is recorded than was given.
   *
   * @param olds the recorded state, where there is one
   * @default the inputs
   */
  planned?(inputs: Inputs, olds?: State): Properties;
  /** Names of the properties that are secret even where the program says nothing. */
  secret: readonly string[];
  /** Names of the outputs that the vendor decides: unknown in a preview of a creation. */
  computed: readonly string[];
  /** Names of the inputs whose change replaces the resource. */
  replaces: readonly string[];
  /** Inputs that the vendor decides when they are not given: taking them away is no change. */
  optionalComputed?: readonly string[];
  /** @default false */
  deleteBeforeReplace?: boolean;
  /**
   * Names of the outputs that an update of these inputs may change: unknown in a preview of it.
   *
   * @default none
   */
  outdatedBy?(changed: ReadonlySet<string>, inputs: Inputs): readonly string[];
  /**
   * Whether the state stays as it was when an update fails. Plugins that are built with Terraform's plugin framework
   * say only that it failed (pulumi-terraform-bridge, pkg/pf/tfbridge/provider_update.go).
   *
   * @default false: a failure is recorded as a partial one, with the new properties, as with Terraform's SDK v2
   */
  failedUpdateKeepsState?: boolean;
  /** Names of changed inputs that replace in this case; may call the vendor. */
  replacedBy?(session: Session, olds: State, news: Inputs, changed: ReadonlySet<string>): Promise<string[]>;

  /** @throws PartialCreation when the resource exists but could not be finished; else whatever failed */
  create(session: Session, inputs: Inputs): Promise<Found<State>>;
  /** What a refresh sees, or undefined when it is gone. */
  read(session: Session, id: string, state: State): Promise<State | undefined>;
  /** What stands behind an id that the operator names, or undefined when there is nothing. */
  import(session: Session, id: string): Promise<Found<State> | undefined>;
  /**
   * @param state the recorded state with the new inputs laid over it
   * @param change the recorded state, and the inputs as the program gives them
   * @default what was planned is recorded
   */
  update?(session: Session, id: string, state: State, change: { olds: State; news: Inputs }): Promise<State>;
  /** @default nothing is left to delete */
  delete?(session: Session, id: string, state: State): Promise<void>;
}

export interface Found<State> {
  id: string;
  outputs: State;
}

/** The resource exists, and what followed its creation failed. The engine records it, and updates it in the next run. */
export class PartialCreation extends Error {
  constructor(
    readonly id: string,
    readonly outputs: Properties,
    override readonly cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : "the resource could not be finished");
  }
}
