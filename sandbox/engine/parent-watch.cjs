// @ts-check
// Preloaded into the language host, the program and the providers: ends the process once its parent is gone. The engine
// stops its children itself unless it is killed with SIGKILL; then they would go on, calling vendors for a run that
// nobody records any more.

const { setInterval } = require("node:timers");

const POLL_MS = 250;
const expected = Number(process.env.RAXX_WATCH_PARENT);
// Only this process was started by that parent: what it starts in turn must not inherit the number.
delete process.env.RAXX_WATCH_PARENT;

function endWithParent() {
  // No exit handlers: they may write to pipes that nobody reads, or wait for an engine that is gone.
  if (process.ppid !== expected) process.kill(process.pid, "SIGKILL");
}

if (expected > 0) {
  endWithParent();
  // Unreferenced, so that it neither keeps the process alive nor changes its exit code.
  setInterval(endWithParent, POLL_MS).unref();
}
