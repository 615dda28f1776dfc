import { type EnvironmentVariable } from "@raxx/providers";

import {
  githubVariablePlace,
  isDistributed,
  markerOf,
  tokens,
  type Environment,
  type Setting,
  type StackConfiguration,
  type Token,
  type TokenGenerations,
} from "../catalog";

/** What a stack is to have: its configuration, and the tokens of the catalog that have a generation in it. */
export class Stack {
  readonly environment: Environment;
  /** What is issued, and what is in custody. */
  readonly provisioned: readonly Token[];
  readonly issued: readonly Token[];
  /** What is issued and goes to its places: all but the Access service tokens that no policy names yet. */
  readonly distributed: readonly Token[];

  constructor(readonly configuration: StackConfiguration) {
    this.environment = configuration.environment;
    this.provisioned = tokens.filter(({ name }) => configuration.generations.has(name));
    this.issued = this.provisioned.filter(({ issuer }) => issuer.kind !== "custody");
    this.distributed = this.issued.filter((token) => this.isDistributed(token));
  }

  /** Whether it goes to its places, whichever object of the program speaks of it. */
  isDistributed(token: Token): boolean {
    return isDistributed(this.generationsOf(token));
  }

  generationsOf({ name }: Token): TokenGenerations {
    const generations = this.configuration.generations.get(name);
    if (generations === undefined) throw new Error("a token is provisioned without a generation");
    return generations;
  }

  /** The current one, and the previous one where it is kept. */
  generationNames(token: Token): string[] {
    const { current, previous } = this.generationsOf(token);
    return [current, ...(previous === undefined ? [] : [previous])].map(({ name }) => name);
  }

  /** By which a vendor's own record of it is known for ours. */
  markerOf({ name }: Token, generation?: string): string {
    return markerOf(this.environment, name, generation);
  }

  /** The settings of one kind that go with what is distributed. */
  settings<Kind extends Setting["kind"]>(kind: Kind): Extract<Setting, { kind: Kind }>[] {
    return this.distributed
      .flatMap((token) => token.settings)
      .filter((setting): setting is Extract<Setting, { kind: Kind }> => setting.kind === kind);
  }

  /** The variables of the stack's GitHub environment by name, each with what `raxx:adopt` calls it. */
  githubVariables(): [string, EnvironmentVariable][] {
    const { configuration, environment } = this;
    return this.settings("github-environment-variable").map(({ name, value }) => {
      const { name: adoptKey, importId } = githubVariablePlace(configuration, name);
      const adopted = configuration.adopt.has(adoptKey);
      return [name, { value: value[environment] ?? "", importId, adoptKey, adopted }];
    });
  }
}
