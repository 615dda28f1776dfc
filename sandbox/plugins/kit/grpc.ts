import { createRequire } from "node:module";

import type * as Grpc from "@grpc/grpc-js";
import type * as AnyProto from "google-protobuf/google/protobuf/any_pb";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb";

// The stubs and the gRPC library have to be one and the same copy, so all come from the SDK's own folder.
const fromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

export const grpc = fromSdk("@grpc/grpc-js") as typeof Grpc;
export const { Any } = fromSdk("google-protobuf/google/protobuf/any_pb") as typeof AnyProto;
export const { Empty } = fromSdk("google-protobuf/google/protobuf/empty_pb") as typeof EmptyProto;
export const { Struct } = fromSdk("google-protobuf/google/protobuf/struct_pb") as typeof StructProto;
export type Struct = StructProto.Struct;

/** The same ceiling as the SDK's: a large property passes the 4 MB default. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
export const channelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
};
