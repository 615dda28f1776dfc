import { version } from "@pulumi/aws/package.json";

import { type Plugin } from "../kit/plugin";
import { accessKey } from "./access-key";
import { getCallerIdentity } from "./caller-identity";
import { type Aws } from "./client";
import { config, configure, secretConfig } from "./configure";
import { parameter } from "./parameter";
import { policy } from "./iam-policy";
import { user } from "./user";
import { userPolicyAttachment } from "./user-policy-attachment";

/**
 * Stands in for the plugin of `@pulumi/aws`, which is bridged from hashicorp/terraform-provider-aws v6: what the comments
 * in this folder call the real plugin. It makes up no names, and sets no boundary: a
 * resource without the one or with the other is refused.
 */
export const aws: Plugin<Aws> = {
  name: "aws",
  version,
  config,
  secretConfig,
  configure,
  resources: {
    "aws:iam/accessKey:AccessKey": accessKey,
    "aws:iam/policy:Policy": policy,
    "aws:iam/user:User": user,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": userPolicyAttachment,
    "aws:ssm/parameter:Parameter": parameter,
  },
  functions: { "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity },
};
