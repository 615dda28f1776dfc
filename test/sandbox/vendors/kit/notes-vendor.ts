import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type RunningVendor, startVendor, type Vendor } from "../../../../sandbox/vendors/kit/vendor";

export interface NotesState {
  notes: Record<string, unknown>[];
}

/** A vendor small enough to see what the kit does and what not. */
export const notes: Vendor<NotesState> = {
  name: "notes",
  empty: () => ({ notes: [] }),
  errorBody: (status, path) => ({ error: status, at: path }),
  routes(app, { store, now }) {
    app.get("/notes", () => store.state.notes);
    app.post("/notes", async (request, reply) => {
      store.state.notes.push(request.body as Record<string, unknown>);
      store.save();
      return reply.code(201).send({ count: store.state.notes.length, at: now().toISOString() });
    });
    app.put("/named/:name", (request) => {
      request.keyNames = [(request.params as { name: string }).name];
      return {};
    });
    app.get("/broken", () => {
      throw new Error("the reason nobody outside may see");
    });
  },
};

/** A running vendor in a folder of its own. */
export class Running {
  readonly directory = mkdtempSync(join(tmpdir(), "notes-"));
  private vendor: RunningVendor<NotesState> | undefined;

  get it(): RunningVendor<NotesState> {
    if (this.vendor === undefined) throw new Error("the vendor is not started");
    return this.vendor;
  }

  async start(options: { seed?: () => NotesState; onRequest?: () => void } = {}): Promise<this> {
    this.vendor = await startVendor(notes, { directory: this.directory, ...options });
    return this;
  }

  async restart(): Promise<void> {
    await this.it.close();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.it.close();
    rmSync(this.directory, { recursive: true });
  }

  get(path = "/notes"): Promise<Response> {
    return fetch(this.it.url + path);
  }

  post(note: Record<string, unknown> = {}, path = "/notes"): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(this.it.url + path, { method: "POST", headers, body: JSON.stringify(note) });
  }

  /** Arms a fault through the control endpoint. */
  async fault(fault: Record<string, unknown>): Promise<void> {
    const answer = await this.post(fault, "/_sandbox/faults");
    if (answer.status !== 201) throw new Error(`the fault was refused with ${answer.status}`);
  }
}
