import {
  type GitHubEnvironment,
  type GitHubRepository,
  type GitHubScope,
  type GitHubVariable,
} from "./records";
import { openSecret } from "./sealed-box";

export interface TemplateContext {
  repository: GitHubRepository;
  environment: GitHubEnvironment | undefined;
  inputs: Record<string, string>;
}

/** An expression that this runner has no word for; on GitHub the workflow would not start. */
export class TemplateError extends Error {}

/**
 * Text with its `${{ secrets.X }}`, `${{ vars.X }}` and `${{ inputs.X }}` filled in. The environment's shadow
 * the repository's, and what is missing is the empty string:
 * https://docs.github.com/actions/reference/workflows-and-actions/contexts
 */
export function render(
  template: string,
  context: TemplateContext,
  /** What the place may use: the name of an environment, for one, may use no secret. */
  kinds: readonly string[] = ["secrets", "vars", "inputs"],
): string {
  return template.replaceAll(/\$\{\{(.*?)\}\}/gs, (_whole, expression: string) => {
    const [, kind = "", name = ""] =
      /^\s*(secrets|vars|inputs)\.([A-Za-z_][\w-]*)\s*$/.exec(expression) ?? [];
    if (!kinds.includes(kind)) throw new TemplateError("expression is not known to this runner");
    if (kind === "secrets") return secret(context, name);
    if (kind === "vars") return variable(context, name);
    return Object.hasOwn(context.inputs, name) ? (context.inputs[name] ?? "") : "";
  });
}

/** The values of all secrets that a run could have had. */
export function secretsOf(context: TemplateContext): string[] {
  return scopes(context).flatMap(({ key_pair, secrets }) =>
    secrets.map((one) => openSecret(key_pair, one) ?? ""),
  );
}

function secret(context: TemplateContext, name: string): string {
  for (const { key_pair, secrets } of scopes(context)) {
    const found = secrets.find((one) => one.name === name.toUpperCase());
    if (found !== undefined) return openSecret(key_pair, found) ?? "";
  }
  return "";
}

function variable(context: TemplateContext, name: string): string {
  const named = (one: GitHubVariable) => one.name === name.toUpperCase();
  return scopes(context).flatMap(({ variables }) => variables.filter(named))[0]?.value ?? "";
}

function scopes({ environment, repository }: TemplateContext): GitHubScope[] {
  return environment === undefined ? [repository.actions] : [environment.actions, repository.actions];
}
