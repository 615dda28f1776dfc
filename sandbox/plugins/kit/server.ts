import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { type sendUnaryData, type ServerUnaryCall, type UntypedServiceImplementation } from "@grpc/grpc-js";

import { faultsOf } from "./check";
import { Answered, Mask, messageOf, plainFailure } from "./failure";
import { channelOptions, Empty, grpc } from "./grpc";
import { failureOf, fromStruct, Lifecycle, toStruct } from "./lifecycle";
import { type Plugin } from "./plugin";
import { type Decoded, hasUnknown } from "./properties";

export interface ServedPlugin {
  port: number;
  close(): void;
}

/**
 * Serves a plugin on a free loopback port.
 *
 * @param load called at the first request: the clients of a vendor take longer to load than the server to start
 */
export async function servePlugin<Session>(load: () => Plugin<Session>): Promise<ServedPlugin> {
  const server = new grpc.Server(channelOptions);
  server.addService(ResourceProviderService, handlersOf(load));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    port,
    close: () => {
      server.forceShutdown();
    },
  };
}

/** What the engine sends by itself among a provider's configuration. */
const engineOwnConfig = ["version", "pluginDownloadURL"];

function handlersOf<Session>(load: () => Plugin<Session>): UntypedServiceImplementation {
  let loaded: Plugin<Session> | undefined;
  const plugin = (): Plugin<Session> => (loaded ??= load());
  const sessions = new Sessions<Session>();
  const cancelled = new AbortController();

  const configOf = (mask: Mask, request: messages.CheckRequest | messages.ConfigureRequest): Decoded => {
    const sent = fromStruct("getNews" in request ? request.getNews() : request.getArgs());
    for (const name of engineOwnConfig) Reflect.deleteProperty(sent.values, name);
    mask.add(sent, plugin().secretConfig);
    return sent;
  };
  const resources = (mask: Mask, peer: string) =>
    new Lifecycle(plugin(), mask, () => sessions.of(peer, plugin().name));

  return {
    handshake: answer(() =>
      new messages.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptOutputs(true),
    ),
    attach: answer(() => new Empty()),
    getPluginInfo: answer(() => new PluginInfo().setVersion(plugin().version)),
    getSchema: answer(() => new messages.GetSchemaResponse().setSchema("{}")),
    getMapping: answer(() => new messages.GetMappingResponse()),
    getMappings: answer(() => new messages.GetMappingsResponse()),
    parameterize: unimplemented(() => `the ${plugin().name} provider takes no parameters`),

    checkConfig: answer((request: messages.CheckRequest, mask) => {
      const { values, secrets } = configOf(mask, request);
      const response = new messages.CheckResponse();
      const faults = faultsOf(plugin().config, values);
      if (faults.length > 0) return response.setFailuresList(faults.map(failureOf));
      return response.setInputs(toStruct(values, [...secrets, ...plugin().secretConfig]));
    }),
    // Another token or address is another way to the same resources: never a reason to replace them.
    diffConfig: answer(() =>
      new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_UNKNOWN),
    ),
    configure: answer(async (request: messages.ConfigureRequest, mask, peer) => {
      const { values } = configOf(mask, request);
      const faults = faultsOf(plugin().config, values);
      if (faults.length > 0) throw new Error(faults.join("; "));
      const toCome = Object.keys(values).find((name) => hasUnknown(values[name]));
      if (toCome !== undefined) throw new Error(`property "${toCome}" is not known yet`);
      const config = plugin().config.parse(values);
      sessions.add(peer, await plugin().configure(config, { signal: cancelled.signal }));
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptoutputs(true)
        .setSupportspreview(true);
    }),

    check: answer((request: messages.CheckRequest, mask, peer) => resources(mask, peer).check(request)),
    diff: answer((request: messages.DiffRequest, mask, peer) => resources(mask, peer).diff(request)),
    create: answer((request: messages.CreateRequest, mask, peer) => resources(mask, peer).create(request)),
    read: answer((request: messages.ReadRequest, mask, peer) => resources(mask, peer).refresh(request)),
    update: answer((request: messages.UpdateRequest, mask, peer) => resources(mask, peer).update(request)),
    delete: answer(async (request: messages.DeleteRequest, mask, peer) => {
      await resources(mask, peer).delete(request);
      return new Empty();
    }),

    invoke: unimplemented((request: messages.InvokeRequest) => noFunction(plugin().name, request.getTok())),
    call: unimplemented((request: messages.CallRequest) => noFunction(plugin().name, request.getTok())),
    construct: unimplemented((request: messages.ConstructRequest) =>
      noFunction(plugin().name, request.getType()),
    ),
    cancel: answer(() => {
      cancelled.abort();
      return new Empty();
    }),
  };
}

function noFunction(plugin: string, token: string): string {
  return `the stand-in for the ${plugin} provider does not have ${token}`;
}

/**
 * What each provider of a program was configured with. The engine starts a plugin for each of them, but attaches all of
 * them to one that already runs: what tells them apart is the connection, of which each has its own.
 */
class Sessions<Session> {
  private readonly byPeer = new Map<string, { session: Session }>();

  add(peer: string, session: Session): void {
    this.byPeer.set(peer, { session });
  }

  of(peer: string, plugin: string): Session {
    const own = this.byPeer.get(peer) ?? this.only();
    if (own === undefined) throw new Error(`the ${plugin} provider is not configured`);
    return own.session;
  }

  /** A connection that broke comes back under another address; with one provider there is no doubt whose it is. */
  private only(): { session: Session } | undefined {
    return this.byPeer.size === 1 ? this.byPeer.values().next().value : undefined;
  }
}

function answer<Request, Response>(
  handle: (request: Request, mask: Mask, peer: string) => Response | Promise<Response>,
) {
  return (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>): void => {
    const mask = new Mask();
    // Within a promise, so that what is thrown at once is caught as well.
    void Promise.resolve()
      .then(() => handle(call.request, mask, call.getPeer()))
      .then(
        (response) => {
          reply(null, response);
        },
        (error: unknown) => {
          reply(error instanceof Answered ? error.status : plainFailure(mask.apply(messageOf(error))));
        },
      );
  };
}

function unimplemented<Request>(reason: (request: Request) => string) {
  return (call: ServerUnaryCall<Request, unknown>, reply: sendUnaryData<unknown>): void => {
    reply({ code: grpc.status.UNIMPLEMENTED, details: reason(call.request) });
  };
}
