import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";

import { type PluginFunction } from "../kit/plugin";
import { type Aws, doing } from "./client";

export const getCallerIdentity: PluginFunction<Aws> = {
  async invoke(aws) {
    const found = await doing("reading STS Caller Identity", () =>
      aws.sts.send(new GetCallerIdentityCommand({})),
    );
    const accountId = found.Account;
    return { accountId, arn: found.Arn, id: accountId, userId: found.UserId };
  },
};
