import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { tokens } from "../catalog";
import { catalogFaults } from "../catalog/validation";
import { checklistOf, type Box } from "./token-checklist";
import { tokenCalled } from "./token-name";
import { readStates, type States } from "./token-state";

const rotation = join(dirname(__dirname), "docs", "rotation");
const marks: Record<Box["ticked"], string> = { yes: "[x]", no: "[ ]", unknown: "[?]" };

/** `./raxx token check NAME`: a box that is not ticked fails it, one that cannot be seen from here does not. */
export function tokenCheck(name: string, options: { json?: true }): void {
  const token = tokenCalled(name, tokens);
  const states = readStates();
  const index = join(rotation, "INDEX.md");
  const boxes = checklistOf(token, {
    states,
    index: existsSync(index) ? readFileSync(index, "utf8") : undefined,
    hasSop: (file) => existsSync(join(rotation, file)),
    faults: catalogFaults(tokens),
  });
  const json = { version: 1, token: token.name, boxes, withoutState: reasons(states) };
  console.log(
    options.json === true ? JSON.stringify(json, null, 2) : linesOf(token.name, boxes, states).join("\n"),
  );
  if (boxes.some(({ ticked }) => ticked === "no")) process.exitCode = 1;
}

function reasons(states: States): { stack: string; reason: string }[] {
  return Object.entries(states).flatMap(([stack, state]) =>
    "unknown" in state ? [{ stack, reason: state.unknown }] : [],
  );
}

/** The checklist as a person reads it. */
export function linesOf(name: string, boxes: readonly Box[], states: States): string[] {
  const missing = boxes.filter(({ ticked }) => ticked === "no").length;
  const unseen = boxes.filter(({ ticked }) => ticked === "unknown").length;
  return [
    name,
    ...boxes.flatMap(({ ticked, title, todo }) => [
      `${marks[ticked]} ${title}`,
      ...todo.map((line) => `      ${line}`),
    ]),
    `${boxes.length - missing - unseen} ticked, ${missing} not, ${unseen} cannot be known from here`,
    ...reasons(states).map(({ stack, reason }) => `no state of ${stack}: ${reason}`),
  ];
}
