import { dkimKey, mailRecordName, mailRecords, type MailDomain } from "./mail-domains";
import { isSupplied, type Parameter } from "./parameters";
import { type Setting, type Token } from "./token";
import { type StackConfiguration } from "./stack-configuration";

/** A place that may have been there before us. */
export interface Place {
  /** Its logical name: the key in `raxx:adopt`. */
  name: string;
  /** What identifies it at the vendor: the value in `raxx:adopt`. */
  importId: string;
}

/** A place whose id the vendor made, so that the catalog knows its form alone. */
export interface NumberedPlace {
  name: string;
  form: RegExp;
  /** The form in words, as `ZONE_ID/RECORD_ID`. */
  example: string;
}

type Names = Pick<StackConfiguration, "environment" | "github" | "herokuApps">;

/** What is asked of the configuration, as far as it is known; the policies need the id of the AWS account. */
type NamesWithAccount = Names & { awsAccount: string | undefined };

/** `github/production/CONSOLE_INTERNAL_URL`, with the import id that the GitHub provider asks for. */
export function githubVariablePlace({ github }: Names, variable: string): Place {
  const { repository, environment } = github;
  return {
    name: `github/${environment}/${variable}`,
    // https://www.pulumi.com/registry/packages/github/api-docs/actionsenvironmentvariable/#import
    importId: `${repository}:${environment.replaceAll(":", "??")}:${variable}`,
  };
}

/** `raxx-console-prod/FLAG_CONSOLE_DEPLOY_AUDIT_INGEST`. */
export function herokuSettingPlace(app: string, key: string): Place {
  return { name: `${app}/${key}`, importId: `${app}:${key}` };
}

/** `aws/user/raxx-billing-readonly`. */
export function awsUserPlace(user: string): Place {
  return { name: `aws/user/${user}`, importId: user };
}

/** `aws/policy/raxx-billing-readonly-policy`, with its ARN. */
export function awsPolicyPlace(account: string, policy: string): Place {
  return { name: `aws/policy/${policy}`, importId: `arn:aws:iam::${account}:policy/${policy}` };
}

/** `ssm/raxx/freescout/ssh_key`: the name of its resource. */
export function ssmParameterPlace(name: string): Place {
  return { name: `ssm${name}`, importId: name };
}

/** Every place that `raxx:adopt` may name in this environment: all but those whose value we mint. */
export function adoptablePlaces(
  names: NamesWithAccount,
  tokens: readonly Token[],
  parameters: readonly Parameter[],
): Place[] {
  const here = tokens.filter(({ environments }) => environments.includes(names.environment));
  return [
    ...here.flatMap(({ settings }) => settings.map((setting) => placeOf(names, setting))),
    ...here.flatMap((token) => awsPlaces(token, names.awsAccount)),
    ...parameters
      .filter(isSupplied)
      .filter(({ goesWith }) => here.some(({ name }) => name === goesWith))
      .map(({ name }) => ssmParameterPlace(name)),
  ];
}

function awsPlaces({ issuer }: Token, account: string | undefined): Place[] {
  if (issuer.kind !== "aws-access-key") return [];
  const policies = account === undefined ? [] : [awsPolicyPlace(account, issuer.policy)];
  return [awsUserPlace(issuer.user), ...policies];
}

/** Every record of a mail domain, with the import id that the Cloudflare provider asks for. */
export function adoptableRecords(mailDomain: MailDomain, zoneId: string): NumberedPlace[] {
  const keys = [...mailRecords(mailDomain).map(({ key }) => key), dkimKey];
  return keys.map((key) => ({
    name: mailRecordName(mailDomain.domain, key),
    // https://www.pulumi.com/registry/packages/cloudflare/api-docs/dnsrecord/#import
    form: new RegExp(`^${zoneId}/[\\da-f]{32}$`),
    example: `${zoneId}/RECORD_ID`,
  }));
}

function placeOf(names: Names, setting: Setting): Place {
  switch (setting.kind) {
    case "github-environment-variable":
      return githubVariablePlace(names, setting.name);
    case "heroku-config-var":
      return herokuSettingPlace(names.herokuApps[setting.app], setting.key);
  }
}
