import { dkimKey, mailRecordName, mailRecords, type MailDomain } from "./mail-domains";
import { type Setting, type Token } from "./token";
import { type StackConfiguration } from "./stack-configuration";

/** A place of a setting, which may have been there before us. */
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

/** Every place that `raxx:adopt` may name in this environment: where a value stands that we did not mint. */
export function adoptableSettings(names: Names, tokens: readonly Token[]): Place[] {
  return tokens
    .filter(({ environments }) => environments.includes(names.environment))
    .flatMap(({ settings }) => settings.map((setting) => placeOf(names, setting)));
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
