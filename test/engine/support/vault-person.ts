import { InfisicalSDK } from "@infisical/sdk";
import { request } from "undici";

import { type TestSandbox } from "./sandbox";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** What a person does in the vault, with the API and with the vendor's own client. */
export class VaultPerson {
  private session: Promise<string> | undefined;

  /** `bearer` is whose rights it has. @default those of the run itself, logged in */
  constructor(
    protected readonly sandbox: TestSandbox,
    bearer?: string,
  ) {
    if (bearer !== undefined) this.session = Promise.resolve(bearer);
  }

  get projectId(): string {
    return this.credential("INFISICAL_PROJECT_ID");
  }

  /** The body of the answer; fails where the vault refuses. */
  async call(method: Method, path: string, body?: unknown): Promise<unknown> {
    const { status, text } = await this.ask(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status}`);
    return JSON.parse(text);
  }

  /** Whether the vault does it, by the status of its answer. */
  async statusOf(method: Method, path: string, body?: unknown): Promise<number> {
    return (await this.ask(method, path, body)).status;
  }

  private async ask(method: Method, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    this.session ??= this.logIn();
    const answer = await request(`${this.sandbox.url("infisical")}/api${path}`, {
      method,
      headers: {
        ...this.accessHeaders,
        authorization: `Bearer ${await this.session}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  /** Writes another value, as the vault's web page does. */
  async rotate(environment: string, secretPath: string, name: string, secretValue: string): Promise<void> {
    const place = { projectId: this.projectId, environment, secretPath };
    await this.call("PATCH", `/v4/secrets/${name}`, { ...place, secretValue });
  }

  async remove(environment: string, secretPath: string, name: string): Promise<void> {
    await this.call("DELETE", `/v4/secrets/${name}`, { projectId: this.projectId, environment, secretPath });
  }

  /**
   * Runs something with the official SDK, logged in. It has no option for headers: the Access pair is put in by
   * wrapping the global fetch, for as long as it runs.
   */
  async withSdk<T>(run: (sdk: InfisicalSDK) => Promise<T>): Promise<T> {
    const fetchAsItIs = globalThis.fetch;
    globalThis.fetch = (input, init) =>
      fetchAsItIs(input, {
        ...init,
        headers: { ...(init?.headers as Record<string, string>), ...this.accessHeaders },
      });
    try {
      const sdk = await new InfisicalSDK({ siteUrl: this.sandbox.url("infisical") })
        .auth()
        .universalAuth.login({
          clientId: this.credential("INFISICAL_CLIENT_ID"),
          clientSecret: this.credential("INFISICAL_CLIENT_SECRET"),
        });
      return await run(sdk);
    } finally {
      globalThis.fetch = fetchAsItIs;
    }
  }

  private async logIn(): Promise<string> {
    const answer = await request(`${this.sandbox.url("infisical")}/api/v1/auth/universal-auth/login`, {
      method: "POST",
      headers: { ...this.accessHeaders, "content-type": "application/json" },
      body: JSON.stringify({
        clientId: this.credential("INFISICAL_CLIENT_ID"),
        clientSecret: this.credential("INFISICAL_CLIENT_SECRET"),
      }),
    });
    return ((await answer.body.json()) as { accessToken: string }).accessToken;
  }

  private get accessHeaders(): Record<string, string> {
    return {
      "user-agent": "a-person",
      "cf-access-client-id": this.credential("CF_ACCESS_CLIENT_ID"),
      "cf-access-client-secret": this.credential("CF_ACCESS_CLIENT_SECRET"),
    };
  }

  private credential(name: string): string {
    return this.sandbox.session.world.credentials[name] ?? "";
  }
}
