import { admissionCommand } from "./in-place-rotation";
import { written } from "./steps";
import { type CloudflareAccessServiceTokenIssuer, type Token } from "./token";

/** An Access service token as Cloudflare has it. */
export interface MadeServiceToken {
  /** The stack whose token it is. */
  stack: string;
  /** Its name at Cloudflare. */
  marker: string;
  /** Which is no secret. @default it is not known yet, as in a preview */
  clientId?: string | undefined;
}

/**
 * What a person does where no Access policy names a service token yet: complete by itself, several lines, never a
 * value.
 *
 * ```ts
 * admissionHandOff(token, { stack: "prod", marker: "raxx:prod:CF_ACCESS_SVC_VAULT", clientId });
 * ```
 */
export function admissionHandOff(
  { name, issuer: { application } }: Pick<Token, "name"> & { issuer: CloudflareAccessServiceTokenIssuer },
  { stack, marker, clientId }: MadeServiceToken,
): string {
  const id = clientId === undefined ? "" : ` (client id ${clientId})`;
  return written(
    `${name} is not distributed, because it is new, and no Access policy of ${application} names it yet; until then its places keep what they hold`,
    [
      {
        step: `at https://one.dash.cloudflare.com → Access → Applications, open ${application} → Policies`,
        // https://developers.cloudflare.com/cloudflare-one/access-controls/policies/#service-auth
        details: [
          "open the policy with the action Service Auth, or add one: the action Allow answers a service token with the login page",
          `under Include, with the selector Service Token, add ${marker}${id}, which is there after the first pulumi up`,
          "leave the service tokens that are named there: they are in use until this one is distributed",
          "save the policy, and the application",
        ],
      },
      {
        step: `prove it: ${proofCommand(marker, stack, application)}`,
        details: [
          "it takes the pair from the state and shows nothing of it; --show-secrets only with this pipe behind it",
          "302 (to the login page) or 403 is the gate, which does not let it pass yet; any other answer is the application's own",
        ],
      },
      {
        step: admissionCommand(name, stack),
        details: [`NAME is yours; commit Pulumi.${stack}.yaml: from then on it has to stay set`],
      },
      `pulumi up --stack ${stack}, which distributes it`,
    ],
  );
}

/** Asks the application for its first page with the pair, which stands in no argument, and prints the status alone. */
function proofCommand(marker: string, stack: string, application: string): string {
  const headers = String.raw`"header = \"CF-Access-Client-Id: \(.clientId)\"", "header = \"CF-Access-Client-Secret: \(.clientSecret.plaintext | fromjson)\""`;
  const pair = `.deployment.resources[] | select(.inputs.name == "${marker}") | .outputs | ${headers}`;
  return `pulumi stack export --show-secrets --stack ${stack} | jq -r '${pair}' | curl -sS -A raxx-ops -o /dev/null -w '%{http_code}\\n' -K - https://${application}/`;
}
