import { inspect } from "node:util";

import { z } from "zod";

import { VendorError } from "../../providers/errors";
import { type Call, type Refusal, VendorHttp } from "../../providers/http";
import { canary, failureOf, type LittleServer, sendJson, serve } from "./support";

const servers: LittleServer[] = [];
const started = async (...args: Parameters<typeof serve>): Promise<LittleServer> => {
  const server = await serve(...args);
  servers.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const shape = z.object({ ok: z.boolean() });
const get: Call = { operation: "read a thing", method: "GET", path: "/thing", idempotent: true };
const post: Call = {
  operation: "mint a thing",
  method: "POST",
  path: "/things",
  body: { name: "thing" },
  idempotent: false,
};

function http(
  server: Pick<LittleServer, "url">,
  more: Partial<ConstructorParameters<typeof VendorHttp>[0]> = {},
): VendorHttp {
  return new VendorHttp({
    vendor: "acme",
    baseUrl: server.url,
    headers: {},
    explain: () => "look at acme",
    ...more,
  });
}

async function vendorFailure(run: Promise<unknown>): Promise<VendorError> {
  const failure = await failureOf(run);
  if (!(failure instanceof VendorError)) throw failure;
  return failure;
}

describe("redirects", () => {
  it.each([301, 302, 303, 307, 308])(
    "a %i is refused, and neither the body nor a header reaches its target",
    async (status) => {
      const [value, bearer] = [canary(), canary()];
      const target = await started((response) => {
        sendJson(response, 200, { ok: true });
      });
      const server = await started((response) => {
        response.writeHead(status, { location: `${target.url}/login`, "content-type": "text/html" }).end();
      });
      const call = { ...get, method: "PATCH", body: { value } } as const;
      const client = http(server, { headers: { authorization: bearer } });
      const failure = await vendorFailure(client.call(call, shape));
      expect(failure.status).toBe(status);
      expect(failure.retryable).toBe(false);
      expect(target.received).toEqual([]);
      expect(server.received).toHaveLength(1);
      expect(inspect(failure)).not.toContain(target.url);
    },
  );
});

describe("answers", () => {
  it.each([
    ["JSON", 200, "application/json"],
    ["JSON with a charset, in capitals", 200, "Application/JSON; charset=utf-8"],
    ["a vendor's JSON", 201, "application/vnd.heroku+json; version=3"],
    ["part of a list", 206, "application/json"],
  ])("takes %s", async (_kind, status, type) => {
    const server = await started((response) => {
      response.writeHead(status, { "content-type": type, "content-range": "id a..b", "x-more": "yes" });
      response.end('{"ok":true,"extra":1}');
    });
    const answer = await http(server).call(get, shape);
    expect(answer).toMatchObject({ status, body: { ok: true }, headers: { "x-more": "yes" } });
    expect(answer.body).not.toHaveProperty("extra");
  });

  it.each([
    ["HTML", "text/html; charset=utf-8", "<html>ok</html>"],
    ["JSON that calls itself HTML", "text/html", '{"ok":true}'],
    ["text that calls itself JSON", "application/json", "<html>ok</html>"],
    ["an empty body", "application/json", ""],
    ["another shape", "application/json", '{"ok":"yes"}'],
    ["a look-alike content type", "application/json-seq", '{"ok":true}'],
  ])("refuses %s with status 200", async (_kind, type, body) => {
    const server = await started((response) => {
      response.writeHead(200, { "content-type": type }).end(body);
    });
    const failure = await vendorFailure(http(server).call(get, shape));
    expect(failure.message).toBe("acme answered 200 when asked to read a thing: look at acme");
    expect(failure).toMatchObject({ status: 200, retryable: false, operation: "read a thing" });
  });

  it("refuses JSON with an error status, even in the right shape", async () => {
    const server = await started((response) => {
      sendJson(response, 404, { ok: true });
    });
    expect((await vendorFailure(http(server).call(get, shape))).status).toBe(404);
  });

  it("hands the explanation what it needs to tell the faces of a refusal apart", async () => {
    const seen: Refusal[] = [];
    const server = await started((response) => {
      response.writeHead(403, { "content-type": "Text/Plain; charset=UTF-8" }).end("x".repeat(10_000));
    });
    const explain = (refusal: Refusal): string => {
      seen.push(refusal);
      return "as it were";
    };
    await failureOf(http(server, { explain }).call(get, shape));
    expect(seen).toEqual([{ status: 403, contentType: "text/plain", text: "x".repeat(4096) }]);
  });

  it("names the vendor's id of the request", async () => {
    const server = await started((response) => {
      sendJson(response, 400, {}, { "request-id": "r-1", "cf-ray": "ray-2" });
    });
    const plain = await vendorFailure(http(server).call(get, shape));
    expect(plain.requestId).toBe("r-1");
    expect(plain.message).toContain("(request r-1)");
    const other = http(server, { requestIdHeader: "cf-ray" });
    expect((await vendorFailure(other.call(get, shape))).requestId).toBe("ray-2");
  });
});

describe("what is sent", () => {
  it("is JSON under its own User-Agent, with the headers of the client and of the call", async () => {
    const server = await started((response) => {
      sendJson(response, 200, { ok: true });
    });
    const client = http(server, { headers: { authorization: "of the client", "x-kept": "yes" } });
    await client.call({ ...post, headers: { authorization: "of the call" } }, shape);
    expect(server.received).toMatchObject([
      {
        method: "POST",
        url: "/things",
        body: '{"name":"thing"}',
        headers: {
          "user-agent": expect.stringMatching(/^raxx-credential-provisioning\/\d/) as string,
          "content-type": "application/json",
          accept: "application/json",
          authorization: "of the call",
          "x-kept": "yes",
        },
      },
    ]);
  });

  it("has no content type without a body, and an encoded query below the base's path", async () => {
    const server = await started((response) => {
      sendJson(response, 200, { ok: true });
    });
    const client = http({ url: `${server.url}/api/` });
    await client.call({ ...get, query: { path: "/a b&c", flag: "true" } }, shape);
    expect(server.received[0]?.url).toBe("/api/thing?path=%2Fa+b%26c&flag=true");
    expect(server.received[0]?.headers).not.toHaveProperty("content-type");
  });
});

describe("retries", () => {
  /** Answers with each of the statuses in turn, then with 200. */
  const failing =
    (...statuses: number[]): Parameters<typeof serve>[0] =>
    (response, _request, count) => {
      const status = statuses[count - 1];
      if (status === undefined) sendJson(response, 200, { ok: true });
      else sendJson(response, status, {});
    };

  it("a 429 is waited out as Retry-After says, whatever the call", async () => {
    const server = await started((response, _request, count) => {
      if (count === 1) sendJson(response, 429, {}, { "retry-after": "1" });
      else sendJson(response, 200, { ok: true });
    });
    const before = Date.now();
    await http(server).call(post, shape);
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
    expect(server.received.map(({ body }) => body)).toEqual(['{"name":"thing"}', '{"name":"thing"}']);
  });

  it("a Retry-After of an hour is cut to ten seconds", async () => {
    const server = await started((response, _request, count) => {
      if (count === 1) sendJson(response, 429, {}, { "retry-after": "3600" });
      else sendJson(response, 200, { ok: true });
    });
    const real = globalThis.setTimeout;
    const long: number[] = [];
    const spy = jest.spyOn(globalThis, "setTimeout").mockImplementation((run: () => void, ms = 0) => {
      if (ms < 5000) return real(run, ms);
      long.push(ms);
      return real(run, 0);
    });
    try {
      await http(server).call(get, shape);
    } finally {
      spy.mockRestore();
    }
    expect(long).toContain(10_000);
    expect(Math.max(...long)).toBeLessThanOrEqual(15_000);
  });

  it("gives up on a 429 after two retries, and says that it may be tried again", async () => {
    const server = await started(failing(...Array<number>(9).fill(429)));
    const failure = await vendorFailure(http(server).call(post, shape));
    expect(failure).toMatchObject({ status: 429, retryable: true });
    expect(server.received).toHaveLength(3);
  });

  it.each([500, 502, 503, 504])("a %i is asked again where that is the same as once", async (status) => {
    const server = await started(failing(status));
    await http(server).call(get, shape);
    expect(server.received).toHaveLength(2);
  });

  it("an idempotent PATCH is asked again with the same body", async () => {
    const server = await started(failing(503));
    await http(server).call({ ...post, method: "PATCH", idempotent: true }, shape);
    expect(server.received.map(({ body }) => body)).toEqual(['{"name":"thing"}', '{"name":"thing"}']);
  });

  it.each([500, 502, 503, 504])(
    "a call that is not idempotent is sent once when it gets a %i",
    async (status) => {
      const server = await started(failing(status));
      const failure = await vendorFailure(http(server).call(post, shape));
      expect(failure).toMatchObject({ status, retryable: true });
      expect(server.received).toHaveLength(1);
    },
  );

  it.each([400, 401, 403, 404, 409, 422])("a %i is never asked again", async (status) => {
    const server = await started(failing(status));
    expect(await vendorFailure(http(server).call(get, shape))).toMatchObject({ status, retryable: false });
    expect(server.received).toHaveLength(1);
  });

  it("a lost answer is asked for again where that is the same as once", async () => {
    const server = await started((response, _request, count) => {
      if (count === 1) response.destroy();
      else sendJson(response, 200, { ok: true });
    });
    expect((await http(server).call(get, shape)).body).toEqual({ ok: true });
    expect(server.received).toHaveLength(2);
  });

  it("a POST whose answer is lost is sent exactly once", async () => {
    const server = await started((response) => {
      response.destroy();
    });
    const failure = await vendorFailure(http(server).call(post, shape));
    expect(failure).toMatchObject({ status: undefined, retryable: true });
    expect(failure.message).toBe("acme gave no answer when asked to mint a thing: look at acme");
    expect(server.received).toHaveLength(1);
  });

  it("a POST whose answer breaks off in the middle is sent exactly once", async () => {
    const server = await started((response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"ok":', () => response.destroy());
    });
    expect(await vendorFailure(http(server).call(post, shape))).toMatchObject({ retryable: true });
    expect(server.received).toHaveLength(1);
  });

  it("an answer that broke off is never patched together from two", async () => {
    const whole = '{"ok":true,"filler":"0123456789"}';
    const server = await started((response, request, count) => {
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": String(whole.length),
      });
      if (count === 1 && request.headers.range === undefined) {
        response.write(whole.slice(0, 10), () => response.destroy());
      } else response.end(whole);
    });
    const failure = await vendorFailure(http(server).call(get, shape));
    expect(failure).toMatchObject({ status: undefined, retryable: true });
  });

  it("a POST to a port where nobody listens yet is tried again: nothing had been sent", async () => {
    const gone = await serve((response) => {
      sendJson(response, 200, { ok: true });
    });
    await gone.close();
    const call = http(gone).call(post, shape);
    const server = await started((response) => {
      sendJson(response, 200, { ok: true });
    }, gone.port);
    await call;
    expect(server.received).toHaveLength(1);
  });
});

describe("the error", () => {
  const [inBody, inHeader, inQuery, own] = [canary(), canary(), canary(), canary()];
  const call: Call = {
    ...post,
    body: { value: inBody },
    headers: { authorization: `Bearer ${inHeader}` },
    query: { token: inQuery },
  };

  it.each([
    ["an error status", 400, "application/json"],
    ["a server error", 500, "application/json"],
    ["a redirect", 302, "text/html"],
    ["a page", 200, "text/html"],
    ["another shape", 200, "application/json"],
    ["no JSON", 200, "application/json+broken"],
  ])("shows nothing of what was sent or echoed with %s", async (_kind, status, type) => {
    const server = await started((response, request) => {
      const echo = JSON.stringify({ error: { body: request.body, headers: request.headers, own } });
      response
        .writeHead(status, {
          "content-type": type,
          location: `/login?back=${inBody}`,
          "set-cookie": `session=${own}`,
          "x-echo": inHeader,
        })
        .end(echo);
    });
    const failure = await vendorFailure(http(server).call(call, shape));
    const shown = [failure.message, failure.stack, JSON.stringify(failure), inspect(failure, { depth: 9 })];
    expect(server.received[0]?.body).toContain(inBody);
    for (const secret of [inBody, inHeader, inQuery, own]) expect(shown.join("\n")).not.toContain(secret);
  });

  it("shows nothing of the call where no answer came, nor of the cause", async () => {
    const server = await started((response) => {
      response.destroy();
    });
    const failure = await vendorFailure(http(server).call(call, shape));
    expect(failure.cause).toBeUndefined();
    const shown = inspect(failure, { depth: 9 });
    for (const secret of [inBody, inHeader, inQuery]) expect(shown).not.toContain(secret);
  });

  it("shows nothing of a header that cannot be sent", async () => {
    const client = http({ url: "http://127.0.0.1:9" }, { headers: { authorization: `${own}\n` } });
    const failure = await vendorFailure(client.call(get, shape));
    expect(inspect(failure, { depth: 9 })).not.toContain(own);
    expect(failure.status).toBeUndefined();
  });
});
