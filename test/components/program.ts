import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it: names in place of URNs. */
export interface Registered {
  type: string;
  name: string;
  custom: boolean;
  /** As the engine gets them: a secret is an object with a mark and the value. See {@link secretOf}. */
  inputs: Record<string, unknown>;
  parent: string | undefined;
  dependsOn: string[];
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
  retainOnDelete: boolean;
  /** Moment, as `beforeCreate` → names of the hooks. */
  hooks: Record<string, string[]>;
  /** What exists and is taken over. */
  importId: string;
}

/** What `registerResource` is sent, as far as the mocks of Pulumi do not pass it on. */
interface Request {
  getType(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getRetainondelete(): boolean | undefined;
  getImportid(): string;
  getHooks(): { toObject(): Record<string, string[]> } | undefined;
}

interface Monitor {
  registerResource(request: Request, callback: (error: unknown, answer: unknown) => void): Promise<void>;
  /** Which the mocks lack. */
  registerResourceHook?(request: unknown, callback: (error: unknown, answer: unknown) => void): void;
}

const mark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/**
 * Runs a program against Pulumi's mocks and keeps what it registered. As the engine does, it gives a custom resource
 * its inputs and an id, adds what its provider would answer, and makes secret what the resource names as such.
 */
export class Program {
  private readonly requests = new Map<string, Request>();
  private readonly registered: Registered[] = [];

  private constructor(private readonly answers: (resource: Registered) => Record<string, unknown>) {}

  static async start(
    stack: string,
    answers: (resource: Registered) => Record<string, unknown> = () => ({}),
  ): Promise<Program> {
    const program = new Program(answers);
    const newResource = (args: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult =>
      program.answer(args);
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "raxx-credentials", stack);
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) => {
      program.requests.set(`${request.getType()} ${request.getName()}`, request);
      return register(request, callback);
    };
    monitor.registerResourceHook = (_request, callback) => {
      callback(null, {});
    };
    return program;
  }

  /** Everything that was registered, once no registration is under way any more; sorted by type and name. */
  async resources(type?: string): Promise<Registered[]> {
    // Not among Pulumi's types; its public `disconnect` would also close the mocks.
    await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
    const all = [...this.registered].sort((one, other) =>
      `${one.type} ${one.name}` < `${other.type} ${other.name}` ? -1 : 1,
    );
    return all.filter((resource) => type === undefined || resource.type === type);
  }

  /** The one resource of this type. */
  async only(type: string): Promise<Registered> {
    const [first, ...more] = await this.resources(type);
    if (first === undefined || more.length > 0)
      throw new Error(`${more.length + (first ? 1 : 0)} of ${type}`);
    return first;
  }

  private answer({
    type,
    name,
    custom,
    inputs,
  }: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    const request = this.requests.get(`${type} ${name}`);
    // The mocks would say of a whole map that it is secret where one of its values is: the request has each.
    const own = { ...request?.getObject()?.toJavaScript() };
    delete own["__provider"];
    const resource: Registered = {
      type,
      name,
      custom: custom === true,
      inputs: own,
      parent: nameOf(request?.getParent() ?? ""),
      dependsOn: (request?.getDependenciesList() ?? []).map((urn) => nameOf(urn) ?? ""),
      ignoreChanges: request?.getIgnorechangesList() ?? [],
      additionalSecretOutputs: request?.getAdditionalsecretoutputsList() ?? [],
      retainOnDelete: request?.getRetainondelete() ?? false,
      hooks: hooksOf(request),
      importId: request?.getImportid() ?? "",
    };
    this.registered.push(resource);
    const state: Record<string, unknown> = {
      ...(inputs as Record<string, unknown>),
      ...this.answers(resource),
    };
    if (!resource.custom) return { id: undefined, state };
    for (const key of resource.additionalSecretOutputs) {
      if (state[key] !== undefined) state[key] = pulumi.secret(state[key]);
    }
    return { id: `id-of-${name}`, state };
  }
}

/** The value of an Output. */
export function valueOf<T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => {
    pulumi.output(output).apply((value) => {
      resolve(value);
    });
  });
}

/** The values of a map in which every one is to be secret. Fails where one is plain. */
export function secretsOf(map: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(map as Record<string, unknown>).map(([key, value]) => [key, secretOf(value)]),
  );
}

/** The value of an input that is to be secret. Fails where it is plain. */
export function secretOf(input: unknown): unknown {
  const { value, ...rest } = Object(input) as Record<string, unknown>;
  if (JSON.stringify(rest) !== JSON.stringify(mark)) throw new Error("the input is not secret");
  return value;
}

function nameOf(urn: string): string | undefined {
  return urn === "" ? undefined : urn.split("::").at(-1);
}

/** Without the moments at which there is none. */
function hooksOf(request: Request | undefined): Record<string, string[]> {
  const bound = Object.entries(request?.getHooks()?.toObject() ?? {});
  return Object.fromEntries(
    bound
      .filter(([, names]) => names.length > 0)
      .map(([moment, names]) => [moment.replace(/List$/, ""), names]),
  );
}

/** What the program warns of from now on, which is printed nowhere; `jest.restoreAllMocks()` ends it. */
export function heardWarnings(): string[] {
  const heard: string[] = [];
  jest.spyOn(pulumi.log, "warn").mockImplementation((line) => {
    heard.push(line);
    return Promise.resolve();
  });
  return heard;
}
