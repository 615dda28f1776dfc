import { PolicyPack } from "@pulumi/policy";

import { namingTokenGrammar } from "./rules/naming-token-grammar";

new PolicyPack("raxx", { policies: [namingTokenGrammar] });
