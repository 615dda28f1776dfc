import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import writeFileAtomic from "write-file-atomic";

/**
 * One vendor's database: a JSON document that is on disk after every change, so that a vendor which was
 * killed comes back as it was. It holds live values, as the vendor's own database does.
 */
export class Store<State extends object> {
  private constructor(
    readonly state: State,
    private readonly file: string,
  ) {}

  /** Opens the file, or starts from `seed` where there is none yet. */
  static open<State extends object>(file: string, seed: () => State): Store<State> {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (existsSync(file)) {
      return new Store(JSON.parse(readFileSync(file, "utf8")) as State, file);
    }
    const store = new Store(seed(), file);
    store.save();
    return store;
  }

  /** Call after every change of `state`. */
  save(): void {
    writeFileAtomic.sync(this.file, JSON.stringify(this.state), { mode: 0o600 });
  }
}
