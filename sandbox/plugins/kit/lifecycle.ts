import * as messages from "@pulumi/pulumi/proto/provider_pb";

import { faultsOf } from "./check";
import { type Changes, changesOf, plannedCreation, plannedUpdate } from "./diff";
import { Answered, type Mask, messageOf, partialFailure } from "./failure";
import { Struct, type Struct as StructMessage } from "./grpc";
import { PartialCreation, type Plugin, type Resource } from "./plugin";
import { type Decoded, decode, encode, hasUnknown, type Properties, UNKNOWN } from "./properties";

/** Everything that is asked about resources of one plugin, for one request. */
export class Lifecycle<Session> {
  constructor(
    private readonly plugin: Plugin<Session>,
    private readonly mask: Mask,
    private readonly session: () => Session,
  ) {}

  check(request: messages.CheckRequest): messages.CheckResponse {
    const resource = this.resourceOf(request.getUrn());
    const news = this.read(request.getNews(), resource);
    const response = new messages.CheckResponse();
    const faults = faultsOf(resource.inputs, news.values);
    if (faults.length === 0) faults.push(...(resource.check?.(news.values) ?? []));
    if (faults.length > 0) return response.setFailuresList(faults.map(failureOf));
    const defaults = { ...resource.inputDefaults, ...resource.configuredDefaults?.(this.session()) };
    const inputs = { ...defaults, ...news.values };
    return response.setInputs(toStruct(inputs, [...news.secrets, ...resource.secret]));
  }

  async diff(request: messages.DiffRequest): Promise<messages.DiffResponse> {
    const resource = this.resourceOf(request.getUrn());
    const changes = await changesOf(resource, this.session(), {
      olds: this.read(request.getOlds(), resource).values,
      news: this.read(request.getNews(), resource).values,
      ignored: topLevel(request.getIgnorechangesList()),
    });
    return diffResponse(resource, changes);
  }

  async create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const urn = request.getUrn();
    const resource = this.resourceOf(urn);
    const inputs = this.read(request.getProperties(), resource);
    const secrets = [...inputs.secrets, ...resource.secret];
    const response = new messages.CreateResponse();
    if (request.getPreview())
      return response.setProperties(toStruct(plannedCreation(resource, inputs.values), secrets));
    this.refuseUnknown(inputs.values);
    try {
      const { id, outputs } = await resource.create(this.session(), inputs.values);
      return response.setId(id).setProperties(toStruct(outputs, secrets));
    } catch (error) {
      if (!(error instanceof PartialCreation)) throw error;
      const reason = this.mask.apply(`creating ${urn}: ${error.message}`);
      throw new Answered(partialFailure(error.id, toStruct(error.outputs, secrets), reason));
    }
  }

  async update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const urn = request.getUrn();
    const resource = this.resourceOf(urn);
    const olds = this.read(request.getOlds(), resource);
    const news = this.read(request.getNews(), resource);
    const secrets = [...olds.secrets, ...news.secrets, ...resource.secret];
    const ignored = topLevel(request.getIgnorechangesList());
    const change = { olds: olds.values, news: news.values, ignored };
    const planned = plannedUpdate(resource, change);
    const response = new messages.UpdateResponse();
    if (request.getPreview()) {
      const changes = await changesOf(resource, this.session(), change);
      const outdated =
        changes.size > 0 ? (resource.outdatedBy?.(new Set(changes.keys()), news.values) ?? []) : [];
      const unknown = Object.fromEntries(outdated.map((name) => [name, UNKNOWN]));
      return response.setProperties(toStruct({ ...planned, ...unknown }, secrets));
    }
    this.refuseUnknown(news.values);
    const known = Object.fromEntries(Object.entries(planned).filter(([, value]) => !hasUnknown(value)));
    try {
      const outputs = (await resource.update?.(this.session(), request.getId(), known, change)) ?? known;
      return response.setProperties(toStruct(outputs, secrets));
    } catch (error) {
      if (resource.failedUpdateKeepsState === true)
        throw new Error(`updating ${urn}: ${messageOf(error)}`, { cause: error });
      // The new properties, though they may not have arrived: what Terraform's SDK v2 records, and so do the plugins
      // that are bridged from it (pulumi-terraform-bridge, pkg/tfbridge/provider.go).
      const reason = this.mask.apply(`updating ${urn}: ${messageOf(error)}`);
      throw new Answered(partialFailure(request.getId(), toStruct(known, secrets), reason));
    }
  }

  /** A refresh where there is a recorded state, else an import. */
  async refresh(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const resource = this.resourceOf(request.getUrn());
    const state = this.read(request.getProperties(), resource);
    const oldInputs = this.read(request.getInputs(), resource);
    const secrets = [...state.secrets, ...oldInputs.secrets, ...resource.secret];
    const isRefresh = Object.keys(state.values).length > 0;
    const response = new messages.ReadResponse();
    if (isRefresh) {
      const outputs = await resource.read(this.session(), request.getId(), state.values);
      if (outputs === undefined) return response;
      const stillThere = Object.keys(oldInputs.values).filter((name) => outputs[name] !== undefined);
      return response
        .setId(request.getId())
        .setProperties(toStruct(outputs, secrets))
        .setInputs(toStruct(pick(outputs, stillThere), secrets));
    }
    const found = await resource.import(this.session(), request.getId());
    if (found === undefined) return response;
    const inputNames = Object.keys(resource.inputs.shape);
    return response
      .setId(found.id)
      .setProperties(toStruct(found.outputs, secrets))
      .setInputs(toStruct(pick(found.outputs, inputNames), secrets));
  }

  async delete(request: messages.DeleteRequest): Promise<void> {
    const urn = request.getUrn();
    const resource = this.resourceOf(urn);
    const state = this.read(request.getProperties(), resource);
    try {
      await resource.delete?.(this.session(), request.getId(), state.values);
    } catch (error) {
      throw new Error(`deleting ${urn}: ${messageOf(error)}`, { cause: error });
    }
  }

  private read(struct: StructMessage | undefined, resource: Resource<Session>): Decoded {
    const decoded = fromStruct(struct);
    this.mask.add(decoded, resource.secret);
    return decoded;
  }

  private resourceOf(urn: string): Resource<Session> {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const resource = Object.hasOwn(this.plugin.resources, type) ? this.plugin.resources[type] : undefined;
    if (resource === undefined)
      throw new Error(`the stand-in for the ${this.plugin.name} provider has no resource type ${type}`);
    return resource;
  }

  /** The engine never sends one here; a vendor would store its text as if it were the value. */
  private refuseUnknown(values: Properties): void {
    const unknown = Object.keys(values).find((name) => hasUnknown(values[name]));
    if (unknown !== undefined) throw new Error(`property "${unknown}" is not known yet`);
  }
}

export function fromStruct(struct: StructMessage | undefined): Decoded {
  return decode(struct?.toJavaScript() ?? {});
}

export function toStruct(values: Properties, secrets: Iterable<string>): StructMessage {
  return Struct.fromJavaScript(encode(values, secrets) as Parameters<typeof Struct.fromJavaScript>[0]);
}

/** Without a property's name: the engine would print that property's value beside the reason. */
export function failureOf(reason: string): messages.CheckFailure {
  return new messages.CheckFailure().setReason(reason);
}

function diffResponse<Session>(resource: Resource<Session>, changes: Changes): messages.DiffResponse {
  const { Kind } = messages.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
  } as const;
  const response = new messages.DiffResponse();
  const replaces = [...changes].filter(([, change]) => change.replaces).map(([name]) => name);
  for (const [name, { kind, replaces: replacing }] of changes) {
    const detail = new messages.PropertyDiff().setKind(kinds[kind][replacing ? 1 : 0]);
    response.getDetaileddiffMap().set(name, detail);
  }
  return response
    .setChanges(
      changes.size > 0
        ? messages.DiffResponse.DiffChanges.DIFF_SOME
        : messages.DiffResponse.DiffChanges.DIFF_NONE,
    )
    .setHasdetaileddiff(true)
    .setDiffsList([...changes.keys()].sort())
    .setReplacesList(replaces.sort())
    .setStablesList(resource.replaces.filter((name) => !replaces.includes(name)).sort())
    .setDeletebeforereplace(replaces.length > 0 && resource.deleteBeforeReplace === true);
}

function topLevel(paths: readonly string[]): string[] {
  return paths.map((path) => path.split(/[.[]/, 1)[0] ?? path);
}

function pick(values: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(names.filter((name) => name in values).map((name) => [name, values[name]]));
}
