import { type TestSandbox } from "./sandbox";

/** What a person does at Cloudflare with the operator's own token. */
export class CloudflarePerson {
  constructor(private readonly sandbox: TestSandbox) {}

  /** A user API token that may read the zones and nothing else. Returns its value. */
  async createToken(name: string): Promise<string> {
    const zones = this.sandbox
      .cloudflare()
      .zones.map(({ id }) => [`com.cloudflare.api.account.zone.${id}`, "*"]);
    // Zone Read
    const groups = [{ id: "c8fed203ed3043cba015a93ad1616f1f" }];
    const policies = [
      { effect: "allow", permission_groups: groups, resources: Object.fromEntries(zones) as object },
    ];
    const answer = await fetch(`${this.sandbox.url("cloudflare")}/client/v4/user/tokens`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.sandbox.session.world.credentials["CLOUDFLARE_API_TOKEN"] ?? ""}`,
        "content-type": "application/json",
        "user-agent": "a-person",
      },
      body: JSON.stringify({ name, policies }),
    });
    if (answer.status !== 200) throw new Error(`${name} was not made: ${answer.status}`);
    const { result } = (await answer.json()) as { result: { value: string } };
    return result.value;
  }
}
