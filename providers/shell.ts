import { type dynamic } from "@pulumi/pulumi";

import type * as providers from "./index";

/**
 * The provider object that Pulumi serializes into every resource's state. It only names an implementation and
 * calls it: so it stays small, holds no secret, and does not change when the implementation does.
 */
export function shell(name: keyof typeof providers.implementations): dynamic.ResourceProvider {
  return {
    check: (olds, news) => implementation(name).check(olds, news),
    diff: (id, olds, news) => implementation(name).diff(id, olds, news),
    create: (inputs) => implementation(name).create(inputs),
    read: (id, props) => implementation(name).read(id, props),
    update: (id, olds, news) => implementation(name).update(id, olds, news),
    delete: (id, props) => implementation(name).delete(id, props),
  };
}

/** Pulumi keeps `require` of a package in node_modules as a reference; all else it would copy by value. */
function implementation(name: keyof typeof providers.implementations): Required<dynamic.ResourceProvider> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would be resolved and copied when the program runs
  const { implementations } = require("@raxx/providers") as typeof providers;
  return implementations[name] as unknown as Required<dynamic.ResourceProvider>;
}
