import { type ApiToken } from "../../../../sandbox/vendors/cloudflare";
import { type Properties, without } from "../../../../sandbox/plugins/kit/properties";
import { found } from "../../vendors/cloudflare/harness";
import { revealed } from "../plugin-client";
import { given, types, type World } from "./world";

/** One of the two resources for tokens. */
export interface Kind {
  title: string;
  type: string;
  path: string;
  prefix: string;
}

export const kinds: Kind[] = [
  { title: "ApiToken", type: types.apiToken, path: "/user/tokens", prefix: "cfut_" },
  { title: "AccountToken", type: types.accountToken, path: "/accounts/ACCOUNT/tokens", prefix: "cfat_" },
];

export interface Made {
  id: string;
  state: Properties;
}

/** What the tests of both kinds do with a token. */
export function tokensOf(world: () => World, { type, path }: Kind) {
  const account = () => world().harness.ids.account;
  const inputs = (extra: Properties = {}): Properties => ({
    ...(type === types.accountToken && { accountId: account() }),
    name: "raxx-dns",
    policies: [given(world().harness.onZone("DNS Write"))],
    ...extra,
  });
  const make = async (extra: Properties = {}): Promise<Made & { value: string }> => {
    const { id, state } = await world().client.create(type, inputs(extra));
    world().calls();
    return { id, state, value: String(revealed(state["value"])) };
  };
  return {
    inputs,
    make,
    update: ({ id, state }: Made, extra: Properties, preview = false) =>
      world().client.update(type, { id, olds: state, news: inputs(extra), preview }),
    refresh: ({ id, state }: Made) =>
      world().client.read(type, id, { state, inputs: without(inputs(), "condition") }),
    record: (id: string): ApiToken => found(world().harness.state.tokens.find((token) => token.id === id)),
    importId: (id: string) => (type === types.accountToken ? `${account()}/${id}` : id),
    verify: (value: unknown) => world().verify(value, `${path.replace("ACCOUNT", account())}/verify`),
  };
}
