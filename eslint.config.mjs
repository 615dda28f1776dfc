import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

/** Imports that begin with this are of the folders, seen from any depth. */
function folders(...names) {
  return `^(\\.{1,2}/)+(${names.join("|")})(/|$)`;
}
/** The program itself, seen from so many folders below it. */
function rootIndex(depth) {
  return `^(\\./)?\\.\\.(/\\.\\.){${depth - 1}}(/(index(\\.[jt]s)?)?)?$`;
}
const providersPackage = "^@raxx/providers(/|$)";
const allOfTheCatalogButTheTaxonomy = "^(\\.{1,2}/)+catalog(?!/taxonomy$)(/|$)";

/** Which folder may import which: data flows catalog → index and program → components → providers → vendors. */
function arrow(files, forbidden, reason) {
  return {
    files,
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: forbidden.map((regex) => `(${regex})`).join("|"), message: reason }] },
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
    [folders("program", "components", "providers", "policy", "ops", "sandbox"), providersPackage],
    "the catalog is pure data: it imports nothing of ours",
  ),
  arrow(
    ["program/*.ts"],
    [folders("policy", "ops", "sandbox"), rootIndex(1)],
    "the program's parts see catalog, components and providers only",
  ),
  // One arrow per depth: nearer to the root, the same words name the folder's own index.
  ...[1, 2].map((depth) =>
    arrow(
      [depth === 1 ? "components/*.ts" : "components/*/**/*.ts"],
      [folders("program", "policy", "ops", "sandbox"), rootIndex(depth)],
      "components see catalog and providers only",
    ),
  ),
  ...[1, 2].map((depth) =>
    arrow(
      [depth === 1 ? "providers/*.ts" : "providers/*/**/*.ts"],
      [folders("program", "catalog", "components", "policy", "ops", "sandbox"), rootIndex(depth)],
      "providers take inputs: they know no catalog and no program",
    ),
  ),
  arrow(
    ["policy/**/*.ts"],
    [
      folders("program", "components", "providers", "ops", "sandbox"),
      providersPackage,
      allOfTheCatalogButTheTaxonomy,
    ],
    "the pack may import catalog/taxonomy, nothing else of ours",
  ),
  arrow(
    ["ops/**/*.ts", "index.ts"],
    [folders("sandbox")],
    "what runs in production never imports the sandbox",
  ),
  arrow(
    ["sandbox/**/*.ts"],
    [folders("program", "catalog", "components", "providers", "policy", "ops"), providersPackage],
    "the sandbox imitates vendors: sharing code with the program would hide its faults",
  ),
);
