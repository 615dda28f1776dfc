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
  const sessions = new PerConnection<Session>();
  const cancellations = new PerConnection<AbortController>();
  const sessionOf = (peer: string): Session => {
    const own = sessions.of(peer);
    if (own === undefined) throw new Error(`the ${plugin().name} provider is not configured`);
    return own.it;
  };

  const configOf = (mask: Mask, request: messages.CheckRequest | messages.ConfigureRequest): Decoded => {
    const sent = fromStruct("getNews" in request ? request.getNews() : request.getArgs());
    for (const name of engineOwnConfig) Reflect.deleteProperty(sent.values, name);
    mask.add(sent, plugin().secretConfig);
    return sent;
  };
  const resources = (mask: Mask, peer: string) => new Lifecycle(plugin(), mask, () => sessionOf(peer));

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
      const cancellation = new AbortController();
      cancellations.add(peer, cancellation);
      sessions.add(peer, await plugin().configure(config, { signal: cancellation.signal }));
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

    invoke: answer(async (request: messages.InvokeRequest, mask, peer) => {
      const { functions = {}, name } = plugin();
      const token = request.getTok();
      const found = Object.hasOwn(functions, token) ? functions[token] : undefined;
      if (found === undefined)
        throw new Answered({ code: grpc.status.UNIMPLEMENTED, details: noFunction(name, token) });
      const args = fromStruct(request.getArgs());
      mask.add(args, []);
      const result = await found.invoke(sessionOf(peer), args.values);
      return new messages.InvokeResponse().setReturn(toStruct(result, []));
    }),
    call: unimplemented((request: messages.CallRequest) => noFunction(plugin().name, request.getTok())),
    construct: unimplemented((request: messages.ConstructRequest) =>
      noFunction(plugin().name, request.getType()),
    ),
    // The engine cancels at the end of a preview too, and then begins the update: on other connections.
    cancel: answer((_request, _mask, peer) => {
      cancellations.of(peer)?.it.abort();
      return new Empty();
    }),
  };
}

function noFunction(plugin: string, token: string): string {
  return `the stand-in for the ${plugin} provider does not have ${token}`;
}

/**
 * What belongs to each provider of a program. The engine starts a plugin for each of them, but attaches all of them to
 * one that already runs: what tells them apart is the connection, of which each has its own.
 */
class PerConnection<Thing> {
  private readonly byPeer = new Map<string, { it: Thing }>();

  add(peer: string, it: Thing): void {
    this.byPeer.set(peer, { it });
  }

  /** A connection that broke comes back under another address; with one provider there is no doubt whose it is. */
  of(peer: string): { it: Thing } | undefined {
    return this.byPeer.get(peer) ?? (this.byPeer.size === 1 ? this.byPeer.values().next().value : undefined);
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
