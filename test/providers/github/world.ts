import { randomInt } from "node:crypto";
import { type AddressInfo } from "node:net";

import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { GitHubClient } from "../../../providers/github/client";
import { canary } from "../support";

export type Permission = "actions" | "environments" | "metadata" | "secrets";

export interface FakeRepository {
  id: number;
  owner: string;
  name: string;
  /** `owner/name` that GitHub redirects from. */
  formerNames: string[];
  archived: boolean;
  /** Name of the environment → its variables. */
  environments: Record<string, Record<string, string>>;
}

export interface Seen {
  method: string;
  /** As it was sent, with its query. */
  url: string;
  headers: FastifyRequest["headers"];
}

/** Answers instead of GitHub; gets the number of the call, which starts at 1. */
type Instead = (reply: FastifyReply, count: number) => unknown;

const prefix = "/api/v3";

/** A small GitHub that only answers what it may be asked, with our private repository and a token for it. */
export class GitHubWorld {
  readonly seen: Seen[] = [];
  readonly token = `github_pat_${canary()}`;
  /** What the token may do. */
  readonly permissions = new Set<Permission>(["actions", "environments", "metadata", "secrets"]);
  /** How a missing permission is told; private repositories often answer 404. */
  deniedStatus: 403 | 404 = 403;
  readonly repository: FakeRepository = {
    id: randomInt(1, 2 ** 40),
    owner: "raxx-app",
    name: "TradeMasterAPI",
    formerNames: [],
    archived: false,
    environments: { production: {} },
  };
  url = "";
  private readonly instead: { part: string; answer: Instead; count: number }[] = [];
  private readonly app: FastifyInstance = Fastify({ logger: false, forceCloseConnections: true });

  static async start(): Promise<GitHubWorld> {
    const world = new GitHubWorld();
    world.route();
    await world.app.listen({ host: "127.0.0.1", port: 0 });
    world.url = `http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}`;
    return world;
  }

  client(token = this.token): GitHubClient {
    return new GitHubClient({ url: this.url, token, retryBaseMs: 1 });
  }

  /** The variables of the environment that is there from the start. */
  get variables(): Record<string, string> {
    return (this.repository.environments["production"] ??= {});
  }

  /** From now on, calls whose address ends so are answered otherwise. */
  answer(part: string, answer: Instead): void {
    this.instead.push({ part, answer, count: 0 });
  }

  /** A refusal as GitHub words it. */
  refuse(part: string, status: number, headers: Record<string, string> = {}, message = "No"): void {
    this.answer(part, (reply) => refusal(reply.headers(headers), status, message));
  }

  /** The calls, as `GET /repos/…`. */
  calls(): string[] {
    return this.seen.map(({ method, url }) => `${method} ${url.replace(prefix, "")}`);
  }

  async stop(): Promise<void> {
    await this.app.close();
  }

  private route(): void {
    this.app.addHook("onRequest", async (request, reply) => {
      const { method, url, headers } = request;
      this.seen.push({ method, url, headers });
      const path = url.split("?", 1)[0] ?? "";
      const instead = this.instead.find(({ part }) => path.endsWith(part));
      if (instead !== undefined) {
        instead.count += 1;
        await instead.answer(reply, instead.count);
        return reply;
      }
      if (!String(headers["user-agent"]).startsWith("raxx-credential-provisioning/")) {
        return await refusal(reply, 403, "Request forbidden by administrative rules");
      }
      if (headers["x-github-api-version"] !== "2022-11-28") return await refusal(reply, 400, "Bad version");
      if (headers.authorization !== `token ${this.token}`)
        return await refusal(reply, 401, "Bad credentials");
    });
    const root = `${prefix}/repos/:owner/:repo`;
    const environment = `${root}/environments/:environment`;
    this.get(root, "metadata", ({ id, owner, name, archived }) => ({
      id,
      name,
      full_name: `${owner}/${name}`,
      archived,
    }));
    this.get(`${root}/actions/secrets/public-key`, "secrets", publicKey);
    this.get(environment, "actions", (repository, name) =>
      repository.environments[name] === undefined ? undefined : { id: 1, name },
    );
    this.get(`${environment}/secrets/public-key`, "environments", (repository, name) =>
      repository.environments[name] === undefined ? undefined : publicKey(),
    );
    this.get(`${environment}/variables`, "environments", (repository, name, query) => {
      const all = Object.entries(repository.environments[name] ?? {});
      // https://docs.github.com/en/rest/actions/variables#list-environment-variables
      const perPage = Math.min(Number(query["per_page"] ?? 10), 30);
      const first = (Number(query["page"] ?? 1) - 1) * perPage;
      const variables = all.map(([key, value]) => ({ name: key, value })).slice(first, first + perPage);
      return { total_count: all.length, variables };
    });
    this.app.setNotFoundHandler((_request, reply) => refusal(reply, 404, "Not Found"));
  }

  private get(
    path: string,
    permission: Permission,
    body: (repository: FakeRepository, environment: string, query: Record<string, string>) => unknown,
  ): void {
    this.app.get(path, async (request, reply) => {
      const { owner, repo, environment = "" } = request.params as Record<string, string>;
      const asked = `${owner ?? ""}/${repo ?? ""}`.toLowerCase();
      const { formerNames, owner: now, name } = this.repository;
      if (formerNames.some((former) => former.toLowerCase() === asked)) {
        // GitHub names the id here, which every call works with too.
        const to = request.url.replace(`${owner ?? ""}/${repo ?? ""}`, `${now}/${name}`);
        return await reply.code(301).header("location", to).send({ message: "Moved Permanently", url: to });
      }
      if (asked !== `${now}/${name}`.toLowerCase() || !this.permissions.has("metadata")) {
        return await refusal(reply, 404, "Not Found");
      }
      if (!this.permissions.has(permission)) {
        return await refusal(reply, this.deniedStatus, "Resource not accessible by personal access token");
      }
      const found = body(this.repository, environment, request.query as Record<string, string>);
      return found === undefined ? await refusal(reply, 404, "Not Found") : await reply.send(found);
    });
  }
}

function publicKey(): unknown {
  return { key_id: "1", key: Buffer.alloc(32).toString("base64") };
}

function refusal(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply
    .code(status)
    .header("x-github-request-id", "ABCD:1234")
    .send({ message, documentation_url: "https://docs.github.com/rest", status: String(status) });
}
