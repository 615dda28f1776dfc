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
    const { value } = await this.call<{ value: string }>("POST", "user/tokens", { name, policies });
    return value;
  }

  /** A text. Returns its id. */
  async createTxt(zoneId: string, name: string, content: string): Promise<string> {
    const record = { type: "TXT", name, content, ttl: 1 };
    const { id } = await this.call<{ id: string }>("POST", `zones/${zoneId}/dns_records`, record);
    return id;
  }

  async deleteRecord(zoneId: string, id: string): Promise<void> {
    await this.call("DELETE", `zones/${zoneId}/dns_records/${id}`);
  }

  private async call<Result>(method: string, path: string, body?: object): Promise<Result> {
    const answer = await fetch(`${this.sandbox.url("cloudflare")}/client/v4/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.sandbox.session.world.credentials["CLOUDFLARE_API_TOKEN"] ?? ""}`,
        "content-type": "application/json",
        "user-agent": "a-person",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status}`);
    return ((await answer.json()) as { result: Result }).result;
  }
}
