import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

/** Which folder may import which: data flows catalog → index → components → providers → vendors. */
function arrow(files, forbidden, reason) {
  return {
    files,
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: `^(\\.{1,2}/)+(${forbidden.join("|")})(/|$)`, message: reason }] },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ["**/dist/", "node_modules/", "coverage/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { "@pulumi": pulumi },
    languageOptions: {
      parserOptions: {
        project: ["./tsconfig.json", "./providers/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-floating-promises": "error",
      // Numbers in messages are counts, days and ports: their default text is what a reader expects.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-expression": "off",
    },
  },
  {
    files: ["**/*.cjs", "**/*.mjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        module: "writable",
        require: "readonly",
        __dirname: "readonly",
      },
    },
  },
  arrow(
    ["catalog/**/*.ts"],
    ["components", "providers", "policy", "ops", "sandbox"],
    "the catalog is pure data: it imports nothing of ours",
  ),
  arrow(["components/**/*.ts"], ["policy", "ops", "sandbox"], "components see catalog and providers only"),
  arrow(
    ["providers/**/*.ts"],
    ["catalog", "components", "policy", "ops", "sandbox"],
    "providers take inputs: they know no catalog",
  ),
  arrow(
    ["policy/**/*.ts"],
    ["components", "providers", "ops", "sandbox"],
    "the pack may import the taxonomy, nothing else of ours",
  ),
  arrow(["ops/**/*.ts", "index.ts"], ["sandbox"], "what runs in production never imports the sandbox"),
  arrow(
    ["sandbox/**/*.ts"],
    ["catalog", "components", "providers", "policy", "ops"],
    "the sandbox imitates vendors: sharing code with the program would hide its faults",
  ),
);
