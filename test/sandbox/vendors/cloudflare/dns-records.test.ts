import { createDnsRecord } from "../../../../sandbox/vendors/cloudflare";
import { all, failed, failure, found, Harness, success } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

const path = () => `/zones/${harness.ids.zone}/dns_records`;
const txt = { type: "TXT", name: "_dmarc", content: "v=DMARC1; p=none", ttl: 1 };
const mx = { type: "MX", name: "@", content: "aspmx.l.google.com", ttl: 300, priority: 1 };

const post = (body: object) => harness.call("POST", path(), { body });

async function make(body: object): Promise<Record<string, unknown> & { id: string }> {
  const answer = await post(body);
  expect(answer).toMatchObject({ status: 200, body: success });
  return answer.body.result as Record<string, unknown> & { id: string };
}

async function list(query: string): Promise<string[]> {
  const { body } = await harness.call("GET", `${path()}?${query}`);
  return (body.result as { name: string; content: string }[]).map(
    ({ name, content }) => `${name} ${content}`,
  );
}

test("POST answers 200 with the whole record", async () => {
  expect(await make({ ...txt, comment: "for mail" })).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    name: "_dmarc.raxx.app",
    type: "TXT",
    content: "v=DMARC1; p=none",
    ttl: 1,
    proxied: false,
    proxiable: false,
    settings: {},
    meta: {},
    comment: "for mail",
    comment_modified_on: expect.any(String) as unknown,
    tags: [],
    created_on: expect.stringMatching(/\.\d{6}Z$/) as unknown,
    modified_on: expect.any(String) as unknown,
  });
  expect(await make(mx)).toMatchObject({ name: "raxx.app", priority: 1, comment: null });
});

describe("what is kept is not always what was sent", () => {
  test.each<[string, string]>([
    ["@", "raxx.app"],
    ["raxx.app", "raxx.app"],
    ["www", "www.raxx.app"],
    ["WWW.Raxx.App.", "www.raxx.app"],
    ["a.b", "a.b.raxx.app"],
    ["*", "*.raxx.app"],
    ["notraxx.app", "notraxx.app.raxx.app"],
    ["bücher", "xn--bcher-kva.raxx.app"],
  ])("the name %s is %s", async (name, kept) => {
    expect(await make({ ...txt, name })).toMatchObject({ name: kept });
  });

  test.each<[string, string, string]>([
    ["CNAME", "Target.Example.COM.", "target.example.com"],
    ["MX", "ASPMX.L.Google.com.", "aspmx.l.google.com"],
    ["NS", "NS1.example.com", "ns1.example.com"],
    ["AAAA", "2001:0DB8:0:0::0001", "2001:db8::1"],
    ["A", "192.0.2.1", "192.0.2.1"],
    ["TXT", "Case Matters", "Case Matters"],
    ["TXT", '"in quotation marks"', '"in quotation marks"'],
    ["TXT", '"two" "strings"', '"two" "strings"'],
  ])("the content of %s %s is %s", async (type, content, kept) => {
    expect(await make({ type, name: "a", content, ttl: 1, priority: 5 })).toMatchObject({ content: kept });
  });

  test("a text of more than 255 bytes is split into quoted strings, with and without marks", async () => {
    const [first, rest] = ["x".repeat(255), "y".repeat(145)];
    const kept = `"${first}" "${rest}"`;
    expect(await make({ ...txt, name: "a", content: first + rest })).toMatchObject({ content: kept });
    expect(await make({ ...txt, name: "b", content: `"${first}${rest}"` })).toMatchObject({ content: kept });
  });

  test("a proxied record has the automatic TTL", async () => {
    const body = { type: "A", name: "a", content: "192.0.2.1", ttl: 300, proxied: true };
    expect(await make(body)).toMatchObject({ proxied: true, proxiable: true, ttl: 1 });
  });

  test("only MX has a priority", async () => {
    expect(await make({ ...txt, priority: 5 })).not.toHaveProperty("priority");
  });
});

test.each<[string, object, number[]]>([
  ["no type", { name: "a", content: "b", ttl: 1 }, [9100]],
  ["no name", { type: "TXT", content: "b", ttl: 1 }, [9100]],
  ["no TTL", { type: "TXT", name: "a", content: "b" }, [9100]],
  ["no content", { type: "TXT", name: "a", ttl: 1 }, [9100]],
  ["an empty text", { ...txt, content: "" }, [9100]],
  ["a text of other characters", { ...txt, content: "ä" }, [9100]],
  ["a text with one quotation mark", { ...txt, content: '"a' }, [9100]],
  ["a text of more than 2048 characters", { ...txt, content: "a".repeat(2049) }, [9100]],
  ["a name with a space", { ...txt, name: "a b" }, [9000]],
  ["a label of 64 characters", { ...txt, name: "a".repeat(64) }, [9000]],
  ["a TTL of 59", { ...txt, ttl: 59 }, [9021]],
  ["a TTL of 0", { ...txt, ttl: 0 }, [9021]],
  ["a TTL of more than a day", { ...txt, ttl: 86_401 }, [9021]],
  ["no priority for MX", { ...mx, priority: undefined }, [9100]],
  ["a priority of 65536", { ...mx, priority: 65_536 }, [9008]],
  ["an address for MX", { ...mx, content: "192.0.2.1" }, [9009]],
  ["a priority in the content", { ...mx, content: "1 aspmx.l.google.com" }, [9009]],
  ["a proxied MX", { ...mx, proxied: true }, [9004]],
  ["a proxied TXT", { ...txt, proxied: true }, [9004]],
  ["a name for A", { type: "A", name: "a", content: "example.com", ttl: 1 }, [9005]],
  ["an IPv4 address for AAAA", { type: "AAAA", name: "a", content: "192.0.2.1", ttl: 1 }, [9006]],
  ["an address for CNAME", { type: "CNAME", name: "a", content: "192.0.2.1", ttl: 1 }, [9007]],
  ["its own name for CNAME", { type: "CNAME", name: "a", content: "A.raxx.app", ttl: 1 }, [9039]],
  ["two faults", { ...mx, priority: undefined, content: "192.0.2.1" }, [9009, 9100]],
  ["a type that is not emulated", { type: "CAA", name: "a", content: "b", ttl: 1 }, [9022]],
  ["a comment too long for a free zone", { ...txt, comment: "a".repeat(101) }, [9300]],
  ["tags in a free zone", { ...txt, tags: ["owner:a"] }, [9301]],
  ["a TTL as text", { ...txt, ttl: "300" }, [9207]],
  ["an unknown field", { ...txt, value: "b" }, [9207]],
])("POST with %s answers 400 and makes nothing", async (_what, body, codes) => {
  expect(await post(body)).toMatchObject(failed(400, ...codes));
  expect(harness.zone.records).toEqual([]);
});

test("an enterprise zone takes a TTL of 30, a paid one comments and tags", async () => {
  harness.zone.plan = "enterprise";
  const body = { ...txt, ttl: 30, comment: "a".repeat(500), tags: ["owner:a"] };
  expect(await make(body)).toMatchObject({ ttl: 30, tags: ["owner:a"] });
});

describe("records of one name", () => {
  const a = { type: "A", name: "www", content: "192.0.2.1", ttl: 1 };
  const cname = { type: "CNAME", name: "www", content: "example.com", ttl: 1 };

  test.each<[string, object, object]>([
    ["A", a, { ...a, ttl: 300 }],
    ["MX, whatever the priority", mx, { ...mx, content: "ASPMX.L.GOOGLE.COM.", priority: 5 }],
    ["TXT, in quotation marks or not", txt, { ...txt, content: `"${txt.content}"` }],
    [
      "AAAA, however it is written",
      { ...a, type: "AAAA", content: "2001:db8::1" },
      { ...a, type: "AAAA", content: "2001:db8:0::1" },
    ],
  ])("an identical %s answers 400 81058, or 81057 as before", async (_type, first, second) => {
    await make(first);
    expect(await post(second)).toMatchObject(failed(400, 81058));
    harness.state.variants.identical_record_code = 81057;
    expect(await post(second)).toMatchObject(failed(400, 81057));
    expect(harness.zone.records).toHaveLength(1);
  });

  test("may be many with other content: TXT, MX, A", async () => {
    await make(txt);
    await make({ ...txt, content: "other" });
    await make(mx);
    await make({ ...mx, content: "alt1.aspmx.l.google.com" });
    await make(a);
    await make({ ...a, content: "192.0.2.2" });
    expect(harness.zone.records).toHaveLength(6);
  });

  test("CNAME stands beside no other CNAME and no address, and beside a text", async () => {
    await make(cname);
    expect(await post(a)).toMatchObject(failed(400, 81054));
    expect(await post({ ...cname, content: "other.com" })).toMatchObject(failed(400, 81053));
    await make({ ...txt, name: "www" });
    await make({ ...a, name: "api" });
    expect(await post({ ...cname, name: "api" })).toMatchObject(failed(400, 81053));
  });

  test("a change that makes a record identical to another is refused, to itself it is not", async () => {
    const first = await make(txt);
    await make({ ...txt, content: "other" });
    const patch = (body: object) => harness.call("PATCH", `${path()}/${first.id}`, { body });
    expect(await patch({ content: "other" })).toMatchObject(failed(400, 81058));
    expect((await patch({ content: txt.content })).status).toBe(200);
  });
});

describe("changes", () => {
  test("PUT puts the body in place of all there was", async () => {
    const made = await make({ ...mx, comment: "mail" });
    const { body } = await harness.call("PUT", `${path()}/${made.id}`, { body: { ...mx, ttl: 600 } });
    expect(body.result).toMatchObject({ id: made.id, ttl: 600, comment: null, created_on: made.created_on });
    const { priority, ...rest } = mx;
    expect(priority).toBe(1);
    expect(await harness.call("PUT", `${path()}/${made.id}`, { body: rest })).toMatchObject(
      failed(400, 9100),
    );
  });

  test("PATCH changes what it names", async () => {
    const made = await make({ ...mx, comment: "mail" });
    const { body } = await harness.call("PATCH", `${path()}/${made.id}`, { body: { ttl: 600 } });
    expect(body.result).toMatchObject({ ttl: 600, comment: "mail", priority: 1, content: mx.content });
    const proxied = await harness.call("PATCH", `${path()}/${made.id}`, { body: { proxied: true } });
    expect(proxied).toMatchObject(failed(400, 9004));
  });

  test("neither changes the type", async () => {
    const made = await make(txt);
    const body = { type: "NS", name: "_dmarc", content: "ns1.example.com", ttl: 1 };
    for (const method of ["PUT", "PATCH"]) {
      expect(await harness.call(method, `${path()}/${made.id}`, { body })).toMatchObject(failed(400, 1004));
    }
  });

  test("DELETE answers the id; afterwards every method answers 404 81044", async () => {
    const made = await make(txt);
    const one = `${path()}/${made.id}`;
    expect((await harness.call("DELETE", one)).body).toMatchObject({ ...success, result: { id: made.id } });
    for (const method of ["GET", "DELETE", "PUT", "PATCH"]) {
      const body = method === "PUT" || method === "PATCH" ? txt : undefined;
      expect(await harness.call(method, one, { body })).toMatchObject(failed(404, 81044));
    }
  });

  test("a record of another zone is not found", async () => {
    const made = await make(txt);
    const other = `/zones/${harness.ids.otherZone}/dns_records/${made.id}`;
    expect(await harness.call("GET", other)).toMatchObject(failed(404, 81044));
    expect(await harness.call("DELETE", other)).toMatchObject(failed(404, 81044));
  });
});

describe("lists", () => {
  beforeEach(() => {
    for (const record of [
      { type: "TXT", name: "@", content: "v=spf1 -all", comment: "mail" },
      { type: "TXT", name: "_dmarc", content: "v=DMARC1; p=none" },
      { type: "A", name: "www", content: "192.0.2.1", proxied: true },
    ]) {
      createDnsRecord(harness.state, harness.zone, record);
    }
  });

  const [spf, dmarc, www] = [
    "raxx.app v=spf1 -all",
    "_dmarc.raxx.app v=DMARC1; p=none",
    "www.raxx.app 192.0.2.1",
  ];

  test.each<[string, string[]]>([
    ["", [spf, dmarc, www]],
    ["name=raxx.app", [spf]],
    ["name=www", []],
    ["name.exact=WWW.raxx.app", [www]],
    ["name.contains=raxx", [spf, dmarc, www]],
    ["name.startswith=_", [dmarc]],
    ["content.contains=v%3D", [spf, dmarc]],
    ["content=v%3Dspf1%20-all", [spf]],
    ["type=A", [www]],
    ["type=TXT&name=raxx.app", [spf]],
    ["type=MX", []],
    ["proxied=true", [www]],
    ["comment.present=", [spf]],
    ["comment.absent=", [dmarc, www]],
    ["search=dmarc", [dmarc]],
    ["name=raxx.app&content=192.0.2.1", []],
    ["name=raxx.app&content=192.0.2.1&match=any", [spf, www]],
    ["name=raxx.app&content=192.0.2.1&match=any&type=A", [www]],
    ["order=content", [www, dmarc, spf]],
    ["order=name&direction=desc", [www, spf, dmarc]],
    ["per_page=2&page=2", [www]],
  ])("?%s", async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });
});

test("through the official client a record lives", async () => {
  const { records } = harness.client().dns;
  const zone_id = harness.ids.zone;
  const made = await records.create({ zone_id, type: "TXT", name: "a", content: '"b"', ttl: 1 });
  expect(await all(records.list({ zone_id, type: "TXT", name: { exact: "a.raxx.app" } }))).toMatchObject([
    { id: made.id, content: '"b"' },
  ]);
  expect(await records.get(made.id, { zone_id })).toMatchObject({ name: "a.raxx.app" });
  const edited = await records.edit(made.id, { zone_id, type: "TXT", name: "a", content: '"c"', ttl: 60 });
  expect(edited).toMatchObject({ content: '"c"', ttl: 60 });
  const twice = records.create({ zone_id, type: "TXT", name: "a", content: "c", ttl: 1 });
  expect(await failure(twice)).toEqual({ status: 400, codes: [81058] });
  expect(await records.delete(made.id, { zone_id })).toEqual({ id: made.id });
  expect(await failure(records.get(made.id, { zone_id }))).toEqual({ status: 404, codes: [81044] });
});

test("records are still there after a restart", async () => {
  const made = await make(txt);
  await harness.restart();
  expect(found(harness.zone.records[0])).toMatchObject({ id: made.id });
});
