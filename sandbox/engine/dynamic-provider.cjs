// @ts-check
// The provider of every dynamic resource: the one that the project's own @pulumi/pulumi brings.

const { resolveOrExit } = require("./project-packages.cjs");

require(resolveOrExit("@pulumi/pulumi/cmd/dynamic-provider"));
