import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** One import in one file, and whether an arrow has to forbid it. */
const forbidden: [file: string, imported: string][] = [
  ["catalog/probe.ts", "../components/vault"],
  ["catalog/probe.ts", "../providers/errors"],
  ["catalog/probe.ts", "../policy"],
  ["catalog/probe.ts", "../ops/status"],
  ["catalog/tokens/probe.ts", "../../sandbox/stacks"],
  ["catalog/probe.ts", "@raxx/providers"],
  ["catalog/tokens/probe.ts", "@raxx/providers/errors"],
  ["catalog/probe.ts", "../program/stack"],
  ["program/probe.ts", "../policy"],
  ["program/probe.ts", "../ops/status"],
  ["program/probe.ts", "../sandbox/stacks"],
  ["program/probe.ts", "../index"],
  ["program/probe.ts", ".."],
  ["components/probe.ts", "../program/stack"],
  ["components/probe.ts", "../policy"],
  ["components/probe.ts", "../ops/status"],
  ["components/probe.ts", "../sandbox/stacks"],
  ["components/probe.ts", "../index"],
  ["components/probe.ts", ".."],
  ["components/probe.ts", "../"],
  ["providers/probe.ts", "../catalog"],
  ["providers/heroku/probe.ts", "../../catalog/taxonomy"],
  ["providers/probe.ts", "../program/stack"],
  ["providers/heroku/probe.ts", "../../program/stack"],
  ["providers/probe.ts", "../components/vault"],
  ["providers/probe.ts", "../policy"],
  ["providers/probe.ts", "../ops/status"],
  ["providers/probe.ts", "../sandbox/stacks"],
  ["providers/probe.ts", "../index"],
  ["providers/heroku/probe.ts", "../../index"],
  ["providers/heroku/probe.ts", "../.."],
  ["policy/probe.ts", "../components/vault"],
  ["policy/probe.ts", "../program/stack"],
  ["policy/probe.ts", "../providers/errors"],
  ["policy/probe.ts", "../ops/status"],
  ["policy/probe.ts", "../sandbox/stacks"],
  ["policy/probe.ts", "../catalog"],
  ["policy/rules/probe.ts", "../../catalog/index"],
  ["policy/rules/probe.ts", "../../catalog/token"],
  ["policy/probe.ts", "@raxx/providers"],
  ["policy/rules/probe.ts", "@raxx/providers/errors"],
  ["ops/probe.ts", "../sandbox/stacks"],
  ["index.ts", "./sandbox/stacks"],
  ["sandbox/probe.ts", "../catalog"],
  ["sandbox/probe.ts", "../program/stack"],
  ["sandbox/probe.ts", "../components/vault"],
  ["sandbox/probe.ts", "../providers/errors"],
  ["sandbox/probe.ts", "../policy"],
  ["sandbox/probe.ts", "../ops/status"],
  ["sandbox/probe.ts", "@raxx/providers"],
  ["sandbox/vendors/heroku/probe.ts", "@raxx/providers/heroku/client"],
];
const allowed: typeof forbidden = [
  ["catalog/probe.ts", "./token"],
  ["catalog/tokens/probe.ts", "../index"],
  ["program/probe.ts", "./stack"],
  ["program/probe.ts", "../catalog"],
  ["program/probe.ts", "../components/vault"],
  ["program/probe.ts", "@raxx/providers"],
  ["components/probe.ts", "../catalog"],
  ["components/probe.ts", "../catalog/index"],
  ["components/probe.ts", "@raxx/providers"],
  ["providers/probe.ts", "./index"],
  ["providers/heroku/probe.ts", "../index"],
  ["providers/heroku/probe.ts", "../errors"],
  ["policy/probe.ts", "./rules/naming-token-grammar"],
  ["policy/probe.ts", "../catalog/taxonomy"],
  ["policy/rules/probe.ts", "../../catalog/taxonomy"],
  ["ops/probe.ts", "@raxx/providers/errors"],
  ["index.ts", "./catalog"],
  ["index.ts", "./program/stack"],
  ["index.ts", "@raxx/providers"],
  ["sandbox/vendors/heroku/probe.ts", "../kit/vendor"],
];

/** Jest cannot load an ESLint configuration that is a module, so ESLint runs in a process of its own. */
const script = `
  import { readFileSync } from "node:fs";
  import { ESLint } from "eslint";
  const eslint = new ESLint({
    cwd: process.cwd(),
    ruleFilter: ({ ruleId }) => ruleId === "no-restricted-imports",
    // The files are not there: no types can be had for them, and this rule needs none.
    overrideConfig: { languageOptions: { parserOptions: { project: false } } },
  });
  const answers = [];
  for (const [filePath, imported] of JSON.parse(readFileSync(0, "utf8"))) {
    const found = await eslint.lintText('import "' + imported + '";\\n', { filePath });
    answers.push(found.flatMap(({ messages }) => messages.map(({ ruleId, message }) => [ruleId, message])));
  }
  process.stdout.write(JSON.stringify(answers));
`;

let answers: [rule: string | null, message: string][][];
beforeAll(() => {
  const cases = [...forbidden, ...allowed];
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: join(__dirname, ".."),
    input: JSON.stringify(cases),
    encoding: "utf8",
  });
  answers = JSON.parse(said) as typeof answers;
  expect(answers).toHaveLength(cases.length);
});

it.each(forbidden.map((one, index) => [...one, index] as const))(
  "%s may not import %s",
  (_file, _imported, index) => {
    expect(answers[index]).toEqual([["no-restricted-imports", expect.any(String)]]);
  },
);

it.each(allowed.map((one, index) => [...one, forbidden.length + index] as const))(
  "%s may import %s",
  (_file, _imported, index) => {
    expect(answers[index]).toEqual([]);
  },
);
