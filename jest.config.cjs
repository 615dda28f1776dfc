// Quick tests with mocks and emulators in process, tests that drive the real engine, and those of them that are long.
const shared = {
  testEnvironment: "node",
  transform: { "^.+\\.ts$": ["ts-jest", { diagnostics: false }] },
  modulePathIgnorePatterns: ["<rootDir>/providers/dist"],
  moduleNameMapper: {
    "^@raxx/providers$": "<rootDir>/providers/index.ts",
    "^@raxx/providers/(.*)$": "<rootDir>/providers/$1.ts",
  },
};

module.exports = {
  reporters: ["default", "<rootDir>/test/closing-line-reporter.cjs"],
  testTimeout: 30_000,
  // The engine tests wait for processes of their own: two at once keep two cores busy.
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/engine/"],
    },
    {
      ...shared,
      displayName: "engine",
      testMatch: ["<rootDir>/test/engine/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/engine/proofs/"],
      globalSetup: "<rootDir>/test/engine/support/engine-once.ts",
    },
    {
      ...shared,
      displayName: "proofs",
      testMatch: ["<rootDir>/test/engine/proofs/**/*.test.ts"],
      globalSetup: "<rootDir>/test/engine/support/engine-once.ts",
    },
  ],
};
