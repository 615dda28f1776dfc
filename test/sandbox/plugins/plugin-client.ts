import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type ServiceError } from "@grpc/grpc-js";
import { type Empty } from "google-protobuf/google/protobuf/empty_pb";

import { type Properties, wire } from "../../../sandbox/plugins/kit/properties";
import { channelOptions, grpc, Struct } from "../../../sandbox/plugins/kit/grpc";
import { type Plugin } from "../../../sandbox/plugins/kit/plugin";
import { servePlugin, type ServedPlugin } from "../../../sandbox/plugins/kit/server";

/** A value as the engine sends a secret one. */
export function secretly(value: unknown): unknown {
  return { [wire.signatureKey]: wire.secret, value };
}

/** What the engine sends for a value that is not known yet. */
export const unknown: string = wire.unknown;

/** The plain value behind a secret; anything else fails the test. */
export function revealed(value: unknown): unknown {
  const { value: inner, ...rest } = value as Properties;
  expect(rest).toEqual({ [wire.signatureKey]: wire.secret });
  return inner;
}

/** What the engine is told when the resource exists but is not as it was asked for. */
export class InitFailed extends Error {
  constructor(
    readonly id: string,
    readonly properties: Properties,
    readonly reasons: string[],
  ) {
    super(reasons.join("; "));
  }
}

/** The engine's side of one provider: its own connection to a served plugin. */
export class PluginClient {
  readonly rpc: ResourceProviderClient;

  constructor(port: number) {
    this.rpc = new ResourceProviderClient(
      `127.0.0.1:${port}`,
      grpc.credentials.createInsecure(),
      // Else all clients of a process share one connection to a port.
      { ...channelOptions, "grpc.use_local_subchannel_pool": 1 },
    );
  }

  async configure(config: Properties = {}): Promise<this> {
    const request = new messages.ConfigureRequest().setArgs(struct(config)).setAcceptsecrets(true);
    await this.ask<messages.ConfigureResponse>((reply) => this.rpc.configure(request, reply));
    return this;
  }

  async checkConfig(news: Properties): Promise<{ inputs: Properties; failures: string[] }> {
    const request = new messages.CheckRequest().setNews(struct(news));
    return checked(await this.ask<messages.CheckResponse>((reply) => this.rpc.checkConfig(request, reply)));
  }

  async check(type: string, news: Properties): Promise<{ inputs: Properties; failures: string[] }> {
    const request = new messages.CheckRequest().setUrn(urnOf(type)).setNews(struct(news));
    return checked(await this.ask<messages.CheckResponse>((reply) => this.rpc.check(request, reply)));
  }

  /** The changed properties: how, and whether they replace. */
  async diff(
    type: string,
    olds: Properties,
    news: Properties,
    ignored: string[] = [],
  ): Promise<Record<string, string>> {
    const request = new messages.DiffRequest()
      .setUrn(urnOf(type))
      .setOlds(struct(olds))
      .setNews(struct(news))
      .setIgnorechangesList(ignored);
    const response = await this.ask<messages.DiffResponse>((reply) => this.rpc.diff(request, reply));
    const kinds = Object.entries(messages.PropertyDiff.Kind);
    const kindOf = (detail: messages.PropertyDiff) =>
      kinds.find(([, value]) => value === detail.getKind())?.[0] ?? "";
    const found: Record<string, string> = {};
    response.getDetaileddiffMap().forEach((detail, name) => {
      found[name] = kindOf(detail);
    });
    return found;
  }

  async create(
    type: string,
    inputs: Properties,
    { preview = false } = {},
  ): Promise<{ id: string; state: Properties }> {
    const request = new messages.CreateRequest()
      .setUrn(urnOf(type))
      .setProperties(struct(inputs))
      .setPreview(preview);
    const response = await this.ask<messages.CreateResponse>((reply) => this.rpc.create(request, reply));
    return { id: response.getId(), state: plain(response.getProperties()) };
  }

  async update(
    type: string,
    {
      id,
      olds,
      news,
      preview = false,
    }: { id: string; olds: Properties; news: Properties; preview?: boolean },
  ): Promise<Properties> {
    const request = new messages.UpdateRequest()
      .setId(id)
      .setUrn(urnOf(type))
      .setOlds(struct(olds))
      .setNews(struct(news))
      .setPreview(preview);
    return plain(
      (await this.ask<messages.UpdateResponse>((reply) => this.rpc.update(request, reply))).getProperties(),
    );
  }

  async read(
    type: string,
    id: string,
    { state = {}, inputs = {} }: { state?: Properties; inputs?: Properties } = {},
  ): Promise<{ id: string; state: Properties; inputs: Properties }> {
    const request = new messages.ReadRequest()
      .setId(id)
      .setUrn(urnOf(type))
      .setProperties(struct(state))
      .setInputs(struct(inputs));
    const response = await this.ask<messages.ReadResponse>((reply) => this.rpc.read(request, reply));
    return {
      id: response.getId(),
      state: plain(response.getProperties()),
      inputs: plain(response.getInputs()),
    };
  }

  async delete(type: string, id: string, state: Properties): Promise<void> {
    const request = new messages.DeleteRequest().setId(id).setUrn(urnOf(type)).setProperties(struct(state));
    await this.ask<Empty>((reply) => this.rpc.delete(request, reply));
  }

  async invoke(token: string, args: Properties = {}): Promise<Properties> {
    const request = new messages.InvokeRequest().setTok(token).setArgs(struct(args));
    return plain(
      (await this.ask<messages.InvokeResponse>((reply) => this.rpc.invoke(request, reply))).getReturn(),
    );
  }

  async ask<Response>(
    send: (reply: (error: ServiceError | null, response: Response) => void) => unknown,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      send((error, response) => {
        if (error === null) resolve(response);
        else reject(initFailureIn(error) ?? error);
      });
    });
  }

  close(): void {
    this.rpc.close();
  }
}

/** Serves a plugin for the tests of a file; `client` opens a connection, configured already. */
export function servedForTests<Session>(plugin: () => Plugin<Session>) {
  let served: ServedPlugin;
  const clients: PluginClient[] = [];
  beforeAll(async () => {
    served = await servePlugin(plugin);
  });
  afterAll(() => {
    for (const client of clients) client.close();
    served.close();
  });
  const connect = (): PluginClient => {
    const client = new PluginClient(served.port);
    clients.push(client);
    return client;
  };
  return { connect, client: (config: Properties = {}) => connect().configure(config) };
}

function urnOf(type: string): string {
  return `urn:pulumi:test::project::my:index:Parent$${type}::name`;
}

function struct(values: Properties) {
  return Struct.fromJavaScript(values as Parameters<typeof Struct.fromJavaScript>[0]);
}

function plain(sent: ReturnType<typeof struct> | undefined): Properties {
  return sent?.toJavaScript() ?? {};
}

function checked(response: messages.CheckResponse) {
  // A failure with a property's name makes the engine print that property's value.
  for (const failure of response.getFailuresList()) expect(failure.getProperty()).toBe("");
  return {
    inputs: plain(response.getInputs()),
    failures: response.getFailuresList().map((failure) => failure.getReason()),
  };
}

function initFailureIn(error: ServiceError): InitFailed | undefined {
  const [packed] = error.metadata.get("grpc-status-details-bin");
  if (!(packed instanceof Buffer)) return undefined;
  const [detail] = Status.deserializeBinary(packed).getDetailsList();
  const failed = detail?.unpack(
    (bytes) => messages.ErrorResourceInitFailed.deserializeBinary(bytes),
    "pulumirpc.ErrorResourceInitFailed",
  );
  if (failed === null || failed === undefined) return undefined;
  return new InitFailed(failed.getId(), plain(failed.getProperties()), failed.getReasonsList());
}
