import { version } from "@pulumi/cloudflare/package.json";

import { type Plugin } from "../kit/plugin";
import { type CloudflareApi } from "./client";
import { config, configure, secretConfig } from "./configure";
import { dnsRecord } from "./dns-record";
import { serviceToken } from "./service-token";
import { token } from "./tokens";

/**
 * Stands in for the plugin of `@pulumi/cloudflare`, which is bridged from cloudflare/terraform-provider-cloudflare: what
 * the comments in this folder call the real plugin, as of v5.22.0.
 */
export const cloudflare: Plugin<CloudflareApi> = {
  name: "cloudflare",
  version,
  config,
  secretConfig,
  configure,
  resources: {
    "cloudflare:index/accountToken:AccountToken": token("account"),
    "cloudflare:index/apiToken:ApiToken": token("user"),
    "cloudflare:index/dnsRecord:DnsRecord": dnsRecord,
    "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken": serviceToken,
  },
};
