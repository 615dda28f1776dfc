const { writeSync } = require("node:fs");

/** Ends a run with the one line that CI reads, counted from jest's own results. */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests > 0 ? `, ${results.numPendingTests} skipped` : "";
    // Jest prints its own summary after this; at exit, all of it is out.
    process.once("exit", () =>
      writeSync(1, `\n${results.numPassedTests} passed, ${failed} failed${skipped}\n`),
    );
  }
};
