import { type Token } from "../../catalog";
import { type CustodyIssuer } from "../../catalog/token";
import { sourceOf } from "../../components/credential";
import { CustodyToken } from "../../components/custody-token";
import { generation, tokenNamed } from "./fixtures";
import { Program } from "./program";

let program: Program;
beforeEach(async () => {
  program = await Program.start("prod");
});

function custody(issuer: Partial<CustodyIssuer> = {}, other: Partial<Token> = {}): CustodyToken {
  const token = { ...tokenNamed("GH_READONLY", other), issuer: { kind: "custody", ...issuer } as const };
  return new CustodyToken("GH_READONLY", { token, generations: { current: generation("2026-04-30.2") } });
}

it("records which generation of the token stands in the vault, and declares nothing else", async () => {
  const issued = custody();
  expect(issued.token.name).toBe("GH_READONLY");
  expect(issued.generation).toBe("2026-04-30.2");
  expect(sourceOf(issued)).toBe("GH_READONLY@2026-04-30.2");
  const declared = (await program.resources()).filter(({ type }) => type !== "pulumi:pulumi:Stack");
  expect(declared.map(({ type, name, custom }) => [type, name, custom])).toEqual([
    ["raxx:custody:Token", "GH_READONLY", false],
  ]);
  expect((await program.only("raxx:custody:Token")).inputs).toEqual({
    token: "GH_READONLY",
    generation: "2026-04-30.2",
  });
});

it("expires as many days after its generation as the vendor lets it live", () => {
  expect(custody({ lifetimeDays: 90 }).companions.EXPIRES_AT).toBe("2026-07-29T00:00:00Z");
});

it("does not expire where the vendor sets no end", () => {
  expect(custody().companions.EXPIRES_AT).toBe("non-expiring");
});

it("has the vendor's words for what it may do as one text, in the order of the catalog", () => {
  const { companions } = custody(
    {},
    { vendorScopes: ["Contents:read", "Metadata:read", "Zone > DNS > Edit"] },
  );
  expect(companions).toEqual({
    EXPIRES_AT: "non-expiring",
    SCOPES: "Contents:read Metadata:read Zone > DNS > Edit",
  });
});

it("has no value: there is nothing that a destination could copy", () => {
  expect(custody()).not.toHaveProperty("value");
});
