import { InfisicalClient } from "../../../providers/infisical/client";
import { UserError } from "../../../providers/errors";
import {
  createApprovalPolicy,
  createFolder,
  createSecret,
} from "../../../sandbox/vendors/infisical/entities";
import { canary, failureOf, inject, sendJson, serve, writesOf } from "../support";
import { VaultWorld } from "./world";

let world: VaultWorld;
beforeEach(async () => {
  world = await VaultWorld.start();
});
afterEach(() => world.stop());

const logins = (): number => world.vendor.log.read().filter(({ path }) => path.endsWith("/login")).length;
const write = (secretKey: string, secretValue: string): Parameters<InfisicalClient["writeSecrets"]>[2] => [
  { secretKey, secretValue, secretComment: "c", secretMetadata: [{ key: "k", value: "v" }], tagIds: [] },
];

describe("the session", () => {
  it("is one login for calls one after another and at the same time", async () => {
    const client = world.client();
    await Promise.all([client.tags(world.project.id), client.secrets(world.place)]);
    await client.foldersIn(world.place);
    expect(logins()).toBe(1);
  });

  it("is not tried again after a refusal: three would lock the identity", async () => {
    const client = world.client({ clientSecret: "wrong" });
    await failureOf(client.tags(world.project.id));
    await failureOf(client.tags(world.project.id));
    expect(logins()).toBe(1);
  });

  it("is sent again where its answer is lost", async () => {
    inject(world.vendor, { kind: "drop-after", path: "*/login" });
    expect(await world.client().tags(world.project.id)).toEqual([]);
    expect(logins()).toBe(2);
  });
});

describe("every call", () => {
  it("carries the Access headers and the program's own User-Agent, the login included", async () => {
    const server = await serve((response, { url }) => {
      sendJson(response, 200, url.endsWith("/login") ? { accessToken: "session" } : { tags: [] });
    });
    await world.client({ url: `${server.url}/` }).tags("p");
    await server.close();
    const common = {
      "cf-access-client-id": world.environment.accessClientId,
      "cf-access-client-secret": world.environment.accessClientSecret,
      "user-agent": expect.stringContaining("raxx-credential-provisioning/") as string,
    };
    expect(server.received).toMatchObject([
      { url: "/api/v1/auth/universal-auth/login", headers: common },
      { url: "/api/v1/projects/p/tags", headers: { ...common, authorization: "Bearer session" } },
    ]);
    expect(server.received[0]?.headers).not.toHaveProperty("authorization");
  });

  it("sends no value on to where it is redirected", async () => {
    const value = canary();
    const target = await serve((response) => {
      sendJson(response, 200, { secrets: [] });
    });
    const server = await serve((response, { url }) => {
      if (url.endsWith("/login")) sendJson(response, 200, { accessToken: "session" });
      else response.writeHead(302, { location: `${target.url}/login` }).end();
    });
    const client = world.client({ url: server.url });
    const failure = await failureOf(client.writeSecrets("PATCH", world.place, write("A", value)));
    await Promise.all([server.close(), target.close()]);
    expect(failure).toMatchObject({ status: 302 });
    expect(failure.message).not.toContain(value);
    expect(target.received).toEqual([]);
    expect(server.received.at(-1)?.body).toContain(value);
  });
});

describe("secrets", () => {
  it("are written as they are given, listed with no value, and read one by one", async () => {
    const value = `${canary()} "ü" $1 {}`;
    const client = world.client();
    await client.writeSecrets("POST", world.place, write("A", value));
    const { id } = world.present("A");
    expect(await client.secrets(world.place)).toEqual([
      {
        id,
        version: 1,
        secretKey: "A",
        secretComment: "c",
        secretMetadata: [{ key: "k", value: "v", isEncrypted: false }],
        tags: [],
        secretPath: "/MooseQuest",
        skipMultilineEncoding: null,
      },
    ]);
    expect(await client.value(world.place, "A")).toBe(value);
  });

  it("are read as they are stored: references are not filled in", async () => {
    createSecret(world.state, { ...world.place, name: "A", value: "a" });
    createSecret(world.state, { ...world.place, name: "B", value: "${A}" });
    expect(await world.client().value(world.place, "B")).toBe("${A}");
  });

  it("are read with their values only where they carry the pair", async () => {
    const value = canary();
    createSecret(world.state, { ...world.place, name: "THEIRS", value: canary() });
    const metadata = [{ key: "origin", value: "issued" }];
    createSecret(world.state, { ...world.place, name: "OURS", value, metadata });
    createSecret(world.state, {
      ...world.place,
      name: "OTHER",
      value,
      metadata: [{ key: "origin", value: "x" }],
    });
    const found = await world.client().secretsWhere(world.place, { key: "origin", value: "issued" });
    expect(found.map(({ secretKey, secretValue }) => [secretKey, secretValue])).toEqual([["OURS", value]]);
  });

  it("and folders of a whole environment are listed with where they stand", async () => {
    const value = canary();
    createFolder(world.state, { ...world.place, path: "/MooseQuest/heroku" });
    createSecret(world.state, { ...world.place, path: "/MooseQuest/heroku", name: "A", value });
    createSecret(world.state, { ...world.place, path: "/", name: "B", value });
    createSecret(world.state, { ...world.place, environment: "staging", name: "C", value });
    const all = await world.client().secretsBelow(world.project.id, "prod");
    expect(all.map(({ secretPath, secretKey, secretValue }) => [secretPath, secretKey, secretValue])).toEqual(
      [
        ["/", "B", value],
        ["/MooseQuest/heroku", "A", value],
      ],
    );
    const folders = await world.client().folders(world.project.id, "prod");
    expect([...folders.keys()]).toEqual(["/MooseQuest", "/MooseQuest/heroku"]);
  });

  it.each(["POST", "DELETE"] as const)("a %s whose answer is lost is sent once", async (method) => {
    createSecret(world.state, { ...world.place, name: "THERE", value: "x" });
    inject(world.vendor, { kind: "drop-after", path: "*/batch" });
    const secrets = method === "POST" ? write("A", "a") : [{ secretKey: "THERE" }];
    await failureOf(world.client().writeSecrets(method, world.place, secrets));
    expect(writesOf(world.vendor)).toEqual([`${method} /api/v4/secrets/batch`]);
  });

  it("a PATCH whose answer is lost is sent again", async () => {
    createSecret(world.state, { ...world.place, name: "A", value: "x" });
    inject(world.vendor, { kind: "drop-after", path: "*/batch" });
    await world.client().writeSecrets("PATCH", world.place, write("A", "a"));
    expect(world.present("A").value).toBe("a");
    expect(writesOf(world.vendor)).toHaveLength(2);
  });

  it("a change request is not taken for a write", async () => {
    const value = canary();
    createApprovalPolicy(world.state, {
      projectId: world.project.id,
      environment: "prod",
      secretPath: "/MooseQuest",
    });
    const failure = await failureOf(world.client().writeSecrets("POST", world.place, write("A", value)));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("nothing was written in /MooseQuest of prod");
    expect(failure.message).toContain(`approve request ${world.state.approvals[0]?.slug ?? "-"}`);
    expect(failure.message).not.toContain(value);
    expect(world.secret("A")).toBeUndefined();
  });

  it("of a refused write show no value", async () => {
    const value = canary();
    createSecret(world.state, { ...world.place, name: "A", value: "x" });
    const failure = await failureOf(world.client().writeSecrets("POST", world.place, write("A", value)));
    expect(failure).toMatchObject({ status: 400, operation: "create secrets in /MooseQuest of prod" });
    expect(failure.message).not.toContain(value);
  });
});

describe("folders and tags", () => {
  it("are created once and listed", async () => {
    const client = world.client();
    const folder = await client.createFolder(world.place, "heroku");
    const tag = await client.createTag(world.project.id, "vendor-heroku");
    expect(await client.foldersIn(world.place)).toEqual(["/MooseQuest/heroku"]);
    expect((await client.folders(world.project.id, "prod")).get("/MooseQuest/heroku")).toBe(folder.id);
    expect(await client.tags(world.project.id)).toEqual([tag]);
    expect(tag).toEqual({ id: world.state.tags[0]?.id, slug: "vendor-heroku" });
  });

  it("folders of an environment are listed once, and kept up with what is made and deleted", async () => {
    const client = world.client();
    const paths = async (): Promise<string[]> => [...(await client.folders(world.project.id, "prod")).keys()];
    expect(await paths()).toEqual(["/MooseQuest"]);
    const { id } = await client.createFolder({ ...world.place, path: "/" }, "Raxx");
    await client.createFolder({ ...world.place, path: "/Raxx" }, "Console");
    expect(await paths()).toEqual(["/MooseQuest", "/Raxx", "/Raxx/Console"]);
    await client.deleteFolder({ ...world.place, path: "/" }, id).catch(() => undefined);
    expect(await paths()).toContain("/Raxx");
    const lists = world.vendor.log
      .read()
      .filter(({ method, path }) => method === "GET" && path.endsWith("/folders"));
    expect(lists).toHaveLength(1);
  });

  it("a list of folders that failed is asked for again", async () => {
    const client = world.client();
    inject(world.vendor, { kind: "status", status: 403, method: "GET", path: "*/folders", times: 1 });
    await failureOf(client.folders(world.project.id, "prod"));
    expect((await client.folders(world.project.id, "prod")).size).toBe(1);
  });

  it.each([
    ["a folder", (client: InfisicalClient) => client.createFolder(world.place, "heroku")],
    ["a tag", (client: InfisicalClient) => client.createTag(world.project.id, "vendor-heroku")],
  ])("%s whose answer is lost is sent once", async (_what, create) => {
    const client = world.client();
    await client.tags(world.project.id);
    inject(world.vendor, { kind: "drop-after", method: "POST" });
    expect(await failureOf(create(client))).toMatchObject({ status: undefined });
    expect(writesOf(world.vendor)).toHaveLength(1);
  });

  it("a folder with secrets in it is not deleted", async () => {
    const { id } = createFolder(world.state, { ...world.place, path: "/MooseQuest/heroku" });
    createSecret(world.state, { ...world.place, path: "/MooseQuest/heroku", name: "A", value: "a" });
    expect(await failureOf(world.client().deleteFolder(world.place, id))).toMatchObject({ status: 400 });
    expect(world.state.folders.some((folder) => folder.id === id)).toBe(true);
  });
});

describe("fromEnvironment", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it("takes endpoint and credentials of this run", async () => {
    const { url, clientId, clientSecret, projectId, accessClientId, accessClientSecret } = world.environment;
    Object.assign(process.env, {
      INFISICAL_SITE_URL: url,
      INFISICAL_CLIENT_ID: clientId,
      INFISICAL_CLIENT_SECRET: clientSecret,
      INFISICAL_PROJECT_ID: projectId,
      CF_ACCESS_CLIENT_ID: accessClientId,
      CF_ACCESS_CLIENT_SECRET: accessClientSecret,
    });
    expect(await InfisicalClient.fromEnvironment().tags(projectId)).toEqual([]);
    process.env["CF_ACCESS_CLIENT_SECRET"] = "";
    expect(() => InfisicalClient.fromEnvironment()).toThrow("CF_ACCESS_CLIENT_SECRET is not set");
  });
});
