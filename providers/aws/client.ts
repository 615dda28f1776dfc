import type { IAM } from "@aws-sdk/client-iam";
import type { SSM } from "@aws-sdk/client-ssm";
import type { STS } from "@aws-sdk/client-sts";

import { type AwsCredentials, awsEnvironment } from "../environment";
import { once } from "../once";
import { AwsError } from "./explain";
import { iamSdk, ssmSdk, stsSdk, type TransportOptions } from "./transport";

/**
 * The AWS services that this project speaks to beside the bridged provider, each loaded at its first call. Reads are
 * asked up to three times, a write only where AWS says that it did not carry it out. What they throw is an
 * {@link AwsError}, or a `UserError` where there are no credentials.
 */
export class AwsClient {
  readonly region: string;
  private readonly clients: { iam: () => IAM; ssm: () => SSM; sts: () => STS };

  constructor(options: TransportOptions) {
    this.region = options.region;
    this.clients = {
      iam: once(() => iamSdk(options)),
      ssm: once(() => ssmSdk(options)),
      sts: once(() => stsSdk(options)),
    };
  }

  /** A client with the credentials of this run. */
  static fromEnvironment(region: string): AwsClient {
    return new AwsClient({ region, ...awsEnvironment() });
  }

  /** A client with other credentials than this run's. */
  static withCredentials(region: string, credentials: AwsCredentials): AwsClient {
    return new AwsClient({ ...awsEnvironment(), region, credentials });
  }

  /** Users, policies and access keys, which are the same in every region. */
  get iam(): IAM {
    return this.clients.iam();
  }

  get ssm(): SSM {
    return this.clients.ssm();
  }

  get sts(): STS {
    return this.clients.sts();
  }
}

/** What the call answers, or undefined where AWS says that there is no such thing. */
export async function ifThere<Found>(call: Promise<Found>): Promise<Found | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsError && error.trouble === "missing") return undefined;
    throw error;
  }
}
