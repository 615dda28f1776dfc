import { AwsError } from "./explain";

/** What AWS may refuse to show. */
export class Lookout {
  private readonly actions = new Set<string>();

  /** Whether something was refused: then what seems not to be there may be. */
  get isBlind(): boolean {
    return this.actions.size > 0;
  }

  /** The answer; undefined where there is no such thing, or where these credentials may not look. */
  async at<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.trouble === "missing") return undefined;
      if (error.trouble !== "forbidden") throw error;
      this.actions.add(error.action);
      return undefined;
    }
  }

  /** All that is not allowed, in one line. */
  fault(): string[] {
    if (!this.isBlind) return [];
    const actions = [...this.actions].sort().join(", ");
    return [
      `the AWS credentials of this run may not look at what is there: allow them ${actions}, or export others, and run again`,
    ];
  }
}
