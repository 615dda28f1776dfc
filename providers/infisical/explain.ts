import { type Refusal } from "../http";

/**
 * What a refusal of the vault means. Cloudflare's edge stands in front of it and has faces of its own: a person
 * who is told which one it was does not have to guess, as the batch of 2026-05-06 had to.
 */
export function explain({ status, contentType, text }: Refusal): string {
  const json = contentType === "application/json";
  switch (status) {
    case undefined:
      return "check the network, whether the vault is up, and INFISICAL_SITE_URL, then run again";
    case 401:
      return json
        ? "the vault does not know this identity; export valid INFISICAL_CLIENT_ID and INFISICAL_CLIENT_SECRET and run again"
        : "Cloudflare Access cannot authenticate the service token (unknown, expired, disabled or wrong); export valid CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET and run again";
    case 403:
      if (!json) return edgeForbids(text);
      return text.includes("PermissionBoundaryError") ? vaultWithholds : vaultForbids;
    case 404:
      return "no such project, environment or folder, or this is not the vault; check raxx:infisicalProject in the stack configuration, and INFISICAL_SITE_URL";
    case 400:
      if (text.includes("identity limit reached")) return licenceIsUsedUp;
      return invalid;
    case 422:
      return invalid;
    case 429:
      return "the vault's rate limit is used up; wait a minute and run again";
    default:
      if (status >= 300 && status < 400) {
        return "Cloudflare Access sent its login page: no service token came along, or the application's policy is only an Allow policy; check CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET, and that the policy's action is Service Auth";
      }
      if (status >= 500) return "the vault has a problem; look at its host, then run again";
      return `this is not an answer of the vault's API (${contentType ?? "no content type"}); check INFISICAL_SITE_URL`;
  }
}

const invalid = "the vault refused the request as invalid; nothing was written";

const licenceIsUsedUp =
  "the organization has as many identities as its licence allows: delete one that nobody needs in its access control and run again";

/** In organizations of today the role Member may edit identities, and yet mint nothing for them. */
const vaultWithholds =
  "this takes rights that the identity may not hand out; make INF_PROVISIONER an admin of the organization and of the project in the vault's access control and run again";

const vaultForbids =
  "the identity may not do this, or its session ended; give INF_PROVISIONER the right in the vault's access control and run again";

function edgeForbids(text: string): string {
  // https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-1010/
  if (/\b1010\b/.test(text)) {
    return "Cloudflare's edge blocked the User-Agent raxx-credential-provisioning (error 1010), before Access was asked; allow it in the zone's Browser Integrity Check or WAF, a service token does not help";
  }
  return "Cloudflare Access knows the service token but no policy lets it through; add it to a Service Auth policy of the vault's application and run again";
}
