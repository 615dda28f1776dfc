import {
  infisicalIdentityToken,
  type InfisicalIdentityTokenInputs,
  type InfisicalIdentityTokenOutputs,
} from "../../../providers/infisical/identity-token";
import {
  infisicalIdentity,
  type InfisicalIdentityInputs,
  type InfisicalIdentityOutputs,
} from "../../../providers/infisical/identity";
import {
  type AccessToken,
  type Identity,
  type Membership,
} from "../../../sandbox/vendors/infisical/entities";
import { type VaultWorld } from "./world";

export const ttlSeconds = 104 * 24 * 3600;
export const identityMarker = "raxx:prod:INF_APP_READER";
export const today = (): string => new Date().toISOString().slice(0, 10);
export const tokenMarker = (): string => `${identityMarker}:${today()}`;

/** What the tests of both resources do to a vault, and ask of it. */
export class IdentityWorld {
  constructor(readonly vault: VaultWorld) {}

  identity(client = this.vault.client()): ReturnType<typeof infisicalIdentity> {
    return infisicalIdentity(() => client);
  }

  token(client = this.vault.client(), now?: () => Date): ReturnType<typeof infisicalIdentityToken> {
    return infisicalIdentityToken(() => client, now);
  }

  identityInputs(changes: Partial<InfisicalIdentityInputs> = {}): InfisicalIdentityInputs {
    return {
      projectId: this.vault.project.id,
      marker: identityMarker,
      environment: "prod",
      folders: ["/MooseQuest/stripe", "/MooseQuest/alpaca"],
      ttlSeconds,
      ...changes,
    };
  }

  tokenInputs(
    identityId: string,
    changes: Partial<InfisicalIdentityTokenInputs> = {},
  ): InfisicalIdentityTokenInputs {
    return {
      projectId: this.vault.project.id,
      identityId,
      marker: tokenMarker(),
      ttlSeconds,
      mayMint: true,
      ...changes,
    };
  }

  async madeIdentity(): Promise<{ id: string; outs: InfisicalIdentityOutputs }> {
    return this.identity().create(this.identityInputs());
  }

  async mintedToken(identityId: string): Promise<{ id: string; outs: InfisicalIdentityTokenOutputs }> {
    return this.token().create(this.tokenInputs(identityId));
  }

  /** The identities beside that of this run. */
  made(): Identity[] {
    return this.vault.state.identities.slice(1);
  }

  only(): Identity {
    const [first, ...others] = this.made();
    if (first === undefined || others.length > 0) throw new Error(`${this.made().length} identities`);
    return first;
  }

  membership(): Membership {
    const found = this.vault.state.memberships.find(({ identityId }) => identityId === this.only().id);
    if (found === undefined) throw new Error("no membership");
    return found;
  }

  tokens(): AccessToken[] {
    return this.vault.state.accessTokens.filter(({ authMethod }) => authMethod === "token-auth");
  }
}
