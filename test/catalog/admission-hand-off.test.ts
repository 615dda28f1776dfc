import { spawnSync } from "node:child_process";

import { admissionHandOff } from "../../catalog/admission-hand-off";

const token = {
  name: "CF_ACCESS_SVC_VAULT",
  issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
} as const;
const made = { stack: "prod", marker: "raxx:prod:CF_ACCESS_SVC_VAULT" };
const clientId = `${"a".repeat(32)}.access`;
const text = admissionHandOff(token, { ...made, clientId });

it("says that a token is not distributed, and what a person does in which application", () => {
  const lines = text.split("\n");
  expect(lines[0]).toBe(
    "hand-off: CF_ACCESS_SVC_VAULT is not distributed, because it is new, and no Access policy of vault.raxx.app names it yet; until then its places keep what they hold",
  );
  expect(lines[1]).toBe(
    "  1. at https://one.dash.cloudflare.com → Access → Applications, open vault.raxx.app → Policies",
  );
  expect(text).toContain("the policy with the action Service Auth");
  expect(text).toContain(`with the selector Service Token, add ${made.marker} (client id ${clientId})`);
  expect(lines.slice(-3)).toEqual([
    '  3. pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.admitted "$(date -u +%F) NAME" --stack prod',
    "     - NAME is yours; commit Pulumi.prod.yaml: from then on it has to stay set",
    "  4. pulumi up --stack prod, which distributes it",
  ]);
});

it("is several numbered lines, complete by itself", () => {
  const [, ...lines] = text.split("\n");
  expect(lines.every((line) => /^ {2}\d\. \S|^ {5}- \S/.test(line))).toBe(true);
});

it("says all but the id where that is not known yet", () => {
  expect(admissionHandOff(token, made)).toBe(text.replace(` (client id ${clientId})`, ""));
});

it("has a command as proof that asks the application with the pair, which stands in no argument of it", () => {
  const [, proof = ""] = /prove it: (.*)$/m.exec(text) ?? [];
  const steps = proof.split(" | ");
  expect(steps[0]).toBe("pulumi stack export --show-secrets --stack prod");
  expect(steps.at(-1)).toBe(
    String.raw`curl -sS -A raxx-ops -o /dev/null -w '%{http_code}\n' -K - https://vault.raxx.app/`,
  );
  // The shell takes it as one command.
  expect(spawnSync("sh", ["-n", "-c", proof], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
});
