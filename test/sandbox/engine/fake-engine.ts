import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  type LogRequest,
  LogSeverity,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { RegisterResourceResponse, SupportsFeatureResponse } from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

function answer<Request>(
  make: (request: Request) => unknown,
): (call: { request: Request }, reply: (error: null, value: unknown) => void) => void {
  return (call, reply) => {
    reply(null, make(call.request));
  };
}

/** As much of the engine as a program needs to get started. */
export class FakeEngine {
  /** The errors that the program reported. */
  readonly errors: string[] = [];

  private constructor(
    private readonly server: grpc.Server,
    private port = 0,
  ) {}

  static async start(): Promise<FakeEngine> {
    const server = new grpc.Server();
    const engine = new FakeEngine(server);
    server.addService(EngineService, {
      log: answer<LogRequest>((request) => {
        if (request.getSeverity() === LogSeverity.ERROR) engine.errors.push(request.getMessage());
        return new Empty();
      }),
      getRootResource: answer(() => new GetRootResourceResponse()),
      setRootResource: answer(() => new SetRootResourceResponse()),
    });
    server.addService(ResourceMonitorService, {
      supportsFeature: answer(() => new SupportsFeatureResponse()),
      registerResource: answer(() =>
        new RegisterResourceResponse().setUrn("urn:pulumi:dev::scratch::a:b:C::c"),
      ),
      registerResourceOutputs: answer(() => new Empty()),
    });
    const bind = promisify<string, grpc.ServerCredentials, number>(server.bindAsync.bind(server));
    engine.port = await bind("127.0.0.1:0", grpc.ServerCredentials.createInsecure());
    return engine;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
